"""Moments in all the forms that programs write."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.formats.values.times import FIRST, LAST, datetime_of, lacks_year, microseconds_of, rfc3339

# 2026-01-21T16:00:00Z
SECONDS = 1_769_011_200
MOMENT = SECONDS * 1_000_000


@pytest.mark.parametrize(
    "value",
    [
        SECONDS,
        float(SECONDS),
        SECONDS * 10**3,
        SECONDS * 10**6,
        SECONDS * 10**9,
        f"{SECONDS}",
        f"{SECONDS}.000",
        f"{SECONDS}000000000",
        "1.7690112e9",
        "2026-01-21T16:00:00Z",
        "2026-01-21t16:00:00z",
        "2026-01-21 16:00:00",
        "2026-01-21 16:00:00,000",
        "2026-01-21T16:00:00.000000000Z",
        "2026-01-22T00:00:00+08:00",
        "2026-01-22 00:00:00 +0800",
        "2026-01-22 00:00:00 +0800 CST",
        "2026-01-21 16:00:00 UTC",
        "2026/01/21 16:00:00",
        "2026/1/21 - 16:00:00",
        "20260121160000",
        "20260121T160000Z",
        "21/Jan/2026:16:00:00 +0000",
        "21/Jan/2026 16:00:00",
        "Wed, 21 Jan 2026 16:00:00 GMT",
        "  2026-01-21T16:00:00Z ",
        {"seconds": SECONDS, "nanos": 0},
        {"seconds": f"{SECONDS}"},
        {"epochSecond": SECONDS, "nanoOfSecond": 0},
        {"$date": "2026-01-21T16:00:00Z"},
        {"$date": {"$numberLong": f"{SECONDS}000"}},
        {"$timestamp": {"t": SECONDS, "i": 3}},
        f"/Date({SECONDS}000)/",
        f"/Date({SECONDS}000+0800)/",
        [2026, 1, 21, 16, 0],
    ],
)
def test_one_moment_in_all_its_forms(value: object) -> None:
    """The size of a number tells its unit, and texts may have any usual form; without a zone it is UTC."""
    assert microseconds_of(value) == MOMENT


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        "soon",
        "nan",
        "inf",
        "1e999",
        {},
        [1],
        "2026-02-30T00:00:00Z",
        "9" * 400,
        "-",
        "12:00:00",
        float("nan"),
        float("inf"),
        10**400,
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-08:00",
        "x" * 70000,
        {"seconds": 10**400},
        {"seconds": 1e305, "nanos": 5},
        {"seconds": 1, "nanos": 1e308},
        {"$date": 1e308},
        {"$date": {"$date": "2026-01-21T16:00:00Z"}},
        [2026, 13, 1, 0, 0],
        [10**400, 1, 1, 0, 0],
    ],
)
def test_what_is_no_moment_is_none(value: object) -> None:
    """Other values, impossible days and years that no date can show are none, and end nothing."""
    assert microseconds_of(value) is None


def test_a_time_without_a_zone_is_in_the_given_one() -> None:
    """A zone that stands in the text wins over it; numbers have none."""
    shanghai = ZoneInfo("Asia/Shanghai")
    assert microseconds_of("2026-01-22 00:00:00", shanghai) == MOMENT
    assert microseconds_of("2026-01-21 16:00:00Z", shanghai) == MOMENT
    assert microseconds_of(SECONDS, shanghai) == MOMENT
    assert microseconds_of([2026, 1, 22, 0, 0], shanghai) == MOMENT
    assert microseconds_of({"$date": "2026-01-22 00:00:00"}, shanghai) == MOMENT


def test_nanoseconds_keep_their_microseconds() -> None:
    """A whole number is not rounded to what a double holds."""
    assert microseconds_of(SECONDS * 10**9 + 123_456_789) == MOMENT + 123_456
    assert microseconds_of(f"{SECONDS}123456789") == MOMENT + 123_456
    assert microseconds_of({"seconds": SECONDS, "nanos": 123_456_789}) == MOMENT + 123_456


@pytest.mark.parametrize(
    "text", ["Jan 21 16:00:00", "Jan  1 16:00:00", "01-21 16:00:00", "Feb 29 00:00:00.5"]
)
def test_a_time_without_a_year_is_the_latest_one(text: str) -> None:
    """Syslog and vLLM leave the year out: it is the last one in which the time is not ahead of now."""
    found = microseconds_of(text)
    assert found is not None
    assert lacks_year(text)
    assert -5 * 366 < (datetime_of(found) - datetime.now(UTC)).days <= 2


def test_a_time_with_a_year_lacks_none() -> None:
    """Other texts and values are no such times."""
    assert not any(map(lacks_year, ("2026-01-21T16:00:00Z", "", None, 5, "Jan")))


@given(st.integers(FIRST, LAST))
def test_moments_come_back_from_their_text(moment: int) -> None:
    """What is written in our form is read as the same moment, cut to milliseconds."""
    assert microseconds_of(rfc3339(moment)) == moment // 1000 * 1000


@given(st.text(max_size=40) | st.floats() | st.integers() | st.from_regex(r"[0-9TZ:/ .+-]{1,30}"))
def test_any_value_is_a_moment_that_can_be_shown_or_none(value: object) -> None:
    """Nothing raises, whatever stands for a time."""
    found = microseconds_of(value)
    assert found is None or rfc3339(found)
