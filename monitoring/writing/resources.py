"""What this process uses of the machine; the only file that imports psutil."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from monitoring.machine import Machine

CGROUP = Path("/sys/fs/cgroup")
INTERVAL_SECONDS = 1.0
STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at this process."""

    cpu_percent: float  # 100 is one core busy; can pass 100
    memory_mb: float  # resident set, MiB


def machine() -> Machine:
    """Return what this process may use: the machine, or less of it where its container says so (cgroup)."""
    memory = [float(psutil.virtual_memory().total)]
    memory += _numbers("memory.max")[:1] + _numbers("memory/memory.limit_in_bytes")[:1]
    cores = [float(len(os.sched_getaffinity(0)))]
    quota = _numbers("cpu.max") or [
        *_numbers("cpu/cpu.cfs_quota_us"),
        *_numbers("cpu/cpu.cfs_period_us"),
    ]
    if len(quota) == 2 and min(quota) > 0:  # a quota of -1 or "max" is none
        cores.append(quota[0] / quota[1])
    return Machine(min(cores), min(memory) / 2**20)


def _numbers(name: str) -> list[float]:
    """Return the numbers in one of the container's files, none where there is no such file."""
    try:
        return [float(word) for word in (CGROUP / name).read_text().split() if word != "max"]
    except (OSError, ValueError):
        return []


class ResourceSampler:
    """Look once a second, in one thread; the last sample is read for free."""

    def __init__(
        self, on_sample: Callable[[Sample], None] = lambda sample: None, every_seconds: float = 5.0
    ) -> None:
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first answer is 0.0 by design
        self._on_sample = on_sample
        self._every = max(1, round(every_seconds / INTERVAL_SECONDS))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="resources", daemon=True)
        self.last = Sample(0.0, self._memory_mb())

    def start(self) -> None:
        """Begin to look; `on_sample` is called with every n-th sample, `every_seconds` apart."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread; a second call does nothing."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)  # it may wait for a log handler that the caller holds

    def _run(self) -> None:
        taken = 0
        while not self._stopped.wait(INTERVAL_SECONDS):
            self.last = Sample(round(self._process.cpu_percent(), 1), self._memory_mb())
            taken += 1
            if taken % self._every == 0:
                self._on_sample(self.last)

    def _memory_mb(self) -> float:
        rss: int = self._process.memory_info().rss
        return round(rss / 2**20, 1)
