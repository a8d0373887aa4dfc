"""From a `logging.LogRecord` to the log record of this project."""

import itertools
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from monitoring.events import complete, to_line
from monitoring.resources import Sample

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class StructuredFormatter(logging.Formatter):
    """Format records as JSON lines; whatever `extra=` gives becomes a field.

    `sample` tells what the process uses just now. Each formatter numbers its records: use one for
    each file.
    """

    def __init__(self, sample: Callable[[], Sample] | None = None) -> None:
        super().__init__()
        self._sample = sample
        self._numbers = itertools.count(1)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its newline."""
        return to_line(self.to_dict(record)).decode().rstrip("\n")

    def to_dict(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the record's fields in order."""
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        fields: dict[str, Any] = {"task_type": "unknown", "event": "log", **extra}
        moment = datetime.fromtimestamp(record.created, UTC)
        fields["timestamp"] = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
        fields["level"] = record.levelname
        fields["message"] = _message(record)
        if self._sample is not None:
            sample = self._sample()
            fields.setdefault("cpu_usage_percent", sample.cpu_percent)
            fields.setdefault("memory_usage_mb", sample.memory_mb)
        if record.exc_info and record.exc_info[1] is not None:
            fields.setdefault("error_type", type(record.exc_info[1]).__name__)
            fields.setdefault("error_message", str(record.exc_info[1]))
        fields["pid"] = os.getpid()
        fields["seq"] = next(self._numbers)
        return complete(fields)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (KeyError, TypeError, ValueError):  # the arguments do not fit the text
        return f"{record.msg} {record.args}"
