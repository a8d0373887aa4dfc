"""Objects and lists that stand for one value: times and durations in two parts, and the types of MongoDB."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from monitoring.record.mapping import number

# The names of whole seconds, and of the nanoseconds beside them: protobuf, Rust's serde (durations, moments),
# Firestore and Log4j 2. A part that is zero may be left out.
_SECONDS: Final = ("seconds", "secs", "secs_since_epoch", "_seconds", "epochSecond")
_NANOSECONDS: Final = ("nanos", "nanos_since_epoch", "_nanoseconds", "nanoOfSecond")
_PARTS: Final = frozenset((*_SECONDS, *_NANOSECONDS))
# MongoDB's extended JSON.
_DATE, _TIMESTAMP = "$date", "$timestamp"
_SCALARS: Final = ("$numberLong", "$numberInt", "$numberDouble", "$numberDecimal", "$oid", "$uuid")
_MONGODBS: Final = frozenset((_DATE, _TIMESTAMP, *_SCALARS))
# The longest text that a number is read from.
_MAX_CHARS = 40
# Jackson writes a local time as year, month, day, hour, minute, perhaps second and nanosecond.
_LOCAL_TIME_PARTS = range(5, 8)


def is_one_value(value: Mapping[str, Any]) -> bool:
    """Tell whether an object stands for one value, and not for several fields."""
    return 0 < len(value) <= 2 and (value.keys() <= _PARTS or (len(value) == 1 and value.keys() <= _MONGODBS))


def plain_value(value: Any) -> Any:
    """Return the text or the number of an object of MongoDB; any other value as it is."""
    if isinstance(value, dict) and len(value) == 1:
        for name in _SCALARS:
            if name in value:
                inner = value[name]
                return inner if name in ("$oid", "$uuid") else _number(inner)
    return value


def seconds_and_nanoseconds(value: object) -> tuple[float, float] | None:
    """Return the two parts of an object such as `{"seconds": 1, "nanos": 5}`; None for any other value.

    Either may be a text, as protobuf writes numbers of 64 bits.
    """
    if not isinstance(value, dict) or not value or not value.keys() <= _PARTS:
        return None
    parts = [_part(value, names) for names in (_SECONDS, _NANOSECONDS)]
    return None if parts[0] is None or parts[1] is None else (parts[0], parts[1])


def milliseconds_of_date(value: object) -> float | str | None:
    """Return what MongoDB's `$date` or `$timestamp` tells, in ms since the epoch, or a text; else None."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    if isinstance(told := value.get(_TIMESTAMP), dict):
        seconds = _number(told.get("t"))
        return None if seconds is None else seconds * 1000
    told = plain_value(value.get(_DATE))
    return told if isinstance(told, str) else _number(told)


def local_time(value: object) -> datetime | None:
    """Return the moment of a list such as `[2026, 1, 21, 16, 0, 0, 123000000]`; None for any other value.

    Raises:
        ValueError, OverflowError: there is no such moment.
    """
    if not isinstance(value, list) or len(value) not in _LOCAL_TIME_PARTS or set(map(type, value)) != {int}:
        return None
    year, month, day, hour, minute, second, nanosecond = (*value, 0, 0)[: _LOCAL_TIME_PARTS[-1]]
    return datetime(year, month, day, hour, minute, second, nanosecond // 1000)


def _part(value: Mapping[str, Any], names: tuple[str, ...]) -> float | None:
    """Return the number under one of the names, 0 where there is none; None where it is no number."""
    return next((_number(value[name]) for name in names if name in value), 0.0)


def _number(value: object) -> float | None:
    return None if isinstance(value, str) and len(value) > _MAX_CHARS else number(value)
