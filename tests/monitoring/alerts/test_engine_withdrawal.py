"""Alerts that nothing can resolve."""

from collections.abc import Iterable
from typing import Any

import pytest

from monitoring.alerts.observation import Observation
from monitoring.alerts.watching.told_alerts import ToldAlert
from tests.monitoring.alerts.helpers import engine_of, feed, firing, request, sample, short
from tests.monitoring.helpers import MOMENT, stamp

HOUR = 3600.0


def failed(second: float, task: str = "old") -> Observation:
    """Return a request that failed."""
    return request(second, task, status="error")


def requests(task: str, begin: float, end: float, step: float) -> Iterable[Observation]:
    """Yield requests of a task that end well."""
    seconds = range(int(begin), int(end), int(step))
    return (request(float(second), task) for second in seconds)


def alert(event: str, rule: str, **fields: Any) -> ToldAlert:
    """Return an alert's own record, a minute old."""
    return ToldAlert(event, "chat", MOMENT - 60, {"rule": rule, **fields})


@pytest.mark.parametrize("step", [10, 60])
def test_an_alert_of_a_task_that_does_not_come_again_is_withdrawn(step: int) -> None:
    """After an hour of other tasks' requests, once."""
    engine = engine_of("failing_task", failures=1)
    changes = feed(engine, [failed(0), *requests("new", step, 3 * HOUR, step)])
    assert short(changes) == [("fired", "old", 0), ("withdrawn", "old", HOUR)]
    assert firing(engine) == set()


def test_a_task_that_comes_now_and_then_keeps_its_alert() -> None:
    """Whatever its request tells; one that was refused or stopped shows that there is the task."""
    engine = engine_of("failing_task", failures=1)
    others = requests("new", 10, 6 * HOUR, 10)
    own = (request(second * HOUR * 0.9, "old", status="cancelled") for second in range(1, 7))
    records = sorted([*others, *own], key=lambda seen: seen.time)
    assert short(feed(engine, [failed(0), *records])) == [("fired", "old", 0)]


def test_a_quiet_night_withdraws_nothing() -> None:
    """Where nobody asks for anything, a task is not gone; after a day without any request it may be."""
    engine = engine_of("failing_task", failures=1)
    night = [sample(second) for second in range(5, int(10 * HOUR), 5)]
    assert short(feed(engine, [failed(0), *night])) == [("fired", "old", 0)]
    days = [sample(second) for second in range(int(10 * HOUR), int(25 * HOUR), 5)]
    assert [change.event for change in feed(engine, days)] == ["alert.withdrawn"]


def test_few_requests_do_not_count_as_hours() -> None:
    """A pause between two requests counts as a minute at most."""
    engine = engine_of("failing_task", failures=1)
    changes = feed(engine, [failed(0), *requests("new", HOUR, 50 * HOUR, HOUR)])
    assert short(changes) == [("fired", "old", 0)]


def test_how_long_it_takes_is_a_setting() -> None:
    """Zero is never."""
    soon = engine_of("failing_task", failures=1, withdraw_seconds=60)
    never = engine_of("failing_task", failures=1, withdraw_seconds=0)
    records = [failed(0), *requests("new", 10, 5 * HOUR, 10)]
    assert short(feed(soon, records)) == [("fired", "old", 0), ("withdrawn", "old", 60)]
    assert short(feed(never, records)) == [("fired", "old", 0)]


def test_a_withdrawn_alert_may_fire_again() -> None:
    """When its task comes again, and fails."""
    engine = engine_of("failing_task", failures=1, withdraw_seconds=60)
    feed(engine, [failed(0), *requests("new", 10, 100, 10)])
    assert short(feed(engine, [failed(200), request(210, "old")])) == [
        ("fired", "old", 200),
        ("resolved", "old", 210),
    ]


def test_memory_that_requests_tell_is_no_task() -> None:
    """Each record about an alert keeps it, also where the alert is of the system and the record of a task."""
    engine = engine_of("memory_limit", limit_mb=1000, for_seconds=0, withdraw_seconds=60)
    high = (request(float(second), memory_usage_mb=2000.0) for second in range(0, 500, 10))
    assert short(feed(engine, high)) == [("fired", "system", 0)]


def test_silence_is_not_withdrawn() -> None:
    """It tells of what does not come."""
    engine = engine_of("silent", samples_seconds=60, withdraw_seconds=100)
    records = [sample(0), *requests("chat", 10, 2000, 10)]
    assert short(feed(engine, records)) == [("fired", "system", 60)]


@pytest.mark.parametrize("rule", ["odd", "no_such_rule"])
def test_a_restored_alert_whose_rule_is_off_or_gone_is_withdrawn(rule: str) -> None:
    """With what its record told of it; one that had ended is not."""
    engine = engine_of("failing_task")
    engine.advance(MOMENT)
    told: dict[str, Any] = {"measure": "m", "value": 5, "limit": 3, "since": stamp(-90), "requests": ["a"]}
    change = engine.restore(alert("alert.fired", rule, **told))
    assert change is not None
    assert (change.event, change.rule, change.task, change.time) == ("alert.withdrawn", rule, "chat", MOMENT)
    assert (change.measure, change.value, change.limit, change.since) == ("m", 5, 3, MOMENT - 90)
    assert engine.restore(alert("alert.resolved", rule)) is None
    assert engine.restore(alert("alert.withdrawn", rule)) is None
    assert engine.conditions == []


def test_what_a_wrong_clock_dated_is_restored_as_of_now() -> None:
    """An alert of the future ends as soon as one of now."""
    engine = engine_of("slow_request", resolve_seconds=60)
    engine.advance(MOMENT)
    future = ToldAlert("alert.fired", "chat", MOMENT + 1e8, {"rule": "slow_request", "since": stamp(1e8)})
    assert engine.restore(future) is None
    (change,) = engine.advance(MOMENT + 60)
    assert (change.event, change.since) == ("alert.resolved", MOMENT)
