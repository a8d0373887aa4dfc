"""Requests and tasks that take too long."""

import math
from collections.abc import Iterable

from pydantic import Field

from monitoring.alerts.detectors.base import ByTask, Detector, Recent, Value, limit_of
from monitoring.alerts.observation import Observation
from monitoring.alerts.rule import Count, Milliseconds, NoSeconds, Percentile, Rule, Section, WindowSeconds
from monitoring.alerts.signal import Signal


class RequestLimits(Section):
    """The limits of one task's requests; what is left out is as for any task."""

    response_ms: Milliseconds | None = None
    ttft_ms: Milliseconds | None = None
    token_ms: Milliseconds | None = None


class SlowRequest(Rule):
    """One request is over its limit."""

    for_seconds: NoSeconds = 0
    response_ms: Milliseconds
    ttft_ms: Milliseconds
    token_ms: Milliseconds
    tasks: dict[str, RequestLimits] = Field(default_factory=dict)


class TaskLimit(Section):
    """The limit of one task's percentile; what is left out is as for any task."""

    limit_ms: Milliseconds | None = None


class SlowTask(Rule):
    """A percentile of a task's requests in a sliding window is over its limit."""

    window_seconds: WindowSeconds
    requests: Count
    percentile: Percentile
    limit_ms: Milliseconds
    tasks: dict[str, TaskLimit] = Field(default_factory=dict)


class SlowRequestDetector(Detector[SlowRequest]):
    """Compare each request with its limits.

    A request that tells its first token is a streamed reply: its first token and the time for each further
    token are compared, as a long reply takes long. Any other request is compared by its response time.
    """

    name = "slow_request"
    changes_with_time = True

    def __init__(self, rule: SlowRequest) -> None:
        super().__init__(rule)
        self._tasks: set[str] = set()

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        if seen.status != "ok":
            return ()
        for measure, value, limit in self._measures(seen):
            if value > limit:
                self._tasks.add(seen.task_type)
                return (Signal(seen.task_type, True, measure, value, limit, (seen.request_id,)),)
        return ()

    def tick(self, now: float) -> Iterable[Signal]:
        return [Signal(task, False) for task in self._tasks]

    def _measures(self, seen: Observation) -> tuple[tuple[str, float, float], ...]:
        task = seen.task_type
        if math.isnan(seen.ttft_ms) and math.isnan(seen.tokens_per_second):
            limit = limit_of(self.rule, task, "response_ms")
            return (("response time, ms", seen.response_time_ms, limit),)
        token_ms = 1000 / seen.tokens_per_second if seen.tokens_per_second > 0 else math.nan
        return (
            ("time to first token, ms", seen.ttft_ms, limit_of(self.rule, task, "ttft_ms")),
            ("time for a token, ms", token_ms, limit_of(self.rule, task, "token_ms")),
        )


class SlowTaskDetector(Detector[SlowTask]):
    """Compare a percentile of each task's latency in a sliding window with its limit.

    The latency is the time to first token where a request tells it, else the response time.
    """

    name = "slow_task"
    changes_with_time = True

    def __init__(self, rule: SlowTask) -> None:
        super().__init__(rule)
        self._recent = ByTask(lambda: Recent(rule.window_seconds))
        self._measure = f"p{rule.percentile:g}, ms"

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        value = seen.response_time_ms if math.isnan(seen.ttft_ms) else seen.ttft_ms
        if seen.status != "ok" or math.isnan(value) or (recent := self._recent.get(seen.task_type)) is None:
            return ()
        recent.add(Value(seen.time, value, seen.request_id))
        return (self._signal(seen.task_type, recent),)

    def tick(self, now: float) -> Iterable[Signal]:
        for task, recent in self._recent.items():
            recent.expire(now)
            yield self._signal(task, recent)

    def _signal(self, task: str, recent: Recent) -> Signal:
        limit = limit_of(self.rule, task, "limit_ms")
        if len(recent) < self.rule.requests:
            return Signal(task, False)
        # No percentile is above the highest value.
        if recent.highest <= limit * self.rule.clear_share:
            return Signal(task, False)
        value = recent.percentile(self.rule.percentile)
        if value > limit:
            return Signal(task, True, self._measure, value, limit, recent.above(limit))
        return Signal(task, False, clears=value <= limit * self.rule.clear_share)
