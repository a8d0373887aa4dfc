"""What all rules still know after a restart, told by the log."""

import math
from typing import Any

import pytest

from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.watching.told_alerts import ToldAlert
from tests.monitoring.alerts.helpers import (
    SLOW,
    a_machine,
    engine_of,
    feed,
    firing,
    request,
    rules,
    short,
    silenced,
)
from tests.monitoring.helpers import MOMENT, stamp


def alert(second: float, event: str, rule: object, task: str = "chat", **fields: Any) -> ToldAlert:
    """Return an alert's own record, as the log holds it."""
    return ToldAlert(event, task, MOMENT + second, {"rule": rule, **fields})


def test_after_a_restart_an_alert_goes_on() -> None:
    """What had fired does not fire again; it is resolved, with what its record told of it."""
    engine = engine_of("slow_request", resolve_seconds=60)
    told_by_log: dict[str, Any] = {
        "since": stamp(-30),
        "measure": "m",
        "value": 9000.5,
        "limit": 2000,
        "requests": ["a"],
    }
    engine.restore(alert(-20, "alert.fired", "slow_request", **told_by_log))
    assert firing(engine) == {("slow_request", "chat")}
    assert engine.advance(MOMENT) == []
    (change,) = engine.advance(MOMENT + 3600)
    assert short([change]) == [("resolved", "chat", 40)]
    assert (change.since, change.measure, change.value, change.limit, change.requests) == (
        MOMENT - 30,
        "m",
        9000.5,
        2000,
        ("a",),
    )


@pytest.mark.parametrize(
    "rule", ["slow_request", "slow_task", "error_rate", "queue_backing_up", "log_dropped"]
)
def test_a_restored_alert_ends_by_time(rule: str) -> None:
    """A rule that has not yet seen the task knows nothing bad of it."""
    engine = engine_of(rule)
    engine.restore(alert(0, "alert.fired", rule, "chat"))
    engine.advance(MOMENT + 1)
    assert [change.event for change in engine.advance(MOMENT + 1e9)] == ["alert.resolved"]


def test_a_restored_fault_that_goes_on_is_not_told_again() -> None:
    """De-duplication holds over a restart."""
    engine = engine_of("failing_task", failures=1)
    engine.restore(alert(-20, "alert.fired", "failing_task"))
    assert feed(engine, [request(0, status="error")]) == []
    assert short(feed(engine, [request(1)])) == [("resolved", "chat", 1)]


def test_a_restored_end_begins_the_cooldown() -> None:
    """What was resolved before the restart does not fire again before its time."""
    engine = engine_of("failing_task", failures=1, cooldown_seconds=60)
    engine.restore(alert(-30, "alert.fired", "failing_task"))
    engine.restore(alert(-20, "alert.resolved", "failing_task"))
    assert firing(engine) == set()
    failures = [request(second, status="error") for second in range(0, 60, 10)]
    assert short(feed(engine, failures)) == [("fired", "chat", 40)]


@pytest.mark.parametrize("rule", [None, "", "gone_rule", "silent", 5])
def test_alerts_of_other_rules_are_not_restored(rule: object) -> None:
    """Rules that are gone or off, and records that name none, leave nothing behind."""
    engine = engine_of("slow_request")
    engine.restore(alert(0, "alert.fired", rule, value="much", limit=[], requests="none", since=5))
    assert engine.conditions == []


def test_odd_fields_of_an_alert_are_no_harm() -> None:
    """An alert's record that tells values of other types is restored without them."""
    engine = engine_of("log_dropped")
    odd: dict[str, Any] = {"value": "much", "limit": [], "requests": "none", "since": "then", "measure": None}
    engine.restore(alert(0, "alert.fired", "log_dropped", "system", **odd))
    engine.advance(MOMENT)
    (change,) = engine.advance(MOMENT + 100)
    assert (change.since, change.measure, change.requests) == (MOMENT, "", ())
    assert math.isnan(change.value)


def test_forget_keeps_what_the_rules_have_seen() -> None:
    """After the past was read nothing fires, but what it showed counts, and so does who is silenced."""
    engine = AlertEngine(rules(), a_machine())
    past = [
        silenced(0, stamp(900), "failing_task"),
        request(0, **SLOW),
        *(request(second, status="error") for second in range(1, 3)),
    ]
    assert [change.rule for change in feed(engine, past)] == ["slow_request"]
    engine.forget()
    assert firing(engine) == set()
    assert engine.advance(MOMENT + 100) == []
    (change,) = feed(engine, [request(101, status="error")])  # the third one in a row
    assert (change.rule, change.is_silenced) == ("failing_task", True)
