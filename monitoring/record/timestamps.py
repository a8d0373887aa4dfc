"""Moments: seconds since the epoch in memory, RFC 3339 in the log."""

from datetime import UTC, datetime
from functools import lru_cache

EARLIEST, LATEST = -62_135_596_800.0, 253_402_300_799.999  # the years 1 to 9999, which a date can tell


def timestamp(moment: float) -> str:
    """Write a moment, in seconds since the epoch, as RFC 3339 in UTC with milliseconds."""
    second = int(moment)
    return f"{_to_the_second(second)}.{int((moment - second) * 1000):03d}Z"


@lru_cache(maxsize=4)
def _to_the_second(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"


def parse_moment(text: str) -> float:
    """Return the moment that an ISO 8601 text means, in s since the epoch; without a zone it is in UTC.

    Raises:
        ValueError: it is no moment.
    """
    moment = datetime.fromisoformat(text)
    return to_milliseconds((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def to_milliseconds(moment: float) -> float:
    """Round a moment, in s since the epoch, as the log does."""
    return round(moment * 1000) / 1000


def moment_of(text: object) -> float | None:
    """Return a record's moment in s since the epoch, UTC where it names no zone; None where it is none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        if moment is None:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None
