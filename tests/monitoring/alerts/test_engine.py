"""All rules over one stream of records."""

import math
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.observation import NUMBERS, TOLD_IN_FULL, Observation
from monitoring.alerts.records import line_of, record_of
from monitoring.alerts.rules import Rules
from monitoring.events import to_line
from tests.monitoring.alerts.helpers import (
    a_machine,
    engine_of,
    feed,
    firing,
    observed,
    request,
    rules,
    sample,
    short,
    told,
)
from tests.monitoring.helpers import MOMENT, stamp

SLOW: dict[str, Any] = {"ttft_ms": 9000.0}


def silenced(second: float, until: object, rule: object = "slow_request", task: str = "chat") -> Observation:
    """Return the record of somebody who does not want to be told of a rule."""
    return told(second, "alert.silenced", task, rule=rule, until=until)


def alert(second: float, event: str, rule: object, task: str = "chat", **fields: Any) -> Observation:
    """Return an alert's own record, as the log holds it."""
    return told(second, event, task, rule=rule, **fields)


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


odd_numbers = st.one_of(
    st.just(math.nan),
    st.floats(0, 5000),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, -1.0, 1e308, -1e308, 5e-324]),
)
odd_texts = st.sampled_from(["", "chat", "sentiment", "system", "requests", "x" * 50, "翻译", "\x00"])
odd_values = st.one_of(st.none(), odd_numbers, odd_texts, st.integers(), st.lists(st.integers(), max_size=2))
odd_records = st.builds(
    lambda numbers, **texts: observed(**dict(zip(NUMBERS, numbers, strict=True)), **texts),
    st.lists(odd_numbers, min_size=len(NUMBERS), max_size=len(NUMBERS)),
    second=st.one_of(st.floats(0, 2000), st.floats(-6e10, 2e11)),
    event=st.sampled_from(
        [
            "task.finished",
            "resource.sample",
            "log.dropped",
            "model.loaded",
            "other",
            "app.stopped",
            *TOLD_IN_FULL,
        ]
    ),
    task_type=odd_texts,
    request_id=odd_texts,
    status=st.sampled_from(["ok", "ok", "error", "cancelled", "rejected", "", "other"]),
    label=odd_texts,
    fields=st.dictionaries(
        st.sampled_from(["rule", "until", "cpu_cores", "memory_total_mb", "since", "value", "requests"]),
        st.one_of(odd_values, st.sampled_from([*Rules.model_fields, stamp(5)])),
    ),
)
EAGER = rules(
    slow_task={"requests": 1},
    error_rate={"requests": 1},
    memory_limit={"for_seconds": 0, "limit_mb": "auto"},
    memory_growth={"leak_seconds": 1, "warmup_seconds": 0},
    queue_backing_up={"for_seconds": 0},
    odd={"bin_seconds": 1, "least_bins": 1, "for_bins": 1},
    quality={"recent": 1, "least_baseline": 1},
    silent={"requests_seconds": 1},
)


@settings(max_examples=200)
@given(st.lists(odd_records, max_size=40))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of numbers that hardly are floats
def test_an_engine_survives_whatever_a_log_holds(records: list[Observation]) -> None:
    """NaN, infinities, unknown tasks and wild times raise nothing; alerts alternate and can be told."""
    engine = AlertEngine(EAGER, a_machine())
    changes = feed(engine, records)
    for change in changes:
        assert to_line(record_of(change)).endswith(b"\n")
        assert line_of(change)
    by_condition = sorted(changes, key=lambda change: (change.rule, change.task))
    for _, group in groupby(by_condition, key=lambda change: (change.rule, change.task)):
        events = [change.event for change in group]
        assert events == (["alert.fired", "alert.resolved"] * len(events))[: len(events)]


@given(st.lists(odd_records, max_size=20), st.lists(st.floats(0, 1), max_size=40))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_looking_at_the_clock_changes_nothing(records: list[Observation], moments: list[float]) -> None:
    """The same records give the same changes, however often time is told between them: live or replayed."""
    records = sorted(
        (each._replace(time=MOMENT + each.time % 900) for each in records), key=lambda each: each.time
    )
    once, often = AlertEngine(EAGER, a_machine()), AlertEngine(EAGER, a_machine())
    expected = feed(once, records)
    found = []
    for before, seen in zip([None, *records], records, strict=False):
        if before is not None:
            for share in sorted(moments):
                found += often.advance(before.time + share * (seen.time - before.time))
        found += often.see(seen)
    assert repr(found) == repr(expected)  # NaN is NaN
