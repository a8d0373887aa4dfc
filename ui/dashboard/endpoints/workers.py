"""Threads for work that takes long: a small number of their own, so that the page itself always answers."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from ui.dashboard.endpoints.turns import Asker, Turns

Result = TypeVar("Result")

RETRY_SECONDS = 5  # after which whoever was refused may ask again


class Workers:
    """Run functions in threads, `most` at the same time; see `Turns` for who comes next."""

    def __init__(self, most: int, most_waiting: int, wait_seconds: float, per_visitor: int) -> None:
        self._turns = Turns(most, most_waiting, wait_seconds, per_visitor)
        # Starlette, Gradio and the page's files share other threads, which nothing here may use up.
        self._threads = CapacityLimiter(most)

    async def run(self, asker: Asker, work: Callable[..., Result], *arguments: Any) -> Result:
        """Return what `work` returns.

        Raises:
            BusyError: the asker has too many, too many wait, or it was not its turn in time.
        """
        await self._turns.enter(asker)
        try:
            return await run_sync(partial(work, *arguments), limiter=self._threads)
        finally:
            self._turns.leave(asker)
