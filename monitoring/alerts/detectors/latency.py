"""Requests and tasks that take too long."""

import math
from collections.abc import Iterable

from monitoring.alerts.detectors.base import Detector, Recent, Value
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import SlowRequest, SlowTask
from monitoring.alerts.signal import Signal


class SlowRequestDetector(Detector[SlowRequest]):
    """One request over its limit."""

    name = "slow_request"
    ages = True

    def __init__(self, rule: SlowRequest) -> None:
        super().__init__(rule)
        self._tasks: set[str] = set()

    def see(self, seen: Observation) -> Iterable[Signal]:
        if seen.status != "ok":
            return ()
        for measure, value, limit in self._measures(seen):
            if value > limit:
                self._tasks.add(seen.task_type)
                return (Signal(seen.task_type, True, measure, value, limit, (seen.request_id,)),)
        return ()

    def look(self, now: float) -> Iterable[Signal]:
        return [Signal(task, False) for task in self._tasks]

    def _measures(self, seen: Observation) -> tuple[tuple[str, float, float], ...]:
        if seen.task_type == "sentiment":
            return (("response time, ms", seen.response_time_ms, self.rule.sentiment_ms),)
        if seen.task_type == "chat":
            token_ms = 1000 / seen.tokens_per_second if seen.tokens_per_second > 0 else math.nan
            return (
                ("time to first token, ms", seen.ttft_ms, self.rule.chat_ttft_ms),
                ("time for a token, ms", token_ms, self.rule.chat_token_ms),
            )
        return ()


class SlowTaskDetector(Detector[SlowTask]):
    """A percentile of a task over a sliding window."""

    name = "slow_task"
    ages = True

    def __init__(self, rule: SlowTask) -> None:
        super().__init__(rule)
        self._limits = {"sentiment": rule.sentiment_ms, "chat": rule.chat_ms}
        self._recent = {task: Recent(rule.window_seconds) for task in self._limits}
        self._measure = f"p{rule.percentile:g}, ms"

    def see(self, seen: Observation) -> Iterable[Signal]:
        if seen.status != "ok" or seen.task_type not in self._recent:
            return ()
        value = seen.response_time_ms
        if seen.task_type == "chat" and not math.isnan(seen.ttft_ms):
            value = seen.ttft_ms
        if math.isnan(value):
            return ()
        self._recent[seen.task_type].add(Value(seen.time, value, seen.request_id))
        return (self._signal(seen.task_type),)

    def look(self, now: float) -> Iterable[Signal]:
        for task, recent in self._recent.items():
            recent.expire(now)
            yield self._signal(task)

    def _signal(self, task: str) -> Signal:
        recent, limit = self._recent[task], self._limits[task]
        if len(recent) < self.rule.requests:
            return Signal(task, False)
        if recent.highest <= limit * self.rule.clear_share:  # then no percentile is above that
            return Signal(task, False)
        value = recent.percentile(self.rule.percentile / 100)
        if value > limit:
            return Signal(task, True, self._measure, value, limit, recent.above(limit))
        return Signal(task, False, clears=value <= limit * self.rule.clear_share)
