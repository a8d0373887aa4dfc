"""CPU and memory of this process, and what the machine lets it use; the only file that imports psutil."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import psutil

from container.groups import ControlGroups
from container.limits import HERE, memory_limit, usable_cores
from monitoring.machine import Machine
from monitoring.periodic_thread import PeriodicThread

# The time between two samples; `ResourceSampler` hands on only some of them.
INTERVAL_SECONDS = 1.0
STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The CPU and the memory that this process uses at one moment."""

    # 100 is one busy core; several cores make more. None before the first interval is over.
    cpu_percent: float | None
    memory_mb: float  # resident set, MiB


@dataclass(frozen=True, slots=True)
class KVUse:
    """The memory of the model's keys and values at one moment, in bytes."""

    used: int  # taken, or reserved by what runs
    budget: int  # the most that it will be


# Tells the use now; None where no model is loaded.
KVSource = Callable[[], KVUse | None]


def machine(groups: ControlGroups = HERE) -> Machine:
    """Return what this process may use: the machine, or less of it where its container says so."""
    memory = min(float(psutil.virtual_memory().total), memory_limit(groups))
    return Machine(usable_cores(groups), memory / 2**20)


class Process(Protocol):
    """The part of `psutil.Process` that is used."""

    def cpu_percent(self) -> float:
        """Return the CPU usage since the last call, 100 for one busy core."""

    def memory_info(self) -> Any:
        """Return the memory usage; its `rss` is the resident set in bytes."""


class ResourceSampler:
    """Take samples in one thread; the last sample is read for free.

    A sample is taken every `interval_seconds`, and `on_sample` gets one every `every_seconds`.
    """

    def __init__(
        self,
        on_sample: Callable[[Sample], None] = lambda sample: None,
        every_seconds: float = 5.0,
        interval_seconds: float = INTERVAL_SECONDS,
        process: Process | None = None,
    ) -> None:
        interval = min(interval_seconds, every_seconds)
        self._process: Process = process or psutil.Process()
        self._process.cpu_percent()  # psutil's first answer is always 0.0.
        self._on_sample = on_sample
        self._every = max(1, round(every_seconds / interval))
        self._taken = 0
        # stop() must not wait for ever: the thread may wait for a log handler that its caller holds.
        self._thread = PeriodicThread(self._tick, interval, "resources", STOP_SECONDS)
        # How busy the processor is, only an interval tells.
        self.last = Sample(None, self._memory_mb())

    def start(self) -> None:
        """Begin; the first sample comes after one interval."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread; a second call does nothing."""
        self._thread.stop()

    def _tick(self) -> None:
        self.last = Sample(round(self._process.cpu_percent(), 1), self._memory_mb())
        self._taken += 1
        if self._taken % self._every == 0:
            self._on_sample(self.last)

    def _memory_mb(self) -> float:
        rss: int = self._process.memory_info().rss
        return round(rss / 2**20, 1)
