"""Refuse somebody who is still sending, in a way that the answer arrives.

A connection that is closed while something is unread is reset, and what was answered may be lost with it:
https://www.rfc-editor.org/rfc/rfc9112#section-9.6
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LINGER_SECONDS = 5.0  # that are taken for what is still being sent


class Incoming:
    """What is received of a request; it remembers whether that was all of it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_whole = False

    async def __call__(self) -> Message:
        """Receive the next message."""
        message = await self._receive()
        self._is_whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def refuse(self, answer: ASGIApp, scope: Scope, send: Send) -> None:
        """Send an answer at once, and end it when the request has been read to its end, or time is up."""

        async def send_and_linger(message: Message) -> None:
            if message["type"] != "http.response.body":
                await send(message)
                return
            await send({**message, "more_body": True})
            await self._take_rest()
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        await answer(scope, self, send_and_linger)

    async def _take_rest(self) -> None:
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while not self._is_whole:
                    await self()
        except TimeoutError:
            return  # the connection is closed all the same
