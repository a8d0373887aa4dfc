"""All rules over one stream of records."""

import pytest

from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.rules import Rules
from tests.monitoring.alerts.helpers import (
    SLOW,
    a_machine,
    engine_of,
    feed,
    observed,
    request,
    rules,
    sample,
    short,
    silenced,
)
from tests.monitoring.helpers import MOMENT, stamp


def test_an_engine_without_records_says_nothing() -> None:
    """Time alone makes no alert, and no condition is thought of."""
    engine = AlertEngine(rules(), a_machine())
    assert engine.advance(MOMENT) + engine.advance(MOMENT + 1e6) == []
    assert engine.conditions == []


@pytest.mark.parametrize("rule", Rules.model_fields)
def test_a_rule_that_is_off_sees_nothing(rule: str) -> None:
    """`enabled = false` takes out that rule, and no other one."""
    off = AlertEngine(rules(**{rule: {"enabled": False}}), a_machine())
    assert rule not in {condition.name for condition in off.conditions}
    found = feed(off, [request(0, **SLOW), observed(1, "log.dropped", dropped=1.0)])
    assert {change.rule for change in found} == {"slow_request", "log_dropped"} - {rule}


def test_the_level_is_that_of_the_rule() -> None:
    """A rule's `level` stands in its alerts."""
    (change,) = feed(engine_of("slow_request", level="ERROR"), [request(0, **SLOW)])
    assert change.level == "ERROR"


def test_what_time_does_comes_before_what_a_record_does() -> None:
    """A record after a pause first lets resolve what the pause resolves, at the moment when it did."""
    engine = engine_of("slow_request", resolve_seconds=60)
    changes = feed(engine, [request(0, **SLOW), request(1000, **SLOW)])
    assert short(changes) == [("fired", "chat", 0), ("resolved", "chat", 60), ("fired", "chat", 1000)]


def test_a_moment_that_has_passed_changes_nothing() -> None:
    """Time that is told late does not go back."""
    engine = engine_of("slow_request", resolve_seconds=60)
    feed(engine, [request(0, **SLOW)])
    assert engine.advance(MOMENT + 30) == []
    assert engine.advance(MOMENT - 5000) == []
    assert short(engine.advance(MOMENT + 60)) == [("resolved", "chat", 60)]


@pytest.mark.parametrize("later", [10.0, 40.0])
def test_a_record_may_be_a_little_late(later: float) -> None:
    """One that was made before the newest one is seen, and decided upon at the time of now."""
    engine = engine_of("slow_request")
    changes = feed(engine, [request(later), request(0, **SLOW)])
    assert short(changes) == [("fired", "chat", later)]


def test_a_clock_that_was_set_back_does_not_stop_the_time() -> None:
    """After one record from the far future alerts go on to fire when they last, and to be resolved."""
    engine = engine_of("memory_limit", limit_mb=1000, for_seconds=30, resolve_seconds=10)
    future = [sample(second + 1e9, 2000) for second in range(0, 60, 5)]
    assert short(feed(engine, future)) == [("fired", "system", 1e9 + 30)]
    fine = [sample(second, 500) for second in range(0, 20, 5)]
    high = [sample(second, 2000) for second in range(20, 60, 5)]
    assert short(feed(engine, [*fine, *high])) == [("resolved", "system", 10), ("fired", "system", 50)]


def test_a_window_forgets_a_time_that_was_wrong() -> None:
    """Slow requests and failures of a wrong future do not stay beside those of now."""
    slow, failing = engine_of("slow_task"), engine_of("error_rate")
    feed(slow, [request(1e9 + second, ttft_ms=9000.0) for second in range(20)])
    feed(failing, [request(1e9 + second, status="error") for second in range(20)])
    now = [request(second, ttft_ms=10.0) for second in range(200)]
    assert [change.event for change in feed(slow, now)] == ["alert.resolved"]
    assert [change.event for change in feed(failing, now)] == ["alert.resolved"]


def test_an_alert_is_silenced_until_a_moment() -> None:
    """Both of its changes say so before that moment, and neither does after it, or of another task."""
    engine = engine_of("slow_request", resolve_seconds=10)
    records = [silenced(0, stamp(50)), request(1, **SLOW), request(2, "sentiment", 9000), request(45, **SLOW)]
    changes = [*feed(engine, records), *engine.advance(MOMENT + 100)]
    assert [(change.task, change.event[6:], change.is_silenced) for change in changes] == [
        ("chat", "fired", True),
        ("sentiment", "fired", False),
        ("chat", "resolved", True),
        ("sentiment", "resolved", False),
        ("chat", "fired", True),
        ("chat", "resolved", False),
    ]


@pytest.mark.parametrize(
    ("until", "is_silenced"), [(stamp(-1), False), (stamp(99)[:-1], True), ("2023", False)]
)
def test_the_last_word_counts(until: str, is_silenced: bool) -> None:
    """A later record replaces the moment; one without a zone is in UTC, and one that is none is no word."""
    engine = engine_of("slow_request")
    (change,) = feed(engine, [silenced(0, stamp(-9)), silenced(0, until), request(1, **SLOW)])
    assert change.is_silenced is is_silenced


@pytest.mark.parametrize("rule", [None, "", "no_such_rule", 5, ["slow_request"]])
def test_an_unknown_rule_is_not_silenced(rule: object) -> None:
    """A record that names no rule changes nothing."""
    engine = engine_of("slow_request")
    (change,) = feed(engine, [silenced(0, stamp(99), rule), request(1, **SLOW)])
    assert not change.is_silenced
