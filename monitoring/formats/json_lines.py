"""Parse the JSON objects of lines, and find those that stand behind something else."""

import re
from typing import Any

import msgspec

from monitoring.formats.programs.names import are_of_a_record
from monitoring.record.lenient import parse_leniently

# A number that may need more than 64 bits has so many digits; a search for each digit as for 9 is fast.
_LONG_NUMBER = b"9" * 19
_DIGITS_AS_9 = bytes.maketrans(b"012345678", b"9" * 9)
# So much may stand in front of an object, and so many places are tried at which it may begin.
_MAX_PREFIX_CHARS = 1000
_MAX_TRIES = 3
_BEGINNING = re.compile(r'\{\s{0,8}+"')


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
    return fields if isinstance(fields, dict) and are_of_a_record(fields) else None


def record_behind(text: str) -> tuple[str, dict[str, Any]] | None:
    """Return the record at the end of a line, and what stands before it; None where a line has none."""
    if text[-1:] != "}":
        return None
    starts = (found.start() for found in _BEGINNING.finditer(text, 0, _MAX_PREFIX_CHARS))
    for start, _ in zip(starts, range(_MAX_TRIES), strict=False):
        if (fields := record_of(text[start:])) is not None:
            return text[:start].strip(), fields
    return None
