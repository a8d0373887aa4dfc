"""Parse the JSON objects of lines, and find those that stand behind something else."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import msgspec

from monitoring.formats.files.json_values import JsonValues
from monitoring.formats.programs.names import are_of_a_record, are_of_an_event
from monitoring.record.lenient import parse_leniently

# A number that may need more than 64 bits has so many digits; a search for each digit as for 9 is fast.
_LONG_NUMBER = b"9" * 19
_DIGITS_AS_9 = bytes.maketrans(b"012345678", b"9" * 9)
# So much may stand in front of an object, and so many places are tried at which it may begin.
_MAX_PREFIX_CHARS = 1000
_MAX_TRIES = 3
_BEGINNING = re.compile(r'\{\s{0,8}+"')
# An array of objects, perhaps in another one; the end of an object and the beginning of the next one.
_ARRAY = re.compile(r"(?:\[\s*+){1,9}+\{")
_NEIGHBOURS = re.compile(r"\}[ \t]*+\{")
# Names of objects that hold several records.
_HOLDERS = frozenset({"resourceLogs", "logEvents"})


def parsed(line: bytes) -> Any:
    """Decode a line into values that can be encoded again.

    Raises:
        ValueError: the line is no JSON, not even for `parse_leniently`.
    """
    if _LONG_NUMBER not in line.translate(_DIGITS_AS_9):
        try:
            return msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            pass
    return parse_leniently(line)


def record_of(text: str) -> dict[str, Any] | None:
    """Return the fields of a text that is a JSON object and looks like a record; None for any other."""
    try:
        fields = parsed(text.encode(errors="replace"))
    except ValueError:
        return None
    is_one = isinstance(fields, dict) and (are_of_a_record(fields) or not _HOLDERS.isdisjoint(fields))
    return fields if is_one else None


def objects_in(text: str) -> Iterator[dict[str, Any] | None] | None:
    """Return the objects of a text that is an array of records, or several ones; None for any other text.

    The first one tells whether they are records. One that cannot be parsed is None.
    """
    if _ARRAY.match(text) is not None:
        try:
            objects = _objects_of(parsed(text.encode(errors="replace")))
        except ValueError:
            return None
    elif text[:1] == "{" and (found := _NEIGHBOURS.search(text)) is not None:
        first = _object_of(text[: found.start() + 1].encode(errors="replace"))
        if first is not None and not _is_told(first):
            return None
        values = JsonValues(is_array=False)
        lines = values.add(text.encode(errors="replace")).splitlines()
        rest = values.end()
        if len(lines) + bool(rest) < 2:
            return None
        objects = map(_object_of, [*lines, rest] if rest else lines)
    else:
        return None
    first = next(objects, None)
    return chain((first,), objects) if first is not None and _is_told(first) else None


def _objects_of(value: Any) -> Iterator[dict[str, Any] | None]:
    """Yield the objects of an array, and of arrays in it; None for any other value."""
    if isinstance(value, list):
        for each in value:
            yield from _objects_of(each)
    else:
        yield value if isinstance(value, dict) else None


def _object_of(line: bytes) -> dict[str, Any] | None:
    try:
        fields = parsed(line)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None


def _is_told(fields: dict[str, Any]) -> bool:
    return are_of_an_event(fields) or not _HOLDERS.isdisjoint(fields)


def record_behind(text: str) -> tuple[str, dict[str, Any]] | None:
    """Return the record at the end of a line, and what stands before it; None where a line has none."""
    if text[-1:] != "}":
        return None
    starts = (found.start() for found in _BEGINNING.finditer(text, 0, _MAX_PREFIX_CHARS))
    for start, _ in zip(starts, range(_MAX_TRIES), strict=False):
        if (fields := record_of(text[start:])) is not None:
            return text[:start].strip(), fields
    return None
