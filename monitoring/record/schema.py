"""The log record (schema 1): its fields in order."""

import msgspec

MAX_LINE_BYTES = 64 << 10  # of a line that is written
MAX_READ_BYTES = 1 << 20  # of a line that is read: other programs write longer ones than we do
MAX_SQL_BYTES = 64 << 20  # of a line that DuckDB reads: a longer one makes its whole file unreadable for it
PREVIEW_CHARS = 80


class Record(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """One record; units stand in docs/log-record.md. The fields without a default are always there."""

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
    input_chars: int | None = None
    output_chars: int | None = None
    repetition: float | None = None
    input_text: str | None = None
    output_text: str | None = None
    pid: int | None = None
    seq: int | None = None
    truncated: bool | None = None


FIELDS = Record.__struct_fields__
ALWAYS = frozenset(field.name for field in msgspec.structs.fields(Record) if field.required)
