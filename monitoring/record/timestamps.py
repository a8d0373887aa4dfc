"""Moments: seconds since the epoch in memory, RFC 3339 in the log."""

from datetime import UTC, datetime
from functools import lru_cache

# The moments that a date can show, in seconds since the epoch: those of the years 1 to 9999.
EARLIEST, LATEST = -62_135_596_800.0, 253_402_300_799.999
# The first moment that a date cannot show, in seconds since the epoch.
TOO_LATE = 253_402_300_800.0


def timestamp(moment: float) -> str:
    """Write a moment, in seconds since the epoch, as RFC 3339 in UTC with milliseconds."""
    second = int(moment)
    return f"{_to_the_second(second)}.{int((moment - second) * 1000):03d}Z"


@lru_cache(maxsize=4)
def _to_the_second(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"


def seconds_of(text: str) -> float:
    """Return the moment that an ISO 8601 text means, in s since the epoch; without a zone it is in UTC.

    Raises:
        ValueError: it is no moment.
        OverflowError: it is a moment outside of the years 1 to 9999 in UTC.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def parse_moment(text: str) -> float:
    """Return the moment of a text, as `seconds_of` does, in whole milliseconds."""
    return to_milliseconds(seconds_of(text))


def to_milliseconds(moment: float) -> float:
    """Round a moment, in s since the epoch, as the log does."""
    return round(moment * 1000) / 1000


def moment_of(value: object) -> float | None:
    """Return the moment of a record's value, as `seconds_of` does; None where it is no moment."""
    try:
        return seconds_of(value) if isinstance(value, str) else None
    except (OverflowError, ValueError):
        return None
