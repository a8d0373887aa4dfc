"""Objects and lists that stand for one value."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.formats.values.durations import milliseconds_of
from monitoring.formats.values.objects import (
    is_one_value,
    local_time,
    milliseconds_of_date,
    plain_value,
    seconds_and_nanoseconds,
)
from monitoring.formats.values.times import microseconds_of, rfc3339


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ({"seconds": 1, "nanos": 5}, (1, 5)),
        ({"seconds": "1769011200", "nanos": "5"}, (1_769_011_200, 5)),
        ({"secs": 2, "nanos": 500}, (2, 500)),
        ({"secs_since_epoch": 2, "nanos_since_epoch": 500}, (2, 500)),
        ({"_seconds": 2, "_nanoseconds": 500}, (2, 500)),
        ({"epochSecond": 2, "nanoOfSecond": 500}, (2, 500)),
        ({"seconds": 3}, (3, 0)),
        ({"nanos": 3}, (0, 3)),
        ({"seconds": "soon"}, None),
        ({"seconds": None, "nanos": 1}, None),
        ({"seconds": 1, "minutes": 1}, None),
        ({"seconds": 10**400}, None),
        ({"seconds": "9" * 5000}, None),
        ({}, None),
        (5, None),
    ],
)
def test_seconds_and_nanoseconds_are_found(value: object, parts: tuple[float, float] | None) -> None:
    """Whoever wrote them; numbers may be texts, and a part that is left out is zero."""
    assert seconds_and_nanoseconds(value) == parts


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"$date": "2026-01-21T16:00:00Z"}, "2026-01-21T16:00:00Z"),
        ({"$date": 1769011200123}, 1_769_011_200_123),
        ({"$date": {"$numberLong": "1769011200123"}}, 1_769_011_200_123),
        ({"$timestamp": {"t": 1769011200, "i": 1}}, 1_769_011_200_000),
        ({"$timestamp": {"i": 1}}, None),
        ({"$date": {"$numberLong": "9" * 5000}}, None),
        ({"$date": None}, None),
        ({"$date": "a", "b": 1}, None),
        ({"a": 1}, None),
        ("a", None),
    ],
)
def test_dates_of_mongodb_are_found(value: object, told: float | str | None) -> None:
    """In the strict and in the relaxed form."""
    assert milliseconds_of_date(value) == told


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"$numberLong": "5"}, 5),
        ({"$numberInt": "5"}, 5),
        ({"$numberDouble": "5.5"}, 5.5),
        ({"$numberDouble": "NaN"}, None),
        ({"$oid": "65ae"}, "65ae"),
        ({"a": 1}, {"a": 1}),
        ("5", "5"),
    ],
)
def test_numbers_and_ids_of_mongodb_are_plain(value: object, plain: object) -> None:
    """Other values stay as they are."""
    assert plain_value(value) == plain


def test_a_list_may_be_a_local_time() -> None:
    """Jackson leaves out what is zero at its end."""
    assert local_time([2026, 1, 21, 16, 0]) == datetime(2026, 1, 21, 16, 0)
    assert local_time([2026, 1, 21, 16, 0, 5, 123_456_789]) == datetime(2026, 1, 21, 16, 0, 5, 123_456)
    assert local_time([2026, 1, 21]) is None
    assert local_time([2026, 1, 21, 16, "0"]) is None


def test_objects_of_several_fields_are_no_value() -> None:
    """Only those of which all names are known are one."""
    assert is_one_value({"seconds": 1, "nanos": 2})
    assert is_one_value({"$date": 1})
    several: list[dict[str, Any]] = [
        {},
        {"seconds": 1, "repr": "1 s"},
        {"$date": 1, "$oid": 2},
        {"a": 1},
    ]
    assert not any(map(is_one_value, several))


NAMES = st.sampled_from(
    ["seconds", "secs", "nanos", "epochSecond", "$date", "$numberLong", "$timestamp", "t"]
)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=10,
)


@given(ANYTHING | st.lists(st.integers(), min_size=5, max_size=7))
def test_any_value_is_read_or_none(value: object) -> None:
    """Nothing raises, whatever stands in such an object."""
    found = microseconds_of(value)
    assert found is None or rfc3339(found)
    milliseconds_of(value)
    plain_value(value)
