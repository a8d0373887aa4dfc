"""Bounds for one request: its body, and its reader."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message, Receive

from tests.coroutines import run
from ui.guard.limits import ReaderGone, Refused, impatient, read_whole

LAST: Message = {"type": "http.disconnect"}


def sending(*messages: Message) -> Receive:
    """Return a `receive` that hands out some messages, and then nothing for ever."""
    left = list(messages)

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    return receive


def piece(body: bytes, more: bool = True) -> Message:
    """Return a piece of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_is_handed_on_whole() -> None:
    """The app gets one message with the whole body, and then what the server says next."""

    async def read() -> list[Message]:
        receive = await read_whole(sending(piece(b"ab"), piece(b"c", False), LAST), 3, 5)
        return [await receive(), await receive()]

    assert run(read()) == [{"type": "http.request", "body": b"abc", "more_body": False}, LAST]


def test_a_body_that_grows_too_large_is_refused() -> None:
    """A body without a length in its head is counted while it comes."""
    with pytest.raises(Refused) as refused:
        run(read_whole(sending(piece(b"ab"), piece(b"cd")), 3, 5))
    assert (refused.value.status, refused.value.code) == (413, "body_large")


def test_a_body_that_does_not_come_is_refused() -> None:
    """A sender who stops in the middle does not hold the request."""
    with pytest.raises(Refused) as refused:
        run(read_whole(sending(piece(b"ab")), 3, 0.01))
    assert (refused.value.status, refused.value.code) == (408, "body_slow")


def test_a_body_that_comes_byte_by_byte_is_refused() -> None:
    """The time is for the whole body: a byte now and then does not prolong it."""

    async def drip() -> Message:
        await asyncio.sleep(0.002)
        return piece(b"x")

    with pytest.raises(Refused) as refused:
        run(read_whole(drip, 1 << 20, 0.05))
    assert refused.value.code == "body_slow"


def test_a_sender_who_leaves_is_handed_on() -> None:
    """The app may hear that the sender has left, and nothing waits."""

    async def read() -> Message:
        receive = await read_whole(sending(piece(b"ab"), LAST, LAST), 3, 5)
        return await receive()

    assert run(read()) == LAST


def test_a_reader_who_takes_nothing_is_given_up() -> None:
    """An answer that nobody takes ends; one that is taken passes unchanged."""

    async def never(message: Message) -> None:
        await asyncio.Event().wait()

    taken: list[Message] = []

    async def take(message: Message) -> None:
        taken.append(message)

    def send_once(send: Callable[[Message], Awaitable[None]]) -> None:
        async def sending_once() -> None:
            await impatient(send, 0.01)(LAST)

        run(sending_once())

    send_once(take)
    assert taken == [LAST]
    with pytest.raises(ReaderGone):
        send_once(never)
