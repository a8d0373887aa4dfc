"""What happened to the app while it served: starts, ends, and alerts, as the log tells."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from monitoring.window import Frame

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


def marks(frame: Frame, most: int) -> list[Mark]:
    """Return the newest `most` moments, oldest first."""
    chosen = frame.where(frame.isin("event", EVENTS)).tail(most)
    rows = zip(chosen.time.tolist(), chosen.texts("event"), chosen.records(), strict=True)
    return [Mark(time, event, str(record.get("message") or event)) for time, event, record in rows]


def alerts(frame: Frame) -> list[Alert]:
    """Return when each alert was active; one that fires again before it is resolved is the same."""
    chosen = frame.where(frame.isin("event", ("alert.fired", "alert.resolved"))).tail(MOST_ALERTS)
    active: dict[str, float] = {}
    ended = []
    for time, event, record in zip(
        chosen.time.tolist(), chosen.texts("event"), chosen.records(), strict=True
    ):
        name = _name(record)
        if event == "alert.fired":
            active.setdefault(name, time)
        elif name in active:
            ended.append(Alert(name, active.pop(name), time))
    return [*ended, *(Alert(name, since, np.inf) for name, since in active.items())]


def _name(record: dict[str, Any]) -> str:
    parts = (record.get("rule"), record.get("task_type"))
    return " ".join(part for part in parts if isinstance(part, str)) or str(record.get("message", ""))
