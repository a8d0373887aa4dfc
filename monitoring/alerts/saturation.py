"""Cores that are busy while requests wait."""

import math
from collections.abc import Iterable

from monitoring.alerts.condition import Signal
from monitoring.alerts.detector import Detector
from monitoring.alerts.machine import Machine
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import QueueBackingUp

MOST_AGE_SECONDS = 15.0  # of a request's wait, and of a look at the processor: older ones say nothing of now


class QueueBackingUpDetector(Detector[QueueBackingUp]):
    """The processor is saturated, and requests wait."""

    name = "queue_backing_up"
    events = ("task.finished", "resource.sample")
    ages = True

    def __init__(self, rule: QueueBackingUp, machine: Machine) -> None:
        super().__init__(rule)
        self._machine = machine
        self._busy_until = -math.inf
        self._wait, self._waited_until, self._request = math.nan, -math.inf, ""

    def see(self, seen: Observation) -> Iterable[Signal]:
        if seen.event == "resource.sample":
            is_busy = seen.cpu_usage_percent >= self.rule.cpu_share * self._machine.cores * 100
            self._busy_until = seen.time + MOST_AGE_SECONDS if is_busy else -math.inf
        elif not math.isnan(seen.queue_wait_ms):
            is_long = seen.queue_wait_ms > self.rule.queue_wait_ms
            self._wait, self._request = seen.queue_wait_ms, seen.request_id
            self._waited_until = seen.time + MOST_AGE_SECONDS if is_long else -math.inf
        return (self._signal(seen.time),)

    def look(self, now: float) -> Iterable[Signal]:
        return [self._signal(now)]

    def _signal(self, now: float) -> Signal:
        is_bad = now < min(self._busy_until, self._waited_until)
        requests = (self._request,) if is_bad else ()
        return Signal("system", is_bad, "queue wait, ms", self._wait, self.rule.queue_wait_ms, requests)
