"""Turn any fields into one valid line of the log."""

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from monitoring.record.schema import ALWAYS, FIELDS, MAX_LINE_BYTES, Record

# Characters that some readers take for the end of a line or some terminals obey (C1 controls, and those that
# turn the direction of writing, so that a line looks like another one); JSON escapes all others.
_UNSAFE = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
# The least and the largest number that JSON readers and this encoder take as whole ones.
_LEAST, _LARGEST = -(2**63), 2**64 - 1
_KNOWN = frozenset(FIELDS)
_PLAIN = (str, int, float, bool, type(None))


def complete(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Put fields into the record's order: known fields first, then unknown fields as they came.

    The fields of `ALWAYS` are always there, `None` where unknown; other `None`s, NaN and infinities are left
    out.
    """
    record: dict[str, Any] = {}
    for name in (*FIELDS, *(name for name in fields if name not in _KNOWN)):
        value = fields.get(name)
        if isinstance(value, float) and not math.isfinite(value):
            value = None
        if value is not None or name in ALWAYS:
            record[name] = value
    return record


def to_line(fields: Mapping[str, Any]) -> bytes:
    """Encode fields as one line of UTF-8 JSON, newline included, of at most 64 KiB.

    Texts that are too long are cut, and `truncated` is set; where that is not enough, fields that the schema
    does not know are left out. No value makes it raise.
    """
    try:
        return _plain_line(fields) or _any_line(complete(fields))
    except Exception:  # Any error in the code of a text or a number of a type of its own.
        return _any_line(complete(_with_plain_values(fields)))


def cut_middle(text: str, limit: int) -> str:
    """Cut a text to about `limit` characters, and say in its middle how much is left out."""
    if len(text) <= limit:
        return text
    head = limit // 2
    tail = limit - head
    return f"{text[:head]}\n... {len(text) - limit:,} characters are left out ...\n{text[-tail:]}"


def _plain_line(fields: Mapping[str, Any]) -> bytes | None:
    """Encode known fields with plain values, in a fifth of the time; return None for all others."""
    try:
        line = _encoder.encode(Record(**fields))
    except Exception:  # An unknown field, half a character, or any error in the code of a value.
        return None
    if len(line) >= MAX_LINE_BYTES or b":null" in line:  # A None or NaN may have to be left out.
        return None
    line = _escape(line) + b"\n"
    return line if len(line) <= MAX_LINE_BYTES else None


def _any_line(record: dict[str, Any]) -> bytes:
    if any(isinstance(value, str) and len(value) > MAX_LINE_BYTES for value in record.values()):
        record = _shorten(record, MAX_LINE_BYTES)  # It cannot fit, so it is cut before it is encoded.
    line = _encode(record)
    for limit in (8000, 800, 80):
        if len(line) <= MAX_LINE_BYTES:
            return line
        line = _encode(_shorten(record, limit))
    if len(line) > MAX_LINE_BYTES:
        known = {name: _cut(name, _clean(value), 80) for name, value in record.items() if name in FIELDS}
        line = _encode({**known, "truncated": True})
    return line


def _shorten(record: Mapping[str, Any], limit: int) -> dict[str, Any]:
    return {**{name: _cut(name, value, limit) for name, value in record.items()}, "truncated": True}


def _encode(record: Mapping[str, Any]) -> bytes:
    try:
        line = _encoder.encode(record)
    except Exception:  # Half a character, a value nested too deep, or any error in the code of a value.
        line = _encoder.encode({_clean(key): _clean(value) for key, value in record.items()})
    return _escape(line) + b"\n"


def _escape(line: bytes) -> bytes:
    if 0xC2 in line or 0xE2 in line or 0x7F in line:  # A fast test: these bytes are rare in most texts.
        return _UNSAFE.sub(lambda found: b"\\u%04x" % ord(found[0].decode()), line)
    return line


def _to_json_type(value: object) -> object:
    """Turn a value that JSON does not know into a number, for numpy's numbers, or into text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


_encoder = msgspec.json.Encoder(enc_hook=_to_json_type)


def _clean(value: object) -> object:
    """Make a value encodable: plain scalars stay, everything else becomes text."""
    if value is None or isinstance(value, float) or (isinstance(value, int) and _LEAST <= value <= _LARGEST):
        return value
    try:
        text = value if isinstance(value, str) else repr(value)
    except Exception:  # Any error in the code of the value, RecursionError where it is nested too deep.
        text = f"<{type(value).__name__}>"
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _with_plain_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Replace values of other types by the names of their types, and leave out what has no plain name."""
    return {
        name: value if type(value) in _PLAIN else f"<{type(value).__name__}>"
        for name, value in fields.items()
        if type(name) is str
    }


def _cut(name: str, value: object, limit: int) -> object:
    if not isinstance(value, str):
        return value
    # The end of a traceback says what failed.
    return cut_middle(value, limit) if name == "traceback" else value[:limit]
