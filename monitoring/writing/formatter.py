"""Turn a `logging.LogRecord` into a log record of this project."""

import logging
from typing import Any

from monitoring.record.encode import cut_middle, to_line
from monitoring.record.reasons import reason_of
from monitoring.record.timestamps import timestamp
from monitoring.record.vocabulary import FINISHED, OK, UNKNOWN_TASK
from monitoring.writing.tracebacks import MAX_CHARS, traceback_of

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# A record that tells both is that of a finished request, unless it names another event.
REQUEST_FIELDS = {"task_type", "response_time_ms"}


class StructuredFormatter(logging.Formatter):
    """Format records as JSON lines; each item of `extra=` becomes a field."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its newline."""
        return to_line(self.to_dict(record)).decode().rstrip("\n")

    def to_dict(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the record's fields."""
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        is_request = extra.keys() >= REQUEST_FIELDS and extra.get("event", FINISHED) == FINISHED
        error = record.exc_info[1] if record.exc_info else None
        fields: dict[str, Any] = {
            "task_type": UNKNOWN_TASK,
            "event": FINISHED if is_request else "log",
            "pid": record.process,
            "logger": record.name,
            "file": record.filename or None,
            "line": record.lineno or None,
            **extra,
            "timestamp": timestamp(record.created),
            "level": record.levelname,
            "message": _message(record),
        }
        if error is not None:
            fields.setdefault("error_type", type(error).__name__)
            fields.setdefault("error_message", reason_of(error))
        if parts := _stacks(error, record.stack_info):
            fields.setdefault("traceback", "\n".join(parts))
        if is_request:
            has_failed = error is not None or record.levelno >= logging.ERROR
            fields.setdefault("status", "error" if has_failed else OK)
        return fields


def _stacks(error: BaseException | None, stack_info: str | None) -> list[str]:
    """Return where an error came from, and where the record was made, as far as the record is to tell it."""
    raised = [] if error is None else [traceback_of(error)]
    return [*raised, cut_middle(stack_info, MAX_CHARS)] if stack_info else raised


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (KeyError, TypeError, ValueError):  # The arguments do not fit the text.
        return f"{record.msg} {record.args}"
