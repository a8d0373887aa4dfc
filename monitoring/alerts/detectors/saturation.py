"""Cores that are busy while requests wait."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from monitoring.alerts.detectors.base import Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import QueueBackingUp
from monitoring.alerts.signal import FINE, Signal
from monitoring.machine import Machine

WAIT_SECONDS = 15.0  # after which a request's wait says nothing of now
BUSY_SECONDS = 6.0  # the same of a busy processor: a little more than between two samples


class _Wait(NamedTuple):
    """How long a request waited."""

    time: float  # when that was told, in s since the epoch
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
        self._busy_at = -math.inf  # s since the epoch
        self._waits: dict[str, _Wait] = {}  # of each task whose newest request waited for long

    def see(self, seen: Observation) -> Iterable[Signal]:
        if seen.cpu_usage_percent >= self.rule.cpu_share * self._machine.cores * 100:
            self._busy_at = seen.time
        if not math.isnan(seen.queue_wait_ms):
            self._waits.pop(seen.task_type, None)  # a task that goes first says nothing of one that waits
            if seen.queue_wait_ms > self.rule.queue_wait_ms:
                self._waits[seen.task_type] = _Wait(seen.time, seen.queue_wait_ms, seen.request_id)
        return self.look(seen.time)

    def look(self, now: float) -> Iterable[Signal]:
        if not self._waits:
            return FINE
        # by distance: where a clock was set back, what is from the future is too old as well
        waits = [wait for wait in self._waits.values() if abs(now - wait.time) < WAIT_SECONDS]
        if not waits or abs(now - self._busy_at) >= BUSY_SECONDS:
            return FINE
        newest, limit = waits[-1], self.rule.queue_wait_ms
        return (Signal("system", True, "queue wait, ms", newest.value, limit, (newest.request,)),)
