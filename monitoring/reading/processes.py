"""Tell apart the processes that wrote a log, also where several have the same `pid`."""

import math

# Runs that are known at the same time; of more, those whose last record is the oldest are forgotten.
MAX_RUNS = 64


class Processes:
    """Gives each record the key of its process; the records must come in their order.

    The key is the record's `instance`, if it tells one. Older records do not, and `pid` alone does not do, as
    each container has a process 1. So a record continues the run of its `pid` whose last `seq` is the nearest
    below its own, and begins a new run where there is none.
    """

    def __init__(self) -> None:
        # The pid and the last seq of each run, by its key; the run with the newest record stands last.
        self._runs: dict[str, tuple[float, float]] = {}
        self._begun = 0

    def key(self, instance: str, pid: float, seq: float) -> str:
        """Return the key of a record's process; "" and NaN stand for what the record does not tell."""
        if instance:
            return instance
        if math.isnan(pid):
            return ""
        if math.isnan(seq):
            return f"{pid:.0f}"
        key = self._continued(pid, seq)
        if key:
            del self._runs[key]
        else:
            self._begun += 1
            key = f"{pid:.0f}/{self._begun}"
        self._runs[key] = (pid, seq)
        if len(self._runs) > MAX_RUNS:
            del self._runs[next(iter(self._runs))]
        return key

    def _continued(self, pid: float, seq: float) -> str:
        """Return the key of the run that a number continues, "" where it continues none."""
        found, nearest = "", -math.inf
        for key, (its_pid, last) in self._runs.items():
            # `<=`: of two runs with the same last number, the one with the newer record goes on.
            if its_pid == pid and nearest <= last < seq:
                found, nearest = key, last
        return found
