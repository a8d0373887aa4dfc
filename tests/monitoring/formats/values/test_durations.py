"""Durations in all the forms that programs write."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.formats.values.durations import milliseconds_of, unit_of_name


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (12.5, "ms", 12.5),
        (2, "s", 2000),
        (1_500_000, "ns", 1.5),
        ("12.5", "s", 12_500),
        ("57.3ms", None, 57.3),
        ("57.3 ms", "s", 57.3),
        ("850µs", None, 0.85),
        ("850μs", None, 0.85),
        ("1m2.5s", None, 62_500),
        ("1h0m0.5s", None, 3_600_500),
        ("2 seconds", None, 2000),
        ("1058238ms", None, 1_058_238),
        ("0:01:02.5", None, 62_500),
        ("01:02", None, 62_000),
        ("PT1.5S", None, 1500),
        ("PT1H2M3S", None, 3_723_000),
        ("1e3us", None, 1),
        ({"seconds": 1, "nanos": 500_000}, None, 1000.5),
        ({"secs": "2", "nanos": "1000000"}, "ns", 2001),
        ({"seconds": 3}, None, 3000),
    ],
)
def test_a_duration_in_its_forms(value: object, unit: str | None, expected: float) -> None:
    """The unit in the text wins over that of the field; a clock and ISO 8601 are read, too."""
    assert milliseconds_of(value, unit) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (5, None),
        ("5", None),
        (True, "ms"),
        (None, "ms"),
        ("", "ms"),
        ("slow", "ms"),
        ("5 apples", "ms"),
        ("ms", "s"),
        ("PT", None),
        ("nan", "ms"),
        ("1e999", "ms"),
        (math.inf, "ms"),
        (10**400, "s"),
        ([5], "s"),
        ("9" * 70000, "ms"),
        ("1e308h", None),
        ({"seconds": 1e308}, None),
        ({"minutes": 1}, None),
    ],
)
def test_what_is_no_duration_is_none(value: object, unit: str | None) -> None:
    """So is a number of which nobody knows the unit."""
    assert milliseconds_of(value, unit) is None


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("latency_ms", "ms"),
        ("durationMs", "ms"),
        ("elapsed.seconds", "s"),
        ("took_s", "s"),
        ("time_ns", "ns"),
        ("responseTimeMillis", "ms"),
        ("request_time_usec", None),
        ("latency", None),
        ("ms", None),
        ("maxS", None),
        ("items", None),
        ("total_m", None),
    ],
)
def test_a_name_may_tell_the_unit(name: str, unit: str | None) -> None:
    """Its last word counts, if it is one; a single letter only after a mark; minutes and hours never."""
    assert unit_of_name(name) == unit


@given(st.text(max_size=120) | st.floats() | st.integers(), st.sampled_from([None, "ns", "ms", "s", "h"]))
def test_any_value_is_a_finite_duration_or_none(value: object, unit: str | None) -> None:
    """Nothing raises, whatever stands for a duration."""
    found = milliseconds_of(value, unit)
    assert found is None or math.isfinite(found)
