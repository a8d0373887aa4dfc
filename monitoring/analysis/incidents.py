"""Starts and ends of the app, and its alerts, read from the log."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from monitoring.record.timestamps import moment_of
from monitoring.window.frame import Frame

EVENTS = (
    "app.started",
    "app.stopped",
    "unexpected_end",
    "alert.fired",
    "alert.updated",
    "alert.resolved",
    "alert.withdrawn",
)
ALERT_EVENTS = ("alert.fired", "alert.updated", "alert.resolved", "alert.withdrawn", "alert.silenced")
# Newest records of alerts that are read: a log may hold nothing else.
MAX_ALERTS = 1000


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that charts mark."""

    # Seconds since the epoch.
    time: float
    event: str
    text: str
    # Rule and task of an alert, as far as its record names them.
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One time during which an alert was active; moments in s since the epoch."""

    # Rule and task.
    name: str
    since: float
    # Infinity while it is active.
    until: float
    # The fields of the record `alert.fired`, or of the newest `alert.updated`.
    fields: dict[str, Any] = field(default_factory=dict, compare=False)
    silenced_until: float = field(default=-np.inf, compare=False)
    # Whether it ended because nothing would have resolved it.
    is_withdrawn: bool = False

    @property
    def is_active(self) -> bool:
        """Whether it has not ended, whatever the clocks of its records say."""
        return self.until == np.inf


def marks(frame: Frame, max_marks: int) -> list[Mark]:
    """Return the newest marks, oldest first."""
    chosen = frame.where(frame.isin("event", EVENTS)).newest(max_marks)
    rows = zip(chosen.time.tolist(), chosen.texts("event"), chosen.records(), strict=True)
    return [
        Mark(
            time,
            event,
            str(record.get("message") or event),
            _subject(record) if event.startswith("alert.") else "",
        )
        for time, event, record in rows
    ]


def alerts(frame: Frame, max_records: int = MAX_ALERTS) -> list[Alert]:
    """Return the times of all alerts; an alert that fires again before it is resolved is the same."""
    chosen = frame.where(frame.isin("event", ALERT_EVENTS))
    chosen = chosen.newest(max_records)
    active: dict[str, Alert] = {}
    silenced: dict[str, float] = {}
    ended = []
    for time, event, record in zip(
        chosen.time.tolist(), chosen.texts("event"), chosen.records(), strict=True
    ):
        name = _name(record)
        if event == "alert.fired":
            active.setdefault(name, Alert(name, time, np.inf, record))
        elif event == "alert.updated":
            begun = active.get(name, Alert(name, time, np.inf))
            active[name] = replace(begun, fields=record)
        elif event == "alert.silenced":
            silenced[name] = moment_of(record.get("until")) or -np.inf
        elif name in active:
            ended.append(replace(active.pop(name), until=time, is_withdrawn=event == "alert.withdrawn"))
    quiet = (replace(alert, silenced_until=silenced.get(alert.name, -np.inf)) for alert in active.values())
    return [*ended, *quiet]


def _name(record: dict[str, Any]) -> str:
    return _subject(record) or str(record.get("message", ""))


def _subject(record: dict[str, Any]) -> str:
    parts = (record.get("rule"), record.get("task_type"))
    return " ".join(part for part in parts if isinstance(part, str))
