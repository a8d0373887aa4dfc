"""Follow tasks, and write one record for each task when it ends, however it ends.

Of tasks that are refused for the same reason, the first one in a minute has a record; the others are counted.
"""

import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from time import perf_counter
from types import TracebackType
from typing import Any, Protocol

from monitoring.config import MonitoringConfig
from monitoring.record.schema import DIGITS, PREVIEW_CHARS
from monitoring.record.vocabulary import FINISHED, REJECTED
from monitoring.writing.refusals import Refusals
from monitoring.writing.repetition import repetition
from monitoring.writing.tracebacks import traceback_of

_STATUS_TEXTS = {"ok": "完成", "error": "失败", "cancelled": "已取消", "rejected": "被拒绝"}
_LEVELS = {"ok": "INFO", "error": "ERROR", "cancelled": "WARNING", "rejected": "WARNING"}


class TrackedTask:
    """One running task: it collects the fields of its record, which is written when the block ends."""

    def __init__(self, recorder: "Recorder", fields: dict[str, Any]) -> None:
        self._recorder = recorder
        self._fields = fields
        self._started = perf_counter()
        self.reason = ""  # the code of the error that ended it, else its class

    def set(self, **fields: object) -> None:
        """Set fields of the record; a later value replaces an earlier one."""
        self._fields.update(fields)

    def __enter__(self) -> "TrackedTask":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            # A closed generator means that its caller has left; nothing has failed.
            is_closed = isinstance(error, GeneratorExit)
            self._fields.setdefault("status", "cancelled" if is_closed else "error")
            if not is_closed:
                self.reason = str(getattr(error, "code", type(error).__name__))
                self._fields.update(error_type=type(error).__name__, error_message=_message_of(error))
            if self._fields["status"] == "error":
                self._fields["traceback"] = traceback_of(error)
        self.finish()

    def finish(self) -> None:
        """Write the record; a second call does nothing."""
        self._fields.setdefault("status", "ok")
        self._fields["response_time_ms"] = (perf_counter() - self._started) * 1000
        self._recorder.write(self, self._fields)


class RecordLog(Protocol):
    """The log that takes the records."""

    def write(self, fields: dict[str, Any]) -> None:
        """Write one record, without raising."""

    def begin(self, task_type: str, request_id: str, session_id: str | None) -> Callable[[], None]:
        """Note that a task runs, without raising; the result is called when its record was written."""


class Recorder:
    """Turn tasks into log records; no error of its own reaches the code that it watches."""

    def __init__(self, log: RecordLog, config: MonitoringConfig, task_names: Mapping[str, str] = {}) -> None:
        """Write to a log; messages call a task by its name in `task_names`, else as its record does."""
        self._log = log
        self._task_names = task_names
        self._content = config.log_content
        # Each operation on the dict is atomic, so no lock is needed.
        self._open: dict[TrackedTask, Callable[[], None]] = {}
        self._refusals = Refusals(log.write)
        # A visitor's session opens his conversation, and whoever knows a plain hash could find it by trying.
        self._session_key = secrets.token_bytes(32)

    def track(self, task_type: str, request_id: str, **fields: object) -> TrackedTask:
        """Begin to follow one task; use the result in a `with` block.

        An exception in the block makes the status `error`, and a closed generator makes it `cancelled`,
        unless `set(status=...)` has set another one.
        """
        task = TrackedTask(self, {"task_type": task_type, "request_id": request_id, **fields})
        session = fields.get("session_id")
        name = self._keyed(session) if isinstance(session, str) else None
        self._open[task] = self._log.begin(task_type, request_id, name)
        return task

    def event(self, event: str, message: str, level: int = logging.INFO, **fields: object) -> None:
        """Write a record of the app itself, such as `app.started`."""
        name = logging.getLevelName(level)
        self._log.write({"level": name, "message": message, "task_type": "system", "event": event, **fields})

    def close(self) -> None:
        """Write the records of tasks that are still running, as cancelled, and the counts of refused ones."""
        for task in tuple(self._open):
            task.set(status="cancelled")
            task.finish()
        self._refusals.flush()

    def write(self, task: TrackedTask, fields: dict[str, Any]) -> None:
        """Write the record of a task, unless it is written already, or counts with another one."""
        try:
            end = self._open.pop(task)
        except KeyError:
            return
        record = self._record(fields)
        if not (record["status"] == REJECTED and self._refusals.is_counted(record, task.reason)):
            self._log.write(record)
        end()

    def _record(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the whole record, or as much of it as there can be."""
        try:
            return self._finished(fields)
        except Exception as error:
            # A bad field value must not turn a finished task into an error: write a minimal record.
            record = {name: fields[name] for name in ("task_type", "request_id", "response_time_ms")}
            message = f"记录不完整: {error!r}"
            return record | {"level": "ERROR", "message": message, "event": FINISHED, "status": "error"}

    def _finished(self, fields: dict[str, Any]) -> dict[str, Any]:
        record = {"event": FINISHED, **fields}
        if record.get("session_id") is not None:
            record["session_id"] = self._keyed(str(record["session_id"]))
        # Endless repetition always ends with `length`, so only those replies are measured.
        if record.get("finish_reason") == "length":
            record["repetition"] = repetition(record.get("output_text") or "")
        for name in ("input_text", "output_text"):
            record[name] = self._allowed(record.get(name))
        for name, digits in DIGITS.items():
            if (value := record.get(name)) is not None:
                record[name] = round(value, digits)
        record["level"] = _LEVELS.get(record["status"], "INFO")
        record["message"] = self._describe(record)
        return record

    def _keyed(self, session: str) -> str:
        """Return a session's name in the log, which another start of the app does not give it again."""
        return hmac.digest(self._session_key, session.encode(errors="replace"), "sha256").hex()[:16]

    def _describe(self, record: dict[str, Any]) -> str:
        task, status = record["task_type"], record["status"]
        text = f"{self._task_names.get(task, task)}{_STATUS_TEXTS.get(status, status)}"
        result = record.get("label") or record.get("error_message")
        if result is None and record.get("output_tokens"):
            result = f"{record['output_tokens']} tokens"
        return f"{text}: {result}" if result else text

    def _allowed(self, text: str | None) -> str | None:
        if not text or self._content == "none":
            return None
        return text[:PREVIEW_CHARS] if self._content == "preview" else text


def _message_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # An error in the code of the exception must not take its place.
        return ""
