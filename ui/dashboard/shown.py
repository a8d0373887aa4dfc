"""How numbers and moments are written for a reader."""

from datetime import UTC, datetime

NO_NUMBER = "–"
_UNITS = {"ms": "ms", "percent": "%", "cpu": "%", "memory": "MiB", "speed": "tok/s", "count": "", "depth": ""}
_DIGITS = {"percent": 1, "speed": 1, "depth": 2}
SECONDS_FROM_MS = 10_000


def amount(value: float | None, unit: str) -> str:
    """Write a measure's value with its unit; a dash for none."""
    if value is None:
        return NO_NUMBER
    if unit == "ms" and value >= SECONDS_FROM_MS:
        return f"{value / 1000:,.1f} s"
    return f"{value:,.{_DIGITS.get(unit, 0)}f} {_UNITS[unit]}".strip()


def number(value: object, digits: int = 0) -> str:
    """Write a number of a record; "" for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return f"{value:,.{digits}f}"


def moment(seconds: float) -> str:
    """Write a moment, in s since the epoch, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
