"""The sampler of what the process uses."""

import threading
from types import SimpleNamespace

import pytest

from monitoring import resources
from monitoring.resources import ResourceSampler, Sample
from tests.monitoring.helpers import wait_until


class CountingProcess:
    """A process that uses one per cent and one MiB more at each look."""

    def __init__(self) -> None:
        self.looks = 0

    def cpu_percent(self) -> float:
        self.looks += 1
        return float(self.looks)

    def memory_info(self) -> SimpleNamespace:
        return SimpleNamespace(rss=self.looks * 2**20)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look every 10 ms instead of every second."""
    monkeypatch.setattr(resources, "INTERVAL_SECONDS", 0.01)


def test_a_sample_is_there_before_the_first_look() -> None:
    """The memory is known at once, so that the first record has it."""
    sample = ResourceSampler().last
    assert sample.memory_mb > 1
    assert sample.cpu_percent == 0.0


def test_the_last_sample_is_renewed() -> None:
    """The thread replaces the sample that readers get for free."""
    sampler = ResourceSampler()
    first = sampler.last
    sampler.start()
    try:
        wait_until(lambda: sampler.last is not first)
    finally:
        sampler.stop()
    assert sampler.last.cpu_percent >= 0
    assert sampler.last.memory_mb > 1


def test_every_nth_sample_is_handed_on() -> None:
    """`on_sample` gets one of as many looks as `every_seconds` spans."""
    process = CountingProcess()
    given: list[Sample] = []
    twice = threading.Event()

    def note(sample: Sample) -> None:
        given.append(sample)
        if len(given) == 2:
            twice.set()

    sampler = ResourceSampler(note, every_seconds=0.03)
    sampler._process = process
    sampler.start()
    assert twice.wait(20)
    sampler.stop()
    assert given[:2] == [Sample(3.0, 3.0), Sample(6.0, 6.0)]


def test_stop_ends_the_thread_and_works_twice() -> None:
    """After stop() no thread is left, and a second call does nothing."""
    sampler = ResourceSampler()
    sampler.start()
    assert any(thread.name == "resources" for thread in threading.enumerate())
    sampler.stop()
    sampler.stop()
    assert not any(thread.name == "resources" for thread in threading.enumerate())


def test_stop_before_start_does_nothing() -> None:
    """A sampler that never ran can be stopped."""
    ResourceSampler().stop()


def test_building_one_starts_no_thread() -> None:
    """A sampler looks only after start()."""
    before = threading.active_count()
    ResourceSampler()
    assert threading.active_count() == before
