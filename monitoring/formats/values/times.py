"""Read a moment however a program writes it: texts of many forms, numbers of many units, objects of both."""

import math
import re
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

from monitoring.formats.values.objects import local_time, milliseconds_of_date, seconds_and_nanoseconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The first and the last whole millisecond that a date can show, in microseconds since the epoch.
FIRST = -62_135_596_800_000_000
LAST = 253_402_300_799_999_000
# A number that is not greater than the first figure is in units of which a microsecond has the second one,
# since the year 5138 is further away than the units' factor of a thousand: seconds, ms, µs, ns.
_UNITS = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (math.inf, 1e-3))

# The parts of an object's moment are smaller: 1e12 s are some 30,000 years.
_MAX_PART = 1e12

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
# What the standard library's reader does not know: slashes, a space before the zone, Go's name of a zone.
_SLASHES = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?: -)?")
_SPACE_BEFORE_ZONE = re.compile(r"(?<!\s)\s++([+-]\d\d:?\d\d|Z)(?:\s+[A-Z]{1,5})?$")
_FRACTION = re.compile(r"(?<=:\d\d)[.,](\d+)")
_COMMON_LOG = re.compile(r"(\d{1,2})/([A-Z][a-z]{2})/(\d{4})[: ](\d\d:\d\d:\d\d)(?:\.\d+)?(?: ([+-]\d{4}))?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# A time without a year, as syslog and vLLM write it.
_SYSLOG = re.compile(r"([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d(?:\.\d+)?)")
# What .NET's older serializers write: `/Date(1769011200123)/`, perhaps with the zone, which moves nothing.
_DOTNET = re.compile(r"/Date\((-?\d{1,17})(?:[+-]\d{4})?\)/")
_MONTH_AND_DAY = re.compile(r"(\d\d)-(\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)")


def microseconds_of(value: object, zone: tzinfo = UTC) -> int | None:
    """Return the moment of a value, in whole microseconds since the epoch; None where it is no moment.

    A text without a zone is in `zone`. A number is in seconds, milliseconds, microseconds or nanoseconds, as
    its size says. An object has seconds and nanoseconds, or is MongoDB's; a list is a local time of Java.
    """
    if isinstance(value, str):
        found = _of_text(value.strip(), zone)
    elif isinstance(value, dict):
        found = _of_object(value, zone)
    elif isinstance(value, list):
        found = _of_list(value, zone)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        return None
    else:
        found = _of_number(value)
    return found if found is not None and FIRST <= found <= LAST else None


def lacks_year(value: object) -> bool:
    """Tell whether a text is a time without its year, which is only a guess."""
    is_short = isinstance(value, str) and (_SYSLOG.fullmatch(value) or _MONTH_AND_DAY.fullmatch(value))
    return bool(is_short)


def datetime_of(microseconds: int) -> datetime:
    """Return a moment, in microseconds since the epoch, as a date in UTC."""
    return EPOCH + timedelta(microseconds=microseconds)


def rfc3339(microseconds: int) -> str:
    """Write a moment, in microseconds since the epoch, as the record does: UTC, cut to milliseconds."""
    return f"{datetime_of(microseconds).isoformat(timespec='milliseconds')[:23]}Z"


def _of_number(value: float) -> int | None:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    size = abs(value)
    factor = next(factor for limit, factor in _UNITS if size <= limit)
    # Whole numbers are reckoned as such: a double has too few digits for nanoseconds.
    if isinstance(value, int):
        return value // 1000 if factor < 1 else value * int(factor)
    return round(value * factor)


def _of_object(value: dict[str, Any], zone: tzinfo) -> int | None:
    told = milliseconds_of_date(value)
    if isinstance(told, str):
        return _of_text(told.strip(), zone)
    parts = seconds_and_nanoseconds(value) if told is None else (told / 1000, 0)
    if parts is None or not all(abs(part) < _MAX_PART for part in parts):
        return None
    return round(parts[0] * 1e6) + int(parts[1] // 1000)


def _of_list(value: list[Any], zone: tzinfo) -> int | None:
    try:
        moment = local_time(value)
        return None if moment is None else _microseconds(moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return None


def _of_text(text: str, zone: tzinfo) -> int | None:
    if _NUMBER.fullmatch(text) and not _is_digits_of_a_date(text):
        return _of_number(int(text) if text.lstrip("+-").isdecimal() and len(text) < 25 else float(text))
    if (dotnet := _DOTNET.fullmatch(text)) is not None:
        return int(dotnet[1]) * 1000
    for read in (_iso, _common_log, _without_year, _mail):
        try:
            moment = read(text)
        except (ValueError, OverflowError, IndexError, TypeError):
            continue
        if moment is not None:
            return _microseconds(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    return None


def _is_digits_of_a_date(text: str) -> bool:
    """Tell whether a text such as 20260121 or 20260121160000 is a date and not a number."""
    return len(text) in (8, 14) and text.isdecimal() and text[:2] in ("19", "20")


def _iso(text: str) -> datetime | None:
    if not text[:4].isdecimal():
        return None
    if "/" in text:
        text = _SLASHES.sub(lambda found: f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}", text, count=1)
        text = text.replace(" - ", " ")
    text = _FRACTION.sub(lambda found: f".{found[1][:6]:0<6}", text.upper())
    if " " in text:
        text = _SPACE_BEFORE_ZONE.sub(r"\1", text.removesuffix(" UTC").removesuffix(" GMT"))
    if text.isdecimal() and len(text) == 14:
        return datetime.strptime(text, "%Y%m%d%H%M%S")
    return datetime.fromisoformat(text)


def _common_log(text: str) -> datetime | None:
    if (found := _COMMON_LOG.fullmatch(text)) is None:
        return None
    day, month, year, clock, zone = found.groups()
    return datetime.fromisoformat(f"{year}-{_month(month):02}-{int(day):02}T{clock}{zone or ''}")


def _without_year(text: str) -> datetime | None:
    """Read a time without a year: the latest year in which it is not more than a day ahead of now."""
    if (found := _SYSLOG.fullmatch(text)) is not None:
        month, day, clock = _month(found[1]), int(found[2]), found[3]
    elif (found := _MONTH_AND_DAY.fullmatch(text)) is not None:
        month, day, clock = int(found[1]), int(found[2]), found[3]
    else:
        return None
    tomorrow = datetime.now() + timedelta(days=1)
    for year in range(tomorrow.year, tomorrow.year - 5, -1):  # The 29th of February is not in each year.
        try:
            moment = datetime.fromisoformat(f"{year}-{month:02}-{day:02}T{clock.replace(',', '.')}")
        except ValueError:
            continue
        if moment <= tomorrow:
            return moment
    return None


def _mail(text: str) -> datetime | None:
    """Read the form of RFC 1123, such as `Wed, 21 Jan 2026 16:00:00 GMT`."""
    return parsedate_to_datetime(text) if "," in text[:4] else None


def _month(name: str) -> int:
    return _MONTHS.index(name) + 1


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)
