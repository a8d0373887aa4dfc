"""Starts, ends and alerts of the app."""

import math
from typing import Any

import pytest

from monitoring.analysis.incidents import EVENTS, Alert, Mark, alerts, marks
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import MOMENT, a_record


def fired(second: float, rule: str | None = "p95", task: str | None = "chat", **fields: object) -> Any:
    """Return the record of an alert that begins."""
    return a_record(second, event="alert.fired", rule=rule, task_type=task, response_time_ms=None, **fields)


def resolved(second: float, rule: str | None = "p95", task: str | None = "chat", **fields: object) -> Any:
    """Return the record of an alert that ends."""
    return {**fired(second, rule, task, **fields), "event": "alert.resolved"}


def active(*records: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Return each alert's name, and its begin and end in seconds after `MOMENT`."""
    found = alerts(frame_of(*records))
    return [(a.name, round(a.since - MOMENT, 3), round(a.until - MOMENT, 3)) for a in found]


def test_starts_ends_and_alerts_are_marks() -> None:
    """Other records are none; a mark has its record's time and message, an alert's its task, oldest first."""
    records = [a_record(n, event=event, message=f"消息 {event}") for n, event in enumerate(EVENTS)]
    others = [a_record(10), a_record(11, event="resource.sample"), a_record(12, event=None)]
    found = marks(frame_of(others[0], *records, *others[1:]), 10)
    assert found == [
        Mark(MOMENT + n, event, f"消息 {event}", "chat" if event.startswith("alert.") else "")
        for n, event in enumerate(EVENTS)
    ]


@pytest.mark.parametrize(("most", "shown"), [(0, []), (1, [4]), (3, [2, 3, 4]), (5, [0, 1, 2, 3, 4])])
def test_the_newest_marks_are_shown(most: int, shown: list[float]) -> None:
    """Of more marks than are wanted, the last ones stay."""
    frame = frame_of(*(a_record(second, event="app.started") for second in range(5)), a_record(9))
    assert [mark.time - MOMENT for mark in marks(frame, most)] == shown


@pytest.mark.parametrize("message", [None, ""])
def test_a_mark_without_a_message_says_its_event(message: str | None) -> None:
    """There is always a text."""
    assert [mark.text for mark in marks(frame_of(fired(0, message=message)), 5)] == ["alert.fired"]


def test_a_log_without_marks_has_none() -> None:
    """Nothing comes of nothing, nor of other records."""
    for frame in (frame_of(), frame_of(a_record())):
        assert (marks(frame, 5), alerts(frame)) == ([], [])


def test_an_alert_is_active_until_it_is_resolved() -> None:
    """One that was resolved has an end; one that was not is active without end."""
    assert active(fired(1), resolved(5)) == [("p95 chat", 1, 5)]
    assert active(fired(1), resolved(5), fired(7)) == [("p95 chat", 1, 5), ("p95 chat", 7, math.inf)]
    assert alerts(frame_of(fired(1))) == [Alert("p95 chat", MOMENT + 1, math.inf)]


def test_rule_and_task_tell_alerts_apart() -> None:
    """Only the same rule of the same task is resolved; those that ended come first, in that order."""
    found = active(
        fired(1),
        fired(2, task="sentiment"),
        fired(3, "memory", None),
        resolved(4, "memory", None),
        resolved(5),
    )
    assert found == [("memory", 3, 4), ("p95 chat", 1, 5), ("p95 sentiment", 2, math.inf)]


def test_an_alert_that_fires_again_is_the_same() -> None:
    """It began with the first time, and is resolved once."""
    assert active(fired(1), fired(2), resolved(3), resolved(4)) == [("p95 chat", 1, 3)]


def test_an_end_whose_begin_is_not_known_is_no_alert() -> None:
    """A resolved alert that never fired in this log is passed over."""
    assert active(resolved(1)) == []
    assert active(resolved(1), fired(2)) == [("p95 chat", 2, math.inf)]


def test_a_withdrawn_alert_has_ended() -> None:
    """It is told apart from one that was resolved: nothing would ever have resolved it."""
    records = [fired(1), {**fired(4), "event": "alert.withdrawn"}, fired(5), resolved(6)]
    found = alerts(frame_of(*records))
    assert [(a.since - MOMENT, a.until - MOMENT, a.is_withdrawn) for a in found] == [
        (1, 4, True),
        (5, 6, False),
    ]


def test_an_updated_alert_keeps_its_begin_and_tells_its_newest_count() -> None:
    """One whose first record is no longer in the log began with the update, as far as anybody knows."""
    [alert] = alerts(frame_of(fired(1, value=1.0), {**fired(4, value=2.0), "event": "alert.updated"}))
    assert (alert.since - MOMENT, alert.is_active, alert.fields["value"]) == (1, True, 2.0)
    [alert] = alerts(frame_of({**fired(4, value=2.0), "event": "alert.updated"}))
    assert (alert.since - MOMENT, alert.is_active, alert.fields["value"]) == (4, True, 2.0)


@pytest.mark.parametrize("rule", [None, 5])
def test_an_alert_without_a_name_is_called_by_its_message(rule: Any) -> None:
    """A foreign record that tells no rule and no task has its message instead."""
    assert active(fired(1, rule, None, message="zu langsam")) == [("zu langsam", 1, math.inf)]


def test_only_the_newest_alerts_are_read() -> None:
    """In a log of nothing but alerts, the oldest ones are not decoded."""
    found = alerts(frame_of(fired(1), resolved(2), fired(3)), max_records=2)
    assert [(alert.name, alert.since - MOMENT, alert.until) for alert in found] == [("p95 chat", 3, math.inf)]
