"""Requests that fail, and records that are lost."""

from collections import defaultdict, deque
from collections.abc import Iterable
from itertools import islice

from monitoring.alerts.detectors.base import EVIDENCE, MOST_RECENT, Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import ErrorRate, FailingTask, LogDropped
from monitoring.alerts.signal import MOST_REQUESTS, Signal


class FailingTaskDetector(Detector[FailingTask]):
    """Failures of a task in a row: the model is degraded until one request ends well."""

    name = "failing_task"

    def __init__(self, rule: FailingTask) -> None:
        super().__init__(rule)
        self._count: defaultdict[str, int] = defaultdict(int)
        self._requests: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=MOST_REQUESTS))

    def see(self, seen: Observation) -> Iterable[Signal]:
        task = seen.task_type
        if seen.status == "ok":
            self._count[task] = 0
            self._requests[task].clear()
            return (Signal(task, False),)
        if seen.status != "error":
            return ()
        self._count[task] += 1
        self._requests[task].append(seen.request_id)
        count, limit = self._count[task], self.rule.failures
        requests = tuple(self._requests[task])
        return (Signal(task, count >= limit, "failures in a row", count, limit, requests),)


class _Ends:
    """How the requests of a sliding window ended."""

    def __init__(self) -> None:
        self.all: deque[tuple[float, bool, str]] = deque()  # time, whether it failed, request
        self.failed = 0

    @property
    def requests(self) -> tuple[str, ...]:
        """The newest ones that failed."""
        failed = (request for _, is_failed, request in reversed(self.all) if is_failed)
        return tuple(islice(failed, EVIDENCE))[::-1]

    def add(self, seen: Observation) -> None:
        is_failed = seen.status == "error"
        self.all.append((seen.time, is_failed, seen.request_id))
        self.failed += is_failed

    def expire(self, now: float, seconds: float) -> None:
        """Forget what is too old, or from before a clock was set back."""
        while self.all and (abs(now - self.all[0][0]) > seconds or len(self.all) > MOST_RECENT):
            self.failed -= self.all.popleft()[1]


class ErrorRateDetector(Detector[ErrorRate]):
    """The share of failures among a task's requests in a sliding window."""

    name = "error_rate"
    ages = True

    def __init__(self, rule: ErrorRate) -> None:
        super().__init__(rule)
        self._ends: defaultdict[str, _Ends] = defaultdict(_Ends)

    def see(self, seen: Observation) -> Iterable[Signal]:
        if seen.status not in ("ok", "error"):
            return ()
        self._ends[seen.task_type].add(seen)
        return (self._signal(seen.task_type, seen.time),)

    def look(self, now: float) -> Iterable[Signal]:
        return [self._signal(task, now) for task in self._ends]

    def _signal(self, task: str, now: float) -> Signal:
        ends, limit = self._ends[task], self.rule.share
        ends.expire(now, self.rule.window_seconds)
        if len(ends.all) < self.rule.requests:
            return Signal(task, False)
        share = ends.failed / len(ends.all)
        if share > limit:
            return Signal(task, True, "share of failures", share, limit, ends.requests)
        return Signal(task, False, clears=share <= limit * self.rule.clear_share)


class LogDroppedDetector(Detector[LogDropped]):
    """Records that were lost."""

    name = "log_dropped"
    events = ("log.dropped",)
    ages = True

    def see(self, seen: Observation) -> Iterable[Signal]:
        return (Signal("system", True, "lost records", seen.dropped, 0.0),)

    def look(self, now: float) -> Iterable[Signal]:
        return [Signal("system", False)]
