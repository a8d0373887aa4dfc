"""Threads for long work: few at a time, few who wait, and a refusal for all others."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ui.dashboard.endpoints.turns import Asker, BusyError
from ui.dashboard.endpoints.workers import Workers
from ui.roles import Role

SOON = 20.0  # more than anything here takes
VISITOR = Asker("192.0.2.1", Role.VISITOR)
OTHER = Asker("192.0.2.2", Role.VISITOR)
OPERATOR = Asker("192.0.2.1", Role.OPERATOR)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end; the browser of another test may have a loop in this thread."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, work).result()


class Work:
    """Work that ends when it may, and counts how much of it runs at the same time."""

    def __init__(self) -> None:
        self.running = self.most = self.done = 0
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()
        self._lock = threading.Lock()

    def __call__(self) -> str:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.begun.release()
        assert self.may_end.wait(SOON)
        with self._lock:
            self.running -= 1
            self.done += 1
        return "done"

    async def has_begun(self) -> None:
        """Wait until one more piece of work runs."""
        assert await asyncio.to_thread(self.begun.acquire, timeout=SOON)


def test_so_many_work_at_a_time_and_others_follow() -> None:
    """Of five pieces of work two run at the same time; in the end all are done."""
    work, workers = Work(), Workers(2, most_waiting=10, wait_seconds=SOON, per_visitor=9)

    async def trial() -> None:
        tasks = [asyncio.create_task(workers.run(VISITOR, work)) for _ in range(5)]
        await work.has_begun()
        await work.has_begun()
        work.may_end.set()
        assert await asyncio.gather(*tasks) == ["done"] * 5

    run(trial())
    assert (work.most, work.done) == (2, 5)


def test_whoever_finds_too_many_waiting_is_refused_at_once() -> None:
    """With one at work and one waiting, a third is refused, and both others get their results."""
    work, workers = Work(), Workers(1, most_waiting=1, wait_seconds=SOON, per_visitor=9)

    async def trial() -> None:
        first = asyncio.create_task(workers.run(VISITOR, work))
        await work.has_begun()
        second = asyncio.create_task(workers.run(VISITOR, work))
        await asyncio.sleep(0)  # The second one begins to wait.
        with pytest.raises(BusyError):
            await workers.run(VISITOR, work)
        work.may_end.set()
        assert [await first, await second] == ["done"] * 2

    run(trial())


def test_waiting_has_a_limit_of_time() -> None:
    """Whoever waits too long is refused, does not count as waiting any more, and is never worked for."""
    work, workers = Work(), Workers(1, most_waiting=1, wait_seconds=0.01, per_visitor=9)

    async def trial() -> None:
        first = asyncio.create_task(workers.run(VISITOR, work))
        await work.has_begun()
        for _ in range(3):
            with pytest.raises(BusyError):
                await workers.run(VISITOR, work)
        work.may_end.set()
        assert await first == "done"
        assert await workers.run(VISITOR, work) == "done"

    run(trial())
    assert work.done == 2


def test_work_that_fails_gives_its_thread_back() -> None:
    """The error reaches whoever asked; the next one is worked for."""
    workers = Workers(1, most_waiting=0, wait_seconds=SOON, per_visitor=9)

    async def trial() -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await workers.run(VISITOR, lambda: 1 // 0)
        assert await workers.run(VISITOR, lambda: "done") == "done"

    run(trial())


def test_the_work_of_another_client_and_of_the_operator_comes_first() -> None:
    """Behind many pieces of one client's work, the operator's is done first, and another client's next."""
    work, workers = Work(), Workers(1, most_waiting=64, wait_seconds=SOON, per_visitor=50)
    done: list[Asker] = []

    async def trial() -> None:
        first = asyncio.create_task(workers.run(VISITOR, work))
        await work.has_begun()
        askers = [*[VISITOR] * 40, OTHER, OPERATOR]
        tasks = [asyncio.create_task(workers.run(asker, done.append, asker)) for asker in askers]
        await asyncio.sleep(0)  # All of them begin to wait.
        work.may_end.set()
        await asyncio.gather(first, *tasks)

    run(trial())
    assert done == [OPERATOR, OTHER, *[VISITOR] * 40]
