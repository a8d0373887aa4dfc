"""What the log tells of its alerts, by their own records."""

from collections.abc import Mapping
from typing import Any, NamedTuple

EVENTS = ("alert.fired", "alert.updated", "alert.resolved", "alert.withdrawn")
ACTIVE = ("alert.fired", "alert.updated")
# Rules and tasks that are known; of more, those whose last record is the oldest are forgotten.
MAX_ALERTS = 1000


class ToldAlert(NamedTuple):
    """The newest record of an alert."""

    event: str
    task_type: str
    # Seconds since the epoch, by the wall clock.
    time: float
    # All fields of the record.
    fields: Mapping[str, Any]


class ToldAlerts:
    """The newest record of each alert, which is known by its rule and task."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str], ToldAlert] = {}

    @property
    def newest(self) -> list[ToldAlert]:
        """The newest record of each alert, the oldest of them first."""
        return list(self._newest.values())

    @property
    def active(self) -> set[tuple[str, str]]:
        """The rules and tasks of active alerts."""
        return {key for key, told in self._newest.items() if told.event in ACTIVE}

    def add(self, told: ToldAlert) -> None:
        """Take in a record of an alert; one that names no rule is passed over."""
        rule = told.fields.get("rule")
        if not isinstance(rule, str) or not rule:
            return
        key = (rule, told.task_type)
        self._newest.pop(key, None)
        self._newest[key] = told
        if len(self._newest) > MAX_ALERTS:
            del self._newest[next(iter(self._newest))]
