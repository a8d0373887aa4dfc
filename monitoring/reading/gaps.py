"""Count the missing records by the numbers that each process gives its records."""

from collections.abc import Iterator

import numpy as np


class Gaps:
    """Count the missing `seq` of each `pid`; a `seq` that does not rise begins a new run without a gap."""

    def __init__(self) -> None:
        self.missing = 0
        # The first and the last `seq` of each `pid`.
        self._first: dict[float, float] = {}
        self._last: dict[float, float] = {}

    def append(self, pid: np.ndarray, seq: np.ndarray) -> None:
        """Add records that come after all others, in their order; NaN where a number is unknown."""
        for process, run in _by_process(pid, seq):
            self.missing += _missing(np.insert(run, 0, self._last.get(process, run[0])))
            self._first.setdefault(process, run[0])
            self._last[process] = run[-1]

    def prepend(self, pid: np.ndarray, seq: np.ndarray) -> None:
        """Add records that come before all others, in their order; NaN where a number is unknown."""
        for process, run in _by_process(pid, seq):
            self.missing += _missing(np.append(run, self._first.get(process, run[-1])))
            self._last.setdefault(process, run[-1])
            self._first[process] = run[0]


def _by_process(pid: np.ndarray, seq: np.ndarray) -> Iterator[tuple[float, np.ndarray]]:
    """Yield each process and its numbers, in their order."""
    numbered = ~np.isnan(pid + seq)
    pid, seq = pid[numbered], seq[numbered]
    if not len(pid):
        return
    if (pid == pid[0]).all():  # One process needs no sorting.
        yield float(pid[0]), seq
        return
    order = np.argsort(pid, kind="stable")
    processes, starts = np.unique(pid[order], return_index=True)
    yield from zip(processes.tolist(), np.split(seq[order], starts[1:]), strict=True)


def _missing(seq: np.ndarray) -> int:
    steps = np.diff(seq)
    return int((steps[steps > 1] - 1).sum())
