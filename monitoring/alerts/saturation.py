"""Cores that are busy while requests wait."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from monitoring.alerts.condition import Signal
from monitoring.alerts.detector import Detector
from monitoring.alerts.machine import Machine
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import QueueBackingUp

MOST_AGE_SECONDS = 15.0  # of a request's wait, and of a look at the processor: older ones say nothing of now


class _Wait(NamedTuple):
    """How long a request waited."""

    until: float  # when it is too old, in s since the epoch
    value: float  # ms
    request: str


class QueueBackingUpDetector(Detector[QueueBackingUp]):
    """The processor is saturated, and requests wait."""

    name = "queue_backing_up"
    events = ("task.finished", "resource.sample")
    ages = True

    def __init__(self, rule: QueueBackingUp, machine: Machine) -> None:
        super().__init__(rule)
        self._machine = machine
        self._busy_until = -math.inf
        self._waits: dict[str, _Wait] = {}  # of each task whose newest request waited for long

    def see(self, seen: Observation) -> Iterable[Signal]:
        if seen.event == "resource.sample":
            is_busy = seen.cpu_usage_percent >= self.rule.cpu_share * self._machine.cores * 100
            self._busy_until = seen.time + MOST_AGE_SECONDS if is_busy else -math.inf
        elif not math.isnan(seen.queue_wait_ms):
            self._waits.pop(seen.task_type, None)  # a task that goes first says nothing of one that waits
            if seen.queue_wait_ms > self.rule.queue_wait_ms:
                until = seen.time + MOST_AGE_SECONDS
                self._waits[seen.task_type] = _Wait(until, seen.queue_wait_ms, seen.request_id)
        return (self._signal(seen.time),)

    def look(self, now: float) -> Iterable[Signal]:
        return [self._signal(now)]

    def _signal(self, now: float) -> Signal:
        waits = [wait for wait in self._waits.values() if now < wait.until]
        if now >= self._busy_until or not waits:
            return Signal("system", False)
        newest = waits[-1]
        return Signal(
            "system", True, "queue wait, ms", newest.value, self.rule.queue_wait_ms, (newest.request,)
        )
