"""Convert moments: they are seconds since the epoch in memory, and RFC 3339 in the log."""

from datetime import UTC, datetime
from functools import lru_cache
from math import floor

# The moments that a date can show, in seconds since the epoch: those of the years 1 to 9999.
EARLIEST, LATEST = -62_135_596_800.0, 253_402_300_799.999
# The first moment that a date cannot show, in seconds since the epoch.
TOO_LATE = 253_402_300_800.0


def timestamp(moment: float) -> str:
    """Write a moment, in seconds since the epoch, as RFC 3339 in UTC with milliseconds."""
    second = floor(moment)
    return f"{_whole_second(second)}.{int((moment - second) * 1000):03d}Z"


@lru_cache(maxsize=4)
def _whole_second(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"


def seconds_of(text: str) -> float:
    """Return the moment of an ISO 8601 text, in s since the epoch; a text without a zone is in UTC.

    Raises:
        ValueError: the text is no moment.
        OverflowError: the moment is outside of the years 1 to 9999 in UTC.
    """
    moment = datetime.fromisoformat(text)
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if not EARLIEST <= seconds < TOO_LATE:
        raise OverflowError(f"{text} is outside of the years 1 to 9999 in UTC")
    return seconds


def to_milliseconds(moment: float) -> float:
    """Round a moment, in s since the epoch, to the milliseconds of the log."""
    return round(moment * 1000) / 1000


def millisecond_before(moment: float) -> float:
    """Return the last whole millisecond that is not after a moment, in s since the epoch."""
    nearest = round(moment * 1000)
    return nearest / 1000 if nearest / 1000 <= moment else (nearest - 1) / 1000


def millisecond_after(moment: float) -> float:
    """Return the first whole millisecond that is not before a moment, in s since the epoch."""
    return -millisecond_before(-moment)


def moment_of(value: object) -> float | None:
    """Return the moment of a value of a record, as `seconds_of` does; None where it is no moment."""
    try:
        return seconds_of(value) if isinstance(value, str) else None
    except (OverflowError, ValueError):
        return None
