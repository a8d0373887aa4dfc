"""Count the missing records by the numbers that each process gives its records."""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

# The most runs of one process, and the most processes, that are told apart; only a hostile log has more.
MAX_RUNS = 64
MAX_PROCESSES = 4096

# Only so many characters tell two instances apart.
MAX_NAME_CHARS = 64

# A process is its `instance`, or its `pid` where a record tells no instance.
_Process = str | float


class Gaps:
    """Count the missing `seq` of each process.

    `instance` names one start of a process. Records without it, as former versions wrote them, are told apart
    by `pid` alone, which several processes have where each container calls its own process 1, and which
    another process gets later. So each number belongs to the run of numbers that it continues; where it
    continues none, it stands after the nearest lower run that has ended, and what lies between is missing.
    Where that is in doubt, it counts too few, never too many.
    """

    def __init__(self) -> None:
        self._runs: dict[_Process, _Runs] = {}
        # The missing records of processes that are no longer followed.
        self._settled = 0

    @property
    def missing(self) -> int:
        """The number of missing records."""
        return self._settled + sum(runs.missing for runs in self._runs.values())

    def append(self, instance: Sequence[str], pid: np.ndarray, seq: np.ndarray) -> None:
        """Add records that come after all others, in their order; "" and NaN where a value is unknown."""
        for process, numbers in _by_process(instance, pid, seq):
            self._of(process).append(numbers)

    def prepend(self, instance: Sequence[str], pid: np.ndarray, seq: np.ndarray) -> None:
        """Add records that come before all others, in their order; "" and NaN where a value is unknown."""
        for process, numbers in _by_process(instance, pid, seq):
            self._of(process).prepend(numbers)

    def _of(self, process: _Process) -> "_Runs":
        """Return the runs of a process, which is then the last one that is forgotten."""
        runs = self._runs.pop(process, None)
        if runs is None:
            runs = _Runs()
            if len(self._runs) >= MAX_PROCESSES:
                self._settled += self._runs.pop(next(iter(self._runs))).missing
        self._runs[process] = runs
        return runs


@dataclass(slots=True, eq=False)
class _Run:
    """Numbers without a gap, and where the first and the last of them stand among all of their process."""

    first: float
    last: float
    first_at: int
    last_at: int


class _Runs:
    """The runs of one process, and the number of records that are missing between them."""

    def __init__(self) -> None:
        self.missing = 0
        # The missing records between runs that were joined to save room.
        self._joined = 0
        self._runs: list[_Run] = []
        # The places of the next numbers behind all others, and before all others.
        self._behind, self._before = 0, -1

    def append(self, numbers: np.ndarray) -> None:
        """Add numbers that come after all others."""
        for first, last in _without_gaps(numbers):
            continued = [run for run in self._runs if run.last == first - 1]
            if continued:
                run = max(continued, key=lambda run: run.last_at)
                run.last, run.last_at = last, self._behind
            else:
                self._add(_Run(first, last, self._behind, self._behind))
            self._behind += 1
        self._count()

    def prepend(self, numbers: np.ndarray) -> None:
        """Add numbers that come before all others."""
        for first, last in reversed(_without_gaps(numbers)):
            continued = [run for run in self._runs if run.first == last + 1]
            if continued:
                run = min(continued, key=lambda run: run.first_at)
                run.first, run.first_at = first, self._before
            else:
                self._add(_Run(first, last, self._before, self._before))
            self._before -= 1
        self._count()

    def _add(self, run: _Run) -> None:
        if len(self._runs) >= MAX_RUNS:
            self._save_room()
        self._runs.append(run)

    def _count(self) -> None:
        self.missing = self._joined
        if len(self._runs) > 1:
            self.missing += sum(_between(earlier, later) for earlier, later in self._pairs())

    def _pairs(self) -> list[tuple[_Run, _Run]]:
        """Return each run that goes on after a gap, behind the run that it continues.

        That is the run with the nearest lower numbers which had ended before and is continued by no other.
        """
        pairs = []
        ended: list[tuple[float, int, _Run]] = []
        by_end = iter(sorted(self._runs, key=lambda run: run.last_at))
        next_end = next(by_end, None)
        for run in sorted(self._runs, key=lambda run: run.first_at):
            while next_end is not None and next_end.last_at < run.first_at:
                insort(ended, (next_end.last, next_end.last_at, next_end))
                next_end = next(by_end, None)
            if place := bisect_left(ended, run.first, key=lambda end: end[0]):
                pairs.append((ended.pop(place - 1)[2], run))
        return pairs

    def _save_room(self) -> None:
        """Join the runs that continue others, then forget the oldest half of those that are left."""
        for earlier, later in self._pairs():
            self._joined += _between(earlier, later)
            later.first, later.first_at = earlier.first, earlier.first_at
            self._runs.remove(earlier)
        self._runs.sort(key=lambda run: run.last_at)
        del self._runs[: len(self._runs) - MAX_RUNS // 2]


def _between(earlier: _Run, later: _Run) -> int:
    return int(later.first - earlier.last) - 1


def _without_gaps(numbers: np.ndarray) -> list[tuple[float, float]]:
    """Return the first and the last number of each stretch without a gap."""
    breaks = np.flatnonzero(np.diff(numbers) != 1)
    firsts = numbers[np.concatenate(([0], breaks + 1))]
    lasts = numbers[np.concatenate((breaks, [len(numbers) - 1]))]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def _by_process(
    instance: Sequence[str], pid: np.ndarray, seq: np.ndarray
) -> Iterator[tuple[_Process, np.ndarray]]:
    """Yield each process and its numbers, in their order."""
    if not len(seq):
        return
    numbered = ~np.isnan(seq)
    first, is_one = instance[0], instance.count(instance[0]) == len(seq)
    if is_one and numbered.all() and (first or (pid == pid[0]).all()):  # One process needs no sorting.
        yield first[:MAX_NAME_CHARS] or float(pid[0]), seq
        return
    rows: dict[_Process, list[int]] = {}
    for row in np.flatnonzero(numbered).tolist():
        if instance[row] or pid[row] == pid[row]:  # NaN is not equal to itself.
            rows.setdefault(instance[row][:MAX_NAME_CHARS] or float(pid[row]), []).append(row)
    for process, own in rows.items():
        yield process, seq[own]
