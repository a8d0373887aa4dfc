"""Small pieces that several parts of the dashboard show: numbers, moments, buttons that copy."""

import html
from datetime import UTC, datetime

from monitoring.record.timestamps import EARLIEST, LATEST
from ui.texts.words import Words

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
    try:
        return f"{value:,.{digits}f}"
    except OverflowError:  # a whole number beyond all floats
        return ""


def copy_button(what: str, name: str, words: Words) -> str:
    """Return a button that copies: `data-copy` the text behind it, `data-copy-link` the page's address."""
    copied = html.escape(words["copied"])
    return f"<button type='button' {what} data-copied='{copied}'>{html.escape(name)}</button>"


def moment(seconds: float) -> str:
    """Write a moment, in s since the epoch, in UTC."""
    return f"{datetime.fromtimestamp(min(max(seconds, EARLIEST), LATEST), UTC):%Y-%m-%d %H:%M:%S}"
