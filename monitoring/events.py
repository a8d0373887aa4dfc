"""The log record (schema 1): its fields in order, and how any fields become one valid line."""

import math
from collections.abc import Mapping
from typing import Any

import orjson

SCHEMA_VERSION = 1
MAX_LINE_BYTES = 64 * 1024
PREVIEW_CHARS = 80

ALWAYS = (
    "timestamp",
    "level",
    "message",
    "task_type",
    "request_id",
    "response_time_ms",
    "cpu_usage_percent",
    "memory_usage_mb",
)
FIELDS = (
    *ALWAYS,
    *("event", "status", "error_type", "error_message", "session_id", "model", "engine"),
    *("queue_wait_ms", "ttft_ms", "prompt_tokens", "cached_tokens", "output_tokens", "tokens_per_second"),
    *("finish_reason", "label", "confidence", "input_chars", "output_chars", "input_text", "output_text"),
    *("pid", "seq", "truncated"),
)

_LINE_BREAKS = {"\u2028": b"\\u2028", "\u2029": b"\\u2029", "\u0085": b"\\u0085"}
_JSON_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE


def complete(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Put fields into the record's order: known ones first, unknown ones as they came.

    The first eight are always there, `None` where unknown; other `None`s, NaN and infinities are
    left out.
    """
    record: dict[str, Any] = {}
    for name in (*FIELDS, *(name for name in fields if name not in FIELDS)):
        value = fields.get(name)
        if isinstance(value, float) and not math.isfinite(value):
            value = None
        if value is not None or name in ALWAYS:
            record[name] = value
    return record


def to_line(record: Mapping[str, Any]) -> bytes:
    """Encode a record as one line of UTF-8 JSON, newline included, of at most 64 KiB.

    Too long texts are cut, and `truncated` is set; where that is not enough, fields that the
    schema does not know are left out. Never raises for what the values hold.
    """
    if any(isinstance(value, str) and len(value) > MAX_LINE_BYTES for value in record.values()):
        record = _shorten(record, MAX_LINE_BYTES)  # cannot fit: spare the work of encoding it
    line = _encode(record)
    for limit in (8000, 800, 80):
        if len(line) <= MAX_LINE_BYTES:
            return line
        line = _encode(_shorten(record, limit))
    if len(line) > MAX_LINE_BYTES:
        known = {name: _cut(_clean(value), 80) for name, value in record.items() if name in FIELDS}
        line = _encode({**known, "truncated": True})
    return line


def _shorten(record: Mapping[str, Any], limit: int) -> dict[str, Any]:
    return {**{name: _cut(value, limit) for name, value in record.items()}, "truncated": True}


def _encode(record: Mapping[str, Any]) -> bytes:
    try:
        line = orjson.dumps(record, default=str, option=_JSON_OPTIONS)
    except TypeError:  # half a character, an integer over 64 bits, a too deep or endless value
        line = orjson.dumps({_clean(k): _clean(v) for k, v in record.items()}, option=_JSON_OPTIONS)
    for character, escaped in _LINE_BREAKS.items():
        line = line.replace(character.encode(), escaped)
    return line


def _clean(value: object) -> object:
    """Make a value encodable: plain scalars stay, everything else becomes text."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    try:
        text = value if isinstance(value, str) else repr(value)
    except Exception:  # whatever an object's own code raises; RecursionError of a too deep value
        text = f"<{type(value).__name__}>"
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _cut(value: object, limit: int) -> object:
    return value[:limit] if isinstance(value, str) else value
