"""One rule for one task: ok, pending, firing, and ok again."""

import math
from dataclasses import dataclass, field
from typing import Literal

from monitoring.alerts.rule import Rule
from monitoring.alerts.signal import MAX_REQUESTS, Signal

State = Literal["ok", "pending", "firing"]


@dataclass(frozen=True, slots=True)
class Change:
    """An alert that fired or was resolved."""

    event: Literal["alert.fired", "alert.resolved"]
    rule: str
    task: str
    level: str
    time: float  # s since the epoch, of the decision
    since: float  # when the fault began
    measure: str  # what the value is, and its unit
    value: float  # the worst since then
    limit: float
    requests: tuple[str, ...]
    is_silenced: bool


@dataclass(slots=True)
class Condition:
    """The state machine; times in s since the epoch, as the records tell them."""

    name: str
    task: str
    rule: Rule
    state: State = "ok"
    since: float = -math.inf  # when the fault began
    last_bad: float = -math.inf
    resolved: float = -math.inf
    silenced_until: float = -math.inf
    measure: str = ""
    value: float = math.nan
    limit: float = math.nan
    requests: dict[str, None] = field(default_factory=dict)  # ids, in the order in which they came

    def update(self, now: float, signal: Signal) -> Change | None:
        """Take in what the rule sees; return what that changes."""
        if signal.is_bad:
            return self._bad(now, signal)
        if self.state == "pending":
            self.state = "ok"
        elif self.state == "firing":
            if not signal.clears:
                self.last_bad = now
            elif now - self.last_bad >= self.rule.resolve_seconds:
                return self._end(now)
        return None

    def restore(self, fired: bool, since: float, now: float) -> None:
        """Take over what the log tells of an alert that fired, or was resolved."""
        if fired:
            self.state, self.since, self.last_bad = "firing", since, now
        else:
            self.state, self.resolved = "ok", now

    def set_back(self, now: float) -> None:
        """Let no moment lie in the future of a clock that was set back."""
        self.since, self.last_bad, self.resolved = (
            min(moment, now) for moment in (self.since, self.last_bad, self.resolved)
        )

    def _bad(self, now: float, signal: Signal) -> Change | None:
        if self.state == "ok":
            self.state, self.since, self.value, self.requests = "pending", now, signal.value, {}
        self.last_bad = now
        self.measure, self.limit = signal.measure, signal.limit
        if not abs(self.value - signal.limit) >= abs(signal.value - signal.limit):  # also where it is NaN
            self.value = signal.value
        self.requests.update((request, None) for request in signal.requests if request)
        while len(self.requests) > MAX_REQUESTS:
            del self.requests[next(iter(self.requests))]
        lasted = now - self.since >= self.rule.for_seconds
        if self.state == "pending" and lasted and now - self.resolved >= self.rule.cooldown_seconds:
            self.state = "firing"
            return self._change("alert.fired", now)
        return None

    def _end(self, now: float) -> Change:
        self.state, self.resolved = "ok", now
        return self._change("alert.resolved", now)

    def _change(self, event: Literal["alert.fired", "alert.resolved"], now: float) -> Change:
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
