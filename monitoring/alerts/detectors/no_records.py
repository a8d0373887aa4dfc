"""Records that do not come: the watchdog."""

import math
from collections.abc import Iterable

from monitoring.alerts.detectors.base import Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import Silent
from monitoring.alerts.signal import FINE, Signal


class SilentDetector(Detector[Silent]):
    """No request, or no look at the machine, for too long; armed by the first one, disarmed by a stop."""

    name = "silent"
    events = ("task.finished", "resource.sample", "app.stopped")
    ages = True

    def __init__(self, rule: Silent) -> None:
        super().__init__(rule)
        limits = {"requests": rule.requests_seconds, "system": rule.samples_seconds}
        self._limits = {task: limit for task, limit in limits.items() if limit}
        self._last: dict[str, float] = {}
        self._silent: set[str] = set()  # those of which it was said
        self.deadline = math.inf  # when the next one will have been silent for too long, in s since the epoch

    def see(self, seen: Observation) -> Iterable[Signal]:
        if seen.event == "app.stopped":
            self._last.clear()
            self._silent.clear()
            self._plan()
            return [Signal(task, False) for task in self._limits]
        task = "system" if seen.event == "resource.sample" else "requests"
        if task not in self._limits:
            return ()
        if task not in self._silent and self._last.get(task, math.inf) <= seen.time:
            self._last[task] = seen.time  # the deadline is later now; a look at the old one finds nothing
            return FINE if task == "system" else (Signal(task, False),)
        whole = [self._signal(task, seen.time)] if task in self._silent else []  # how long it was in the end
        self._last[task] = seen.time
        self._silent.discard(task)
        self._plan()
        return [*whole, Signal(task, False)]

    def look(self, now: float) -> Iterable[Signal]:
        signals = [self._signal(task, now) for task in self._last]
        self._silent.update(signal.task for signal in signals if signal.is_bad)
        self._plan()
        return signals

    def _signal(self, task: str, now: float) -> Signal:
        silent, limit = now - self._last[task], self._limits[task]
        return Signal(task, silent >= limit, "silence, s", silent, limit)

    def _plan(self) -> None:
        waits = (last + self._limits[task] for task, last in self._last.items() if task not in self._silent)
        self.deadline = min(waits, default=math.inf)
