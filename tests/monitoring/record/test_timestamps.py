"""Moments: the range that a date can show."""

from datetime import UTC, datetime

import pytest

from monitoring.record.timestamps import EARLIEST, LATEST, TOO_LATE, moment_of, parse_moment, timestamp


def test_the_range_is_that_of_dates() -> None:
    """The first and the last millisecond are those that Python's dates have, and nothing comes after."""
    assert datetime.min.replace(tzinfo=UTC).timestamp() == EARLIEST
    assert datetime.max.replace(tzinfo=UTC, microsecond=999_000).timestamp() == LATEST
    with pytest.raises((ValueError, OverflowError)):
        datetime.fromtimestamp(TOO_LATE, UTC)


def test_the_last_moment_can_be_written_and_read() -> None:
    """The latest moment goes through the log's own form."""
    assert parse_moment(timestamp(LATEST + 0.0004)) == LATEST
    assert moment_of("10000-01-01T00:00:00Z") is None
