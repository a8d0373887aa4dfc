"""The state of one rule for one task: ok, pending, firing, and ok again."""

import math
from dataclasses import dataclass, field
from typing import Literal

from monitoring.alerts.rule import Rule
from monitoring.alerts.signal import MAX_REQUESTS, Signal

State = Literal["ok", "pending", "firing"]
Event = Literal["alert.fired", "alert.updated", "alert.resolved", "alert.withdrawn"]


@dataclass(frozen=True, slots=True)
class Change:
    """An alert fired, has a higher value, was resolved, or was withdrawn, as nothing would resolve it."""

    event: Event
    rule: str
    task: str
    level: str
    # When it was decided, in s since the epoch.
    time: float
    # When the fault began, in s since the epoch.
    since: float
    # The name of the measure, with its unit.
    measure: str
    # The worst value since the fault began.
    value: float
    limit: float
    requests: tuple[str, ...]
    is_silenced: bool


@dataclass(slots=True)
class Condition:
    """The state machine; times are those of the records, in s since the epoch."""

    name: str
    task: str
    rule: Rule
    state: State = "ok"
    # When the fault began.
    since: float = -math.inf
    last_bad: float = -math.inf
    resolved: float = -math.inf
    silenced_until: float = -math.inf
    # Seconds of other tasks' records since the last record about this task.
    unseen_seconds: float = 0.0
    measure: str = ""
    value: float = math.nan
    limit: float = math.nan
    # Ids, in the order in which they came.
    requests: dict[str, None] = field(default_factory=dict)

    def update(self, now: float, signal: Signal) -> Change | None:
        """Take in a signal; return the change, if there is one."""
        if signal.is_bad:
            return self._bad(now, signal)
        if self.state == "pending":
            self.state = "ok"
        elif self.state == "firing":
            if not signal.clears:
                self.last_bad = now
            elif now - self.last_bad >= self.rule.resolve_seconds:
                return self._end("alert.resolved", now)
        return None

    def withdraw(self, now: float) -> Change:
        """End an alert that nothing will resolve."""
        return self._end("alert.withdrawn", now)

    def restore(self, fired: bool, since: float, now: float) -> None:
        """Take over an alert that fired or was resolved, as its record tells."""
        if fired:
            self.state, self.since, self.last_bad = "firing", since, now
        else:
            self.state, self.resolved = "ok", now

    def set_back(self, now: float) -> None:
        """Move times that lie in the future of a clock that was set back to `now`."""
        self.since, self.last_bad, self.resolved = (
            min(moment, now) for moment in (self.since, self.last_bad, self.resolved)
        )

    def _bad(self, now: float, signal: Signal) -> Change | None:
        if self.state == "ok":
            self.state, self.since, self.value, self.requests = "pending", now, signal.value, {}
        self.last_bad = now
        self.measure, self.limit = signal.measure, signal.limit
        # `not <=`: a value that is not known, NaN, is lower than any other.
        is_told_again = self.state == "firing" and signal.tells_rise and not signal.value <= self.value
        # `not >=` also replaces NaN.
        if not abs(self.value - signal.limit) >= abs(signal.value - signal.limit):
            self.value = signal.value
        self.requests.update((request, None) for request in signal.requests if request)
        while len(self.requests) > MAX_REQUESTS:
            del self.requests[next(iter(self.requests))]
        lasted = now - self.since >= self.rule.for_seconds
        if self.state == "pending" and lasted and now - self.resolved >= self.rule.cooldown_seconds:
            self.state = "firing"
            return self._change("alert.fired", now)
        return self._change("alert.updated", now) if is_told_again else None

    def _end(self, event: Event, now: float) -> Change:
        self.state, self.resolved = "ok", now
        return self._change(event, now)

    def _change(self, event: Event, now: float) -> Change:
        return Change(
            event,
            self.name,
            self.task,
            self.rule.level,
            now,
            self.since,
            self.measure,
            self.value,
            self.limit,
            tuple(self.requests),
            now < self.silenced_until,
        )
