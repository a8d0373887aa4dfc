"""Records that do not come: the watchdog."""

import math
from collections.abc import Iterable

from monitoring.alerts.condition import Signal
from monitoring.alerts.detector import Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import Silent


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
        self.deadline = math.inf  # when something will have been silent for too long, in s since the epoch

    def see(self, seen: Observation) -> Iterable[Signal]:
        if seen.event == "app.stopped":
            self._last.clear()
            self.deadline = math.inf
            return [Signal(task, False) for task in self._limits]
        task = "system" if seen.event == "resource.sample" else "requests"
        if task not in self._limits:
            return ()
        self._last[task] = seen.time
        self.deadline = min(last + self._limits[task] for task, last in self._last.items())
        return (Signal(task, False),)

    def look(self, now: float) -> Iterable[Signal]:
        for task, last in self._last.items():
            silent = now - last
            limit = self._limits[task]
            yield Signal(task, silent >= limit, "silence, s", silent, limit)
