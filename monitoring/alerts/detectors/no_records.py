"""A watchdog for records that do not come."""

import math
from collections.abc import Iterable

from monitoring.alerts.detectors.base import Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rule import Rule, Seconds
from monitoring.alerts.signal import FINE, Signal
from monitoring.record.vocabulary import FINISHED, SAMPLED


class Silent(Rule):
    """No record came for too long; 0 s is off."""

    requests_seconds: Seconds
    samples_seconds: Seconds


class SilentDetector(Detector[Silent]):
    """Wait for requests and for samples of the machine; a first one arms it, a stop of the app disarms it."""

    name = "silent"
    events = (FINISHED, SAMPLED, "app.stopped")
    changes_with_time = True

    def __init__(self, rule: Silent) -> None:
        super().__init__(rule)
        limits = {"requests": rule.requests_seconds, "system": rule.samples_seconds}
        self._limits = {task: limit for task, limit in limits.items() if limit}
        self._last: dict[str, float] = {}
        # The tasks for which it fired.
        self._missing: set[str] = set()
        # When the next record is overdue, in s since the epoch.
        self.deadline = math.inf

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        if seen.event == "app.stopped":
            self._last.clear()
            self._missing.clear()
            self._set_deadline()
            return [Signal(task, False) for task in self._limits]
        task = "system" if seen.event == SAMPLED else "requests"
        if task not in self._limits:
            return ()
        if task not in self._missing and self._last.get(task, math.inf) <= seen.time:
            # The old deadline is early, which only costs an empty tick.
            self._last[task] = seen.time
            return FINE if task == "system" else (Signal(task, False),)
        # The last bad signal tells how long records were missing in the end.
        whole = [self._signal(task, seen.time)] if task in self._missing else []
        self._last[task] = seen.time
        self._missing.discard(task)
        self._set_deadline()
        return [*whole, Signal(task, False)]

    def tick(self, now: float) -> Iterable[Signal]:
        signals = [self._signal(task, now) for task in self._last]
        self._missing.update(signal.task for signal in signals if signal.is_bad)
        self._set_deadline()
        return signals

    def _signal(self, task: str, now: float) -> Signal:
        seconds, limit = now - self._last[task], self._limits[task]
        return Signal(task, seconds >= limit, "silence, s", seconds, limit)

    def _set_deadline(self) -> None:
        waits = (last + self._limits[task] for task, last in self._last.items() if task not in self._missing)
        self.deadline = min(waits, default=math.inf)
