"""Requests that fail, and records that are lost."""

from collections import deque
from collections.abc import Iterable
from itertools import islice

from pydantic import Field

from monitoring.alerts.detectors.base import MAX_EVIDENCE, MAX_RECENT, ByTask, Detector, limit_of
from monitoring.alerts.observation import Observation
from monitoring.alerts.rule import Count, NoSeconds, Rule, Section, Share, WindowSeconds
from monitoring.alerts.signal import MAX_REQUESTS, Signal


class FailureLimit(Section):
    """The limit of one task; what is left out is as for any task."""

    failures: Count | None = None


class FailingTask(Rule):
    """A task fails several times in a row."""

    failures: Count
    tasks: dict[str, FailureLimit] = Field(default_factory=dict)


class ErrorLimits(Section):
    """The limits of one task; what is left out is as for any task."""

    requests: Count | None = None
    share: Share | None = None


class ErrorRate(Rule):
    """The share of failures in a sliding window is over its limit."""

    window_seconds: WindowSeconds
    requests: Count
    share: Share
    tasks: dict[str, ErrorLimits] = Field(default_factory=dict)


class LogDropped(Rule):
    """Records were lost."""

    for_seconds: NoSeconds = 0


class _FailuresInARow:
    """The failures of a task since its last request that ended ok."""

    def __init__(self) -> None:
        self.count = 0
        self.requests: deque[str] = deque(maxlen=MAX_REQUESTS)


class FailingTaskDetector(Detector[FailingTask]):
    """Count failures of a task in a row: the model is degraded until one request ends well."""

    name = "failing_task"

    def __init__(self, rule: FailingTask) -> None:
        super().__init__(rule)
        self._rows = ByTask(_FailuresInARow)

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        task = seen.task_type
        if seen.status not in ("ok", "error") or (row := self._rows.get(task)) is None:
            return ()
        if seen.status == "ok":
            row.count = 0
            row.requests.clear()
            return (Signal(task, False),)
        row.count += 1
        row.requests.append(seen.request_id)
        limit = limit_of(self.rule, task, "failures")
        requests = tuple(row.requests)
        return (Signal(task, row.count >= limit, "failures in a row", row.count, limit, requests),)


class _Ends:
    """The endings of the requests in a sliding window."""

    def __init__(self) -> None:
        # Time in s since the epoch, whether it failed, and the request's id.
        self.all: deque[tuple[float, bool, str]] = deque()
        self.failed = 0

    @property
    def requests(self) -> tuple[str, ...]:
        """The ids of the newest requests that failed."""
        failed = (request for _, is_failed, request in reversed(self.all) if is_failed)
        return tuple(islice(failed, MAX_EVIDENCE))[::-1]

    def add(self, seen: Observation) -> None:
        is_failed = seen.status == "error"
        self.all.append((seen.time, is_failed, seen.request_id))
        self.failed += is_failed

    def expire(self, now: float, seconds: float) -> None:
        """Drop what is too old, or stands in the future after the clock was set back."""
        while self.all and (abs(now - self.all[0][0]) > seconds or len(self.all) > MAX_RECENT):
            self.failed -= self.all.popleft()[1]


class ErrorRateDetector(Detector[ErrorRate]):
    """Compare the share of failures among a task's requests in a sliding window with its limit."""

    name = "error_rate"
    changes_with_time = True

    def __init__(self, rule: ErrorRate) -> None:
        super().__init__(rule)
        self._ends = ByTask(_Ends)

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        if seen.status not in ("ok", "error") or (ends := self._ends.get(seen.task_type)) is None:
            return ()
        ends.add(seen)
        return (self._signal(seen.task_type, ends, seen.time),)

    def tick(self, now: float) -> Iterable[Signal]:
        return [self._signal(task, ends, now) for task, ends in self._ends.items()]

    def _signal(self, task: str, ends: _Ends, now: float) -> Signal:
        limit = limit_of(self.rule, task, "share")
        ends.expire(now, self.rule.window_seconds)
        if len(ends.all) < limit_of(self.rule, task, "requests"):
            return Signal(task, False)
        share = ends.failed / len(ends.all)
        if share > limit:
            return Signal(task, True, "share of failures", share, limit, ends.requests)
        return Signal(task, False, clears=share <= limit * self.rule.clear_share)


class LogDroppedDetector(Detector[LogDropped]):
    """Fire on each record that tells of lost records."""

    name = "log_dropped"
    events = ("log.dropped",)
    changes_with_time = True

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        return (Signal("system", True, "lost records", seen.dropped, 0.0),)

    def tick(self, now: float) -> Iterable[Signal]:
        return [Signal("system", False)]
