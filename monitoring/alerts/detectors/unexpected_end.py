"""Processes that did not stop themselves: killed, out of memory, crashed."""

from collections import deque
from collections.abc import Iterable

from monitoring.alerts.detectors.base import MAX_RECENT, Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rule import NoSeconds, Rule, WindowSeconds
from monitoring.alerts.signal import Signal
from monitoring.record.mapping import number
from monitoring.record.vocabulary import UNEXPECTED_END


class UnexpectedEnd(Rule):
    """A process ended without having stopped itself."""

    for_seconds: NoSeconds = 0
    window_seconds: WindowSeconds


class UnexpectedEndDetector(Detector[UnexpectedEnd]):
    """Count the unexpected ends in a sliding window: a crash loop is one alert whose count rises."""

    name = "unexpected_end"
    events = (UNEXPECTED_END,)
    changes_with_time = True

    def __init__(self, rule: UnexpectedEnd) -> None:
        super().__init__(rule)
        # Seconds since the epoch.
        self._ends: deque[float] = deque(maxlen=MAX_RECENT)

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        self._ends.append(seen.time)
        # `abs()`: after the clock was set back, entries from the future are too old as well.
        while abs(seen.time - self._ends[0]) > self.rule.window_seconds:
            self._ends.popleft()
        return (Signal("system", True, self._measure(seen), len(self._ends), 0.0, tells_rise=True),)

    def tick(self, now: float) -> Iterable[Signal]:
        return (Signal("system", False),)

    def _measure(self, seen: Observation) -> str:
        """Return what is counted, with what is known of the process that ended last."""
        memory_mb, lost = (number(seen.fields.get(name)) for name in ("last_memory_mb", "lost"))
        known = [f"unexpected ends in {self.rule.window_seconds:g} s"]
        if memory_mb is not None:
            known.append(f"memory at last {memory_mb:,.0f} MiB")
        if lost:
            known.append(f"requests lost {lost:,.0f}")
        return ", ".join(known)
