"""The log record (schema 1): its fields in order, their types, and which fields are columns."""

from typing import get_args

import msgspec

# The longest line that is written, its newline included, and the longest that is read, in bytes.
MAX_LINE_BYTES = 64 << 10
# The length of a message text in the log, in characters, where LOG_CONTENT is "preview".
PREVIEW_CHARS = 80


class Record(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """One record; docs/log-record.md gives the units. Fields without a default are always there."""

    timestamp: str | None
    level: str | None
    message: str | None
    task_type: str | None
    request_id: str | None
    response_time_ms: float | None
    cpu_usage_percent: float | None
    memory_usage_mb: float | None
    event: str | None = None
    status: str | None = None
    error_type: str | None = None
    error_message: str | None = None
    session_id: str | None = None
    source: str | None = None
    key_name: str | None = None
    traceparent: str | None = None
    model: str | None = None
    engine: str | None = None
    queue_wait_ms: float | None = None
    ttft_ms: float | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    tokens_per_second: float | None = None
    finish_reason: str | None = None
    label: str | None = None
    confidence: float | None = None
    probability: float | None = None
    score: float | None = None
    unsure: bool | None = None
    input_chars: int | None = None
    output_chars: int | None = None
    repetition: float | None = None
    input_text: str | None = None
    output_text: str | None = None
    pid: int | None = None
    seq: int | None = None
    instance: str | None = None
    logger: str | None = None
    file: str | None = None
    line: int | None = None
    traceback: str | None = None
    truncated: bool | None = None


FIELDS = Record.__struct_fields__
ALWAYS = frozenset(field.name for field in msgspec.structs.fields(Record) if field.required)
# The fields of single events that readers know: where a model came from, how many records were dropped, how
# many requests were refused without a record of their own, the MiB that the model's keys and values take, and
# the most that they may take.
EVENT_FIELDS: dict[str, type] = {
    "origin": str,
    "dropped": int,
    "rejected": int,
    "kv_mb": float,
    "kv_budget_mb": float,
}
# The type of every field that readers know, by its name.
TYPES: dict[str, type] = {
    **{field.name: get_args(field.type)[0] for field in msgspec.structs.fields(Record)},
    **EVENT_FIELDS,
}
# The fields that the window keeps as columns, beside the timestamp; all others are read from the lines.
COLUMNS = (
    "level",
    "task_type",
    "request_id",
    "response_time_ms",
    "cpu_usage_percent",
    "memory_usage_mb",
    "event",
    "status",
    "session_id",
    "queue_wait_ms",
    "ttft_ms",
    "prompt_tokens",
    "output_tokens",
    "tokens_per_second",
    "label",
    "confidence",
    "repetition",
    "pid",
    "seq",
    "instance",
    "dropped",
    "rejected",
    "kv_mb",
    "kv_budget_mb",
)
TEXTS = tuple(name for name in COLUMNS if TYPES[name] is str)
NUMBERS = tuple(name for name in COLUMNS if TYPES[name] is not str)
# The digits after the point that measured fields are rounded to.
DIGITS = {
    "response_time_ms": 1,
    "queue_wait_ms": 1,
    "ttft_ms": 1,
    "tokens_per_second": 1,
    "confidence": 4,
    "probability": 4,
    "score": 3,
    "repetition": 2,
}
