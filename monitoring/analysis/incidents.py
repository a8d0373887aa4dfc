"""What happened to the app while it served: starts, ends, and alerts, as the log tells."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from monitoring.record.timestamps import moment_of
from monitoring.window.frame import Frame

EVENTS = ("app.started", "app.stopped", "alert.fired", "alert.resolved")
MOST_ALERTS = 1000  # newest records that are looked at, in a log of nothing but alerts


@dataclass(frozen=True, slots=True)
class Mark:
    """One such moment."""

    time: float  # s since the epoch
    event: str
    text: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A time in which an alert was active."""

    name: str  # rule and task
    since: float  # s since the epoch
    until: float  # infinity while it is active
    fields: dict[str, Any] = field(default_factory=dict, compare=False)  # of the record with which it began
    silenced_until: float = field(default=-np.inf, compare=False)  # s since the epoch


def marks(frame: Frame, most: int) -> list[Mark]:
    """Return the newest `most` moments, oldest first."""
    chosen = frame.where(frame.isin("event", EVENTS)).tail(most)
    rows = zip(chosen.time.tolist(), chosen.texts("event"), chosen.records(), strict=True)
    return [Mark(time, event, str(record.get("message") or event)) for time, event, record in rows]


def alerts(frame: Frame) -> list[Alert]:
    """Return when each alert was active; one that fires again before it is resolved is the same."""
    chosen = frame.where(frame.isin("event", ("alert.fired", "alert.resolved", "alert.silenced")))
    chosen = chosen.tail(MOST_ALERTS)
    active: dict[str, Alert] = {}
    silenced: dict[str, float] = {}
    ended = []
    for time, event, record in zip(
        chosen.time.tolist(), chosen.texts("event"), chosen.records(), strict=True
    ):
        name = _name(record)
        if event == "alert.fired":
            active.setdefault(name, Alert(name, time, np.inf, record))
        elif event == "alert.silenced":
            silenced[name] = moment_of(record.get("until")) or -np.inf
        elif name in active:
            ended.append(replace(active.pop(name), until=time))
    quiet = (replace(alert, silenced_until=silenced.get(alert.name, -np.inf)) for alert in active.values())
    return [*ended, *quiet]


def _name(record: dict[str, Any]) -> str:
    parts = (record.get("rule"), record.get("task_type"))
    return " ".join(part for part in parts if isinstance(part, str)) or str(record.get("message", ""))
