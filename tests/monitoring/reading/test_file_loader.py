"""Files load one after the other, with a bounded share of a core."""

import threading
from pathlib import Path

import pytest

from monitoring.reading.file_loader import BURST_SECONDS, CPU_SHARE, FileLoader
from monitoring.reading.loaded_file import LoadedFile
from tests.monitoring.helpers import wait_until


class Clock:
    """Time that passes only while somebody works or sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.cpu = 0.0
        self.slept = 0.0

    def work(self, seconds: float) -> None:
        """Spend processor time."""
        self.now += seconds
        self.cpu += seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.slept += seconds


class CostlyFile(LoadedFile):
    """A file that takes so many seconds to load, and tells when it was loaded."""

    def __init__(self, clock: Clock, seconds: float, loaded: list[LoadedFile]) -> None:
        super().__init__(Path("costly.log"), 1)
        self._loaded = loaded
        self._clock = clock
        self._seconds = seconds
        self.loaded_at: float | None = None

    def load(self) -> None:
        """Take the time."""
        self._clock.work(self._seconds)
        self.loaded_at = self._clock.now
        self._loaded.append(self)


class HeldFile(LoadedFile):
    """A file that loads until it is told to end."""

    def __init__(self, loaded: list[LoadedFile]) -> None:
        super().__init__(Path("held.log"), 1)
        self._loaded = loaded
        self.begun, self.may_end = threading.Event(), threading.Event()

    def load(self) -> None:
        """Wait."""
        self.begun.set()
        assert self.may_end.wait(20)
        self._loaded.append(self)


def loader_of(clock: Clock) -> FileLoader:
    """Return a loader whose time is a test's."""
    return FileLoader(lambda: clock.now, lambda: clock.cpu, clock.sleep)


def load_all(*costs: float) -> tuple[Clock, list[CostlyFile]]:
    """Load files of these costs one after the other."""
    clock, loaded = Clock(), list[LoadedFile]()
    loader = loader_of(clock)
    files = [CostlyFile(clock, cost, loaded) for cost in costs]
    for file in files:
        loader.add(file)
    wait_until(lambda: len(loaded) == len(files))
    loader.close()
    assert loaded == files
    return clock, files


def test_a_few_files_load_at_once() -> None:
    """Somebody who looks at some files does not wait, in the order in which they are looked at."""
    clock, _ = load_all(*[BURST_SECONDS / 10] * 5)
    assert clock.slept == 0


def test_in_the_long_run_loading_takes_a_share_of_a_core() -> None:
    """However many files are looked at, their processor time stays below the share of the time."""
    clock, files = load_all(*[BURST_SECONDS / 2] * 40)
    begin = files[0].loaded_at
    assert begin is not None
    assert clock.cpu <= CPU_SHARE * (clock.now - begin) + 2 * BURST_SECONDS
    assert clock.slept > 0


def test_a_costly_file_is_paid_for_before_the_next_one() -> None:
    """After a file that takes long, the next one waits in proportion."""
    _, (first, second) = load_all(BURST_SECONDS * 3, 1)
    assert first.loaded_at is not None
    assert second.loaded_at == pytest.approx(first.loaded_at + 2 * BURST_SECONDS / CPU_SHARE + 1)


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
