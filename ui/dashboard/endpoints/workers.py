"""Threads for work that takes long: a small number of their own, so that the page itself always answers."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

Result = TypeVar("Result")

RETRY_SECONDS = 5  # after which whoever was refused may ask again


class BusyError(Exception):
    """So much is being worked on that somebody is refused; asking again later helps."""


class Places:
    """A number of places; whoever finds none waits, unless too many wait already."""

    def __init__(self, most: int, most_waiting: int, wait_seconds: float) -> None:
        self._free = asyncio.Semaphore(most)
        self._most_waiting = most_waiting
        self._wait_seconds = wait_seconds
        self._waiting = 0

    async def enter(self) -> None:
        """Take a place; `leave()` gives it back.

        Raises:
            BusyError: too many wait, or none became free in time.
        """
        if self._free.locked() and self._waiting >= self._most_waiting:
            raise BusyError
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise BusyError from None
        finally:
            self._waiting -= 1

    def leave(self) -> None:
        """Give a place back."""
        self._free.release()


class Workers:
    """Run functions in threads, `most` at the same time."""

    def __init__(self, most: int, most_waiting: int, wait_seconds: float) -> None:
        self._places = Places(most, most_waiting, wait_seconds)
        # Starlette, Gradio and the page's files share other threads, which nothing here may use up.
        self._threads = CapacityLimiter(most)

    async def run(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Return what `work` returns.

        Raises:
            BusyError: too many wait, or it was not its turn in time.
        """
        await self._places.enter()
        try:
            return await run_sync(partial(work, *arguments), limiter=self._threads)
        finally:
            self._places.leave()
