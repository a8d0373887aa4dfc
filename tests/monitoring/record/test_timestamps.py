"""Moments: the range that a date can show."""

from datetime import UTC, datetime

import pytest

from monitoring.record.timestamps import (
    EARLIEST,
    LATEST,
    TOO_LATE,
    millisecond_after,
    millisecond_before,
    moment_of,
    seconds_of,
    timestamp,
    to_milliseconds,
)


def test_the_range_is_that_of_dates() -> None:
    """The first and the last millisecond are those that Python's dates have, and nothing comes after."""
    assert datetime.min.replace(tzinfo=UTC).timestamp() == EARLIEST
    assert datetime.max.replace(tzinfo=UTC, microsecond=999_000).timestamp() == LATEST
    with pytest.raises((ValueError, OverflowError)):
        datetime.fromtimestamp(TOO_LATE, UTC)


def test_the_last_moment_can_be_written_and_read() -> None:
    """The latest moment goes through the log's own form."""
    assert seconds_of(timestamp(LATEST + 0.0004)) == LATEST
    assert moment_of("10000-01-01T00:00:00Z") is None


@pytest.mark.parametrize("start", [EARLIEST, -1.0, 0.0, 1_700_000_000.0, LATEST - 2])
def test_a_whole_millisecond_is_its_own_bound(start: float) -> None:
    """Neither bound moves a moment that the log can write, although few of them are whole in binary."""
    for number in range(1000):
        moment = to_milliseconds(start + number / 1000)
        assert millisecond_before(moment) == moment == millisecond_after(moment)


@pytest.mark.parametrize("start", [-1.5, 0.0, 1_700_000_000.123])
@pytest.mark.parametrize("microseconds", [1, 400, 500, 600, 999])
def test_bounds_are_rounded_outwards(start: float, microseconds: int) -> None:
    """A moment within a millisecond lies between that millisecond and the next one."""
    moment = start + microseconds / 1e6
    assert millisecond_before(moment) == to_milliseconds(start) < moment
    assert millisecond_after(moment) == to_milliseconds(start + 0.001) > moment


def test_a_moment_before_1970_is_written_with_its_milliseconds() -> None:
    """Half a second before the epoch is half a second into the last second of 1969."""
    assert timestamp(-0.5) == "1969-12-31T23:59:59.500Z"
    assert timestamp(-1.0) == "1969-12-31T23:59:59.000Z"
