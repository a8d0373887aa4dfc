"""The sampler of what the process uses, and what it may use."""

import os
import threading
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from container.groups import ControlGroups
from monitoring.machine import Machine
from monitoring.writing.resources import ResourceSampler, Sample, machine
from tests.monitoring.helpers import wait_until
from tests.threads import threads_named

QUICK = 0.01


class CountingProcess:
    """A process that uses one per cent and one MiB more at each look."""

    def __init__(self) -> None:
        self.looks = 0

    def cpu_percent(self) -> float:
        self.looks += 1
        return float(self.looks)

    def memory_info(self) -> SimpleNamespace:
        return SimpleNamespace(rss=self.looks * 2**20)


def test_a_sample_is_there_before_the_first_look() -> None:
    """The memory is known at once; the processor's share is not, and is not said to be 0."""
    sample = ResourceSampler().last
    assert sample.memory_mb > 1
    assert sample.cpu_percent is None


def test_the_last_sample_is_renewed() -> None:
    """The thread replaces the sample that readers get for free."""
    sampler = ResourceSampler(interval_seconds=QUICK)
    first = sampler.last
    sampler.start()
    try:
        wait_until(lambda: sampler.last is not first)
    finally:
        sampler.stop()
    assert sampler.last.cpu_percent is not None
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

    sampler = ResourceSampler(note, every_seconds=3 * QUICK, interval_seconds=QUICK, process=process)
    sampler.start()
    assert twice.wait(20)
    sampler.stop()
    # The first look is that of the constructor.
    assert given[:2] == [Sample(4.0, 4.0), Sample(7.0, 7.0)]


def test_stop_ends_the_thread_and_works_twice() -> None:
    """After stop() no thread is left, and a second call does nothing."""
    sampler = ResourceSampler(interval_seconds=QUICK)
    sampler.start()
    assert threads_named("resources")
    sampler.stop()
    sampler.stop()
    assert not threads_named("resources")


def test_stop_before_start_does_nothing() -> None:
    """A sampler that never ran can be stopped."""
    ResourceSampler().stop()


def test_building_one_starts_no_thread() -> None:
    """A sampler looks only after start()."""
    before = threading.active_count()
    ResourceSampler()
    assert threading.active_count() == before


def test_a_container_may_have_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The records show what the container allows, not what its machine has."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=16 * 2**30))
    groups = ControlGroups(tmp_path, tmp_path / "membership")
    assert machine(groups).memory_mb == 16 * 1024
    (tmp_path / "memory.max").write_text("4294967296\n")
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert machine(groups) == Machine(0.5, 4096)


def test_this_machine_has_something() -> None:
    """On the machine of the tests there are cores and memory, and no more than it has."""
    found = machine()
    assert 0 < found.cores <= (os.cpu_count() or 1)
    assert 0 < found.memory_mb <= psutil.virtual_memory().total / 2**20
