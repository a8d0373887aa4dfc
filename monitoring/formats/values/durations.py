"""Read a duration however a program writes it: its unit may stand in the text, in the name, or nowhere."""

import math
import re

from monitoring.formats.values.objects import seconds_and_nanoseconds
from monitoring.record.mapping import DURATION_UNITS as UNITS

_LONG_NAMES = {
    "nanos": "ns",
    "nanoseconds": "ns",
    "micros": "us",
    "microseconds": "us",
    "millis": "ms",
    "msec": "ms",
    "msecs": "ms",
    "milliseconds": "ms",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "min": "m",
    "mins": "m",
    "minutes": "m",
    "hours": "h",
}
_PART = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-zA-Zµμ]+)")
# ISO 8601, such as PT1.5S and PT1H2M3S.
_ISO_8601 = re.compile(r"PT(?=\d)((?:\d+(?:\.\d+)?[HMS])+)")
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)")
# The end of a name such as `latency_ms`, `durationMs`, `elapsed.seconds`.
_WORDS = re.compile(r"[A-Z]?[a-zµμ]+|[A-Z]+(?![a-z])")


def milliseconds_of(value: object, unit: str | None = None) -> float | None:
    """Return a duration in ms; a number, or a text without unit, is in `unit`, None where that is unknown.

    A text may have one unit or several, such as "57.3ms", "1m2.5s" and "850µs", or be a clock, "0:01:02.5".
    An object may have seconds and nanoseconds.
    """
    if isinstance(value, bool):
        return None
    if (parts := seconds_and_nanoseconds(value)) is not None:
        return _finite(parts[0] * 1000 + parts[1] / 1e6, "ms")
    if isinstance(value, int | float):
        return _finite(value, unit)
    if not isinstance(value, str) or len(value) > 100:
        return None
    text = value.strip()
    try:
        return _finite(float(text), unit)
    except ValueError:
        return _of_parts(text)


def unit_of_name(name: str) -> str | None:
    """Return the unit that the end of a field's name tells, such as `ms` of `latency_ms` and `durationMs`."""
    words = _WORDS.findall(name)
    if len(words) < 2:
        return None
    last = words[-1].lower()
    # A single letter stands for a unit only after a mark: `time_s`, but not `maxS`.
    if len(last) == 1 and not name.endswith((f"_{last}", f".{last}", f"-{last}")):
        return None
    return _known_unit(last)


def _known_unit(word: str) -> str | None:
    unit = _LONG_NAMES.get(word, word)
    return unit if unit in UNITS and unit not in ("m", "h") else None


def _finite(number: float, unit: str | None) -> float | None:
    try:
        result = float(number) * UNITS[unit] if unit is not None else math.nan
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


def _of_parts(text: str) -> float | None:
    if (clock := _CLOCK.fullmatch(text)) is not None:
        hours, minutes, seconds = clock.groups()
        return (int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)) * 1000
    if (iso := _ISO_8601.fullmatch(text)) is not None:
        text = iso[1].lower()
    total, place = 0.0, 0
    while place < len(text):
        part = _PART.match(text, place)
        unit = part and (_LONG_NAMES.get(part[2].lower(), part[2]))
        if part is None or unit not in UNITS:
            return None
        total += float(part[1]) * UNITS[unit]
        place = part.end()
    return total if place and math.isfinite(total) else None
