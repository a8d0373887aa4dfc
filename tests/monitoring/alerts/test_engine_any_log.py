"""All rules over whatever a log may hold."""

import logging
import math
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.alerts.detectors.failures import ErrorRateDetector
from monitoring.alerts.detectors.quality import QualityDetector
from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.observation import IN_FULL, NUMBERS, Observation
from monitoring.alerts.records import line_of, record_of
from monitoring.alerts.rules import Rules
from monitoring.record.encode import to_line
from monitoring.writing.logger import LOGGER_NAME
from tests.monitoring.alerts.helpers import (
    a_machine,
    feed,
    observed,
    request,
    rules,
)
from tests.monitoring.helpers import MOMENT, stamp

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
            *IN_FULL,
        ]
    ),
    task_type=odd_texts,
    request_id=odd_texts,
    status=st.sampled_from(["ok", "ok", "error", "cancelled", "rejected", "", "other"]),
    label=odd_texts,
    process=odd_texts,
    fields=st.dictionaries(
        st.sampled_from(
            [
                *("rule", "until", "cpu_cores", "memory_total_mb", "since", "value", "requests"),
                *("instance", "ended_instance", "last_memory_mb", "lost", "error_type"),
            ]
        ),
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
        events = [change.event for change in group if change.event != "alert.updated"]
        assert set(events[::2]) <= {"alert.fired"}
        assert set(events[1::2]) <= {"alert.resolved", "alert.withdrawn"}


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
        found += often.on_record(seen)
    assert repr(found) == repr(expected)  # NaN is NaN


def test_a_rule_that_fails_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An error in one rule, with a record or with time, is logged once; the other rules fire as ever."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(QualityDetector, "on_record", fail)
    monkeypatch.setattr(ErrorRateDetector, "tick", fail)
    monkeypatch.setattr(logging.getLogger(LOGGER_NAME), "propagate", True)
    engine = AlertEngine(rules(error_rate={"requests": 1}), a_machine())
    changes = feed(engine, [request(second, status="error") for second in (0, 10, 20, 30)])
    assert {change.rule for change in changes} == {"error_rate", "failing_task"}
    assert sorted(record.getMessage() for record in caplog.records) == [
        "the alert rule error_rate failed on a record",
        "the alert rule quality failed on a record",
    ]
