"""Small pieces that several parts of the dashboard show: numbers, times, buttons that copy."""

from datetime import UTC, datetime

from markupsafe import Markup

from monitoring.record.timestamps import EARLIEST, LATEST
from monitoring.record.visible import visible_lines
from ui.texts.words import Words

NO_NUMBER = "–"
MAX_TEXT_CHARS = 500  # of a text of the log, such as a message
_UNITS = {"ms": "ms", "percent": "%", "cpu": "%", "memory": "MiB", "speed": "tok/s", "count": "", "depth": ""}
_DIGITS = {"percent": 1, "speed": 1, "depth": 2}
MIN_MS_IN_SECONDS = 10_000  # from here on, times are shown in seconds


def amount(value: float | None, unit: str) -> str:
    """Return a measure's value with its unit; a dash for none."""
    if value is None:
        return NO_NUMBER
    if unit == "ms" and value >= MIN_MS_IN_SECONDS:
        return f"{value / 1000:,.1f} s"
    return f"{value:,.{_DIGITS.get(unit, 0)}f} {_UNITS[unit]}".strip()


def number(value: object, digits: int = 0) -> str:
    """Return a number of a record as a text; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    try:
        return f"{value:,.{digits}f}"
    except OverflowError:  # an integer that is larger than all floats
        return ""


def shortened(text: str, max_chars: int) -> str:
    """Return a text of the log, which may be of any length, cut to so many characters; all can be seen."""
    beginning = text if len(text) <= max_chars else f"{text[:max_chars]}…"
    return visible_lines(beginning)


def and_more(count: int, words: Words) -> str:
    """Return that so many further ones are not shown; "" where there are none."""
    return words["and_more"].format(count=f"{count:,}") if count > 0 else ""


def copy_button(attribute: str, name: str, words: Words) -> Markup:
    """Return a button that copies: `data-copy` the text after it, `data-copy-link` the page's address."""
    return Markup("<button type='button' {} data-copied='{}'>{}</button>").format(
        attribute, words["copied"], name
    )


def moment(seconds: float) -> Markup:
    """Return a time, in s since the epoch, as an element in UTC, which the page shows in another zone."""
    shown = datetime.fromtimestamp(min(max(seconds, EARLIEST), LATEST), UTC)
    whole = shown.replace(microsecond=0, tzinfo=None)
    return Markup("<time datetime='{}Z'>{} UTC</time>").format(whole.isoformat(), whole)
