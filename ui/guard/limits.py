"""Bounds for one request: how large its body is, how long it takes, and how long its reader may stall."""

import asyncio
import time

from starlette.types import Message, Receive, Send


class Refused(Exception):
    """A request is not answered; `code` names the reason, which `ui/texts/` explains."""

    def __init__(self, status: int, code: str, retry_after: float = 0.0, **values: object) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after  # s; 0 if a later request would be refused as well
        self.values = values


class ReaderGone(Exception):
    """A reader did not take what was sent to it."""


async def read_whole(receive: Receive, max_bytes: int, seconds: float) -> Receive:
    """Read a body before the app sees anything of the request; return a `receive` that hands it on.

    Raises:
        Refused: the body is too large, or does not come within so many seconds.
    """
    body = bytearray()
    deadline = time.monotonic() + seconds
    while True:
        try:
            message = await asyncio.wait_for(receive(), max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            raise Refused(408, "body_slow", seconds_allowed=f"{seconds:g}") from None
        if message["type"] != "http.request":
            return receive  # the sender has left
        body += message.get("body", b"")
        if len(body) > max_bytes:
            raise too_large(max_bytes)
        if not message.get("more_body", False):
            break
    return receiving(bytes(body), receive)


def receiving(body: bytes, then: Receive) -> Receive:
    """Return a `receive` that hands on a whole body, and then what else comes."""
    whole: Message | None = {"type": "http.request", "body": body, "more_body": False}

    async def receive() -> Message:
        nonlocal whole
        if whole is None:
            return await then()
        message, whole = whole, None
        return message

    return receive


def too_large(max_bytes: int) -> Refused:
    """Return the refusal of a body that is too large."""
    return Refused(413, "body_large", limit=f"{max_bytes >> 10} KiB")


def impatient(send: Send, seconds: float) -> Send:
    """Return a `send` that gives up a reader who takes nothing for so many seconds.

    Raises, when it is called:
        ReaderGone: the reader is given up.
    """

    async def send_impatiently(message: Message) -> None:
        try:
            await asyncio.wait_for(send(message), seconds)
        except TimeoutError:
            raise ReaderGone(f"nothing was read for {seconds:g} s") from None

    return send_impatiently
