"""Files load in turns, with a bounded share of a core."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from monitoring.reading.file_loader import BURST_SECONDS, CPU_SHARE, TURN_SECONDS, FileLoader
from monitoring.reading.loaded_file import LoadedFile
from tests.monitoring.helpers import wait_until

BEGIN = 1000.0


class Clock:
    """Time that passes only while somebody works or sleeps."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.cpu = 0.0
        self.slept = 0.0
        self.on_sleep: Callable[[], None] = lambda: None

    def work(self, seconds: float) -> None:
        """Spend processor time."""
        self.now += seconds
        self.cpu += seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.slept += seconds
        self.on_sleep()


class CostlyFile(LoadedFile):
    """A file of parts that take so many seconds each, and that tells when it was loaded."""

    def __init__(self, clock: Clock, seconds: float, loaded: list[LoadedFile], parts: int = 1) -> None:
        super().__init__(Path("costly.log"), 1)
        self._loaded = loaded
        self._clock = clock
        self._seconds = seconds
        self._parts = parts
        self.loaded_at: float | None = None

    def load(self) -> Iterator[None]:
        """Take the time of each part."""
        for _ in range(self._parts):
            self._clock.work(self._seconds)
            yield
        self.loaded_at = self._clock.now
        self._loaded.append(self)


class HeldFile(LoadedFile):
    """A file that loads until it is told to end."""

    def __init__(self, loaded: list[LoadedFile]) -> None:
        super().__init__(Path("held.log"), 1)
        self._loaded = loaded
        self.begun, self.may_end = threading.Event(), threading.Event()

    def load(self) -> Iterator[None]:
        """Wait."""
        self.begun.set()
        assert self.may_end.wait(20)
        yield
        self._loaded.append(self)


def loader_of(clock: Clock) -> FileLoader:
    """Return a loader whose time is a test's."""
    return FileLoader(lambda: clock.now, lambda: clock.cpu, clock.sleep)


def load_all(*costs: float) -> Clock:
    """Load files of one part, which cost so much."""
    clock, loaded = Clock(), list[LoadedFile]()
    loader = loader_of(clock)
    files = [CostlyFile(clock, cost, loaded) for cost in costs]
    for file in files:
        loader.add(file)
    wait_until(lambda: len(loaded) == len(files))
    loader.close()
    assert loaded == files
    return clock


def test_a_few_files_load_at_once() -> None:
    """Somebody who looks at some files does not wait, in the order in which they are looked at."""
    clock = load_all(*[BURST_SECONDS / 10] * 5)
    assert clock.slept == 0


def test_in_the_long_run_loading_takes_a_share_of_a_core() -> None:
    """However many files are looked at, their processor time stays below the share of the time."""
    clock = load_all(*[BURST_SECONDS / 2] * 40)
    assert clock.cpu <= CPU_SHARE * (clock.now - BEGIN) + 2 * BURST_SECONDS
    assert clock.slept > 0


def test_a_small_file_does_not_wait_for_the_end_of_a_large_one() -> None:
    """They take turns; the large one is loaded to its end as well, part by part."""
    clock, loaded = Clock(), list[LoadedFile]()
    loader, held = loader_of(clock), HeldFile(loaded)
    large = CostlyFile(clock, TURN_SECONDS, loaded, parts=100)
    small = CostlyFile(clock, 0.01, loaded)
    for file in (held, large, small):
        loader.add(file)
    held.may_end.set()
    wait_until(lambda: len(loaded) == 3)
    loader.close()
    assert loaded == [held, small, large]
    assert small.loaded_at is not None
    assert small.loaded_at <= BEGIN + 2 * TURN_SECONDS


def test_strangers_large_files_hardly_hold_up_the_next_one() -> None:
    """Where much time is owed already, a file waits for what a few turns cost, not for whole files."""
    clock, loaded = Clock(), list[LoadedFile]()
    loader = loader_of(clock)
    large = [CostlyFile(clock, TURN_SECONDS, loaded, parts=400) for _ in range(3)]
    small, asked_at = CostlyFile(clock, 0.01, loaded), list[float]()

    def ask() -> None:
        if not asked_at:
            asked_at.append(clock.now)
            loader.add(small)

    clock.on_sleep = ask
    for file in large:
        loader.add(file)
    wait_until(lambda: len(loaded) == 4)
    loader.close()
    assert loaded[0] is small
    assert small.loaded_at is not None
    assert small.loaded_at <= asked_at[0] + 5 * TURN_SECONDS / CPU_SHARE


def test_a_file_that_is_given_up_while_it_waits_is_not_loaded() -> None:
    """It leaves the queue, and those behind it follow."""
    clock, loaded = Clock(), list[LoadedFile]()
    loader, held = loader_of(clock), HeldFile(loaded)
    given_up, last = CostlyFile(clock, 1, loaded), CostlyFile(clock, 1, loaded)
    for file in (held, given_up, last):
        loader.add(file)
    assert held.begun.wait(20)
    loader.remove(given_up)
    held.may_end.set()
    wait_until(lambda: loaded == [held, last])
    assert given_up.loaded_at is None
    loader.close()


def test_the_thread_ends_with_the_loader() -> None:
    """What waits is given up, and no thread stays."""
    clock, loaded = Clock(), list[LoadedFile]()
    loader, held = loader_of(clock), HeldFile(loaded)
    waiting = CostlyFile(clock, 1, loaded)
    for file in (held, waiting):
        loader.add(file)
    assert held.begun.wait(20)
    loader.close()
    held.may_end.set()
    assert loader._thread is not None
    loader._thread.join(20)
    assert not loader._thread.is_alive()
    assert waiting.loaded_at is None
