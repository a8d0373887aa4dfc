"""Cores are busy while requests wait."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from monitoring.alerts.detectors.base import Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rule import Milliseconds, Rule, Share
from monitoring.alerts.signal import FINE, Signal
from monitoring.machine import Machine
from monitoring.record.vocabulary import FINISHED, SAMPLED

# Queue waits older than this are ignored.
MAX_WAIT_AGE_SECONDS = 15.0
# Samples of busy cores older than this are ignored: a little more than the time between two samples.
MAX_BUSY_AGE_SECONDS = 6.0


class QueueBackingUp(Rule):
    """The cores are busy, and requests wait."""

    cpu_share: Share
    queue_wait_ms: Milliseconds


class _Wait(NamedTuple):
    """A request's wait in the queue."""

    # When its record was written, in s since the epoch.
    time: float
    # Milliseconds.
    value: float
    request: str


class QueueBackingUpDetector(Detector[QueueBackingUp]):
    """Fire while the cores are saturated and a task's newest request waited for too long."""

    name = "queue_backing_up"
    events = (FINISHED, SAMPLED)
    changes_with_time = True

    def __init__(self, rule: QueueBackingUp, machine: Machine) -> None:
        super().__init__(rule)
        self._machine = machine
        # Newest sample of busy cores, in s since the epoch.
        self._busy_at = -math.inf
        # One entry for each task whose newest request waited for too long.
        self._waits: dict[str, _Wait] = {}

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        if seen.cpu_usage_percent >= self.rule.cpu_share * self._machine.cores * 100:
            self._busy_at = seen.time
        if not math.isnan(seen.queue_wait_ms):
            # Waits are kept per task: a prioritised task says nothing about one that queues.
            self._waits.pop(seen.task_type, None)
            if seen.queue_wait_ms > self.rule.queue_wait_ms:
                self._waits[seen.task_type] = _Wait(seen.time, seen.queue_wait_ms, seen.request_id)
        return self.tick(seen.time)

    def tick(self, now: float) -> Iterable[Signal]:
        if not self._waits:
            return FINE
        # `abs()`: after the clock was set back, entries from the future are stale too.
        waits = [wait for wait in self._waits.values() if abs(now - wait.time) < MAX_WAIT_AGE_SECONDS]
        if not waits or abs(now - self._busy_at) >= MAX_BUSY_AGE_SECONDS:
            return FINE
        newest, limit = waits[-1], self.rule.queue_wait_ms
        return (Signal("system", True, "queue wait, ms", newest.value, limit, (newest.request,)),)
