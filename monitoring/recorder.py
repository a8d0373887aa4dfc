"""`track()`: exactly one record for each task, written when it ends, however it ends."""

import hashlib
import logging
import threading
from time import perf_counter
from types import TracebackType
from typing import Any

from monitoring.config import MonitoringConfig
from monitoring.events import PREVIEW_CHARS

_NAMES = {"sentiment": "情感分析", "chat": "对话"}
_ENDINGS = {"ok": "完成", "error": "失败", "cancelled": "已取消", "rejected": "被拒绝"}
_LEVELS = {
    "ok": logging.INFO,
    "error": logging.ERROR,
    "cancelled": logging.WARNING,
    "rejected": logging.WARNING,
}


class Span:
    """One running task: collects the fields of its record, and writes it when the block ends."""

    def __init__(self, recorder: "Recorder", fields: dict[str, Any]) -> None:
        self._recorder = recorder
        self._fields = fields
        self._started = perf_counter()

    def set(self, **fields: object) -> None:
        """Note fields of the record; a later value replaces an earlier one."""
        self._fields.update(fields)

    def __enter__(self) -> "Span":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            closed = isinstance(error, GeneratorExit)  # who asked has left; nothing has failed
            self._fields.setdefault("status", "cancelled" if closed else "error")
            if not closed:
                self._fields.update(error_type=type(error).__name__, error_message=str(error))
        self.finish()

    def finish(self) -> None:
        """Write the record, once."""
        self._fields.setdefault("status", "ok")
        self._fields["response_time_ms"] = (perf_counter() - self._started) * 1000
        self._recorder.write(self, self._fields)


class Recorder:
    """Turn tasks into log records; never raises into the code that it watches."""

    def __init__(self, logger: logging.Logger, config: MonitoringConfig) -> None:
        self._logger = logger
        self._content = config.log_content
        self._open: set[Span] = set()
        self._lock = threading.Lock()

    def track(self, task_type: str, request_id: str, **fields: object) -> Span:
        """Start to follow one task; use it as a `with` block.

        An exception in the block makes the status `error`, and a closed generator `cancelled`, unless
        `set(status=...)` said another.
        """
        span = Span(self, {"task_type": task_type, "request_id": request_id, **fields})
        with self._lock:
            self._open.add(span)
        return span

    def event(self, event: str, message: str, level: int = logging.INFO, **fields: object) -> None:
        """Write a record of the app itself, such as `app.started`."""
        self._logger.log(level, message, extra={"task_type": "system", "event": event, **fields})

    def close(self) -> None:
        """Write the records of tasks that are still running, as cancelled."""
        for span in tuple(self._open):
            span.set(status="cancelled")
            span.finish()

    def write(self, span: Span, fields: dict[str, Any]) -> None:
        """Write a span's record, unless that is done already."""
        with self._lock:
            if span not in self._open:
                return
            self._open.remove(span)
        try:
            self._log(fields)
        except Exception:  # a field that logging reserves, a text that is none: the task has ended well
            known = {name: fields[name] for name in ("task_type", "request_id", "response_time_ms")}
            self._logger.exception(
                "记录无法写入", extra={"event": "task.finished", "status": "error", **known}
            )

    def _log(self, fields: dict[str, Any]) -> None:
        record = {"event": "task.finished", **fields}
        if record.get("session_id") is not None:
            record["session_id"] = hashlib.sha256(str(record["session_id"]).encode()).hexdigest()[:16]
        for name in ("input_text", "output_text"):
            record[name] = self._allowed(record.get(name))
        for name, value in record.items():
            if isinstance(value, float):
                record[name] = round(value, 4 if name == "confidence" else 1)
        self._logger.log(_LEVELS.get(record["status"], logging.INFO), _describe(record), extra=record)

    def _allowed(self, text: str | None) -> str | None:
        if not text or self._content == "none":
            return None
        return text[:PREVIEW_CHARS] if self._content == "preview" else text


def _describe(record: dict[str, Any]) -> str:
    task, status = record["task_type"], record["status"]
    text = f"{_NAMES.get(task, task)}{_ENDINGS.get(status, status)}"
    result = record.get("label") or record.get("error_message")
    if result is None and record.get("output_tokens"):
        result = f"{record['output_tokens']} tokens"
    return f"{text}: {result}" if result else text
