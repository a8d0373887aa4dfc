"""The contenders that write a log: this project, other designs of it, and its peers at their best."""

import json
import logging
import logging.handlers
import os
import queue
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

MESSAGE = "情感分析完成: 正面"
REQUEST = "16f029d043944176923da62f9eb4ebcb"
# The fields that the service records of a finished task.
FIELDS: dict[str, Any] = {
    "task_type": "sentiment",
    "request_id": REQUEST,
    "response_time_ms": 892.1,
    "status": "ok",
    "session_id": "ba7816bf8f01cfea",
    "model": "qwen1.5-0.5b-chat",
    "engine": "torch-bf16",
    "queue_wait_ms": 0.3,
    "ttft_ms": 812.5,
    "prompt_tokens": 120,
    "cached_tokens": 0,
    "output_tokens": 1,
    "tokens_per_second": 12.5,
    "finish_reason": "stop",
    "label": "正面",
    "confidence": 0.9731,
    "input_chars": 24,
    "output_chars": 2,
    "input_text": "今天天气真好，我很开心！",
    "output_text": "正面",
}
# The peers log this sample, since they do not measure CPU and memory.
SAMPLE: dict[str, Any] = {"cpu_usage_percent": 87.5, "memory_usage_mb": 1612.4}

Emit = Callable[[], object]
# A function from the path of a log to two functions: one logs a record, the other closes the log.
Contender = Callable[[Path], tuple[Emit, Callable[[], object]]]


def this_project(path: Path) -> tuple[Emit, Callable[[], object]]:
    """Use `EventLog.write()`: it encodes on the caller's thread, and writes in a thread of its own."""
    log = _event_log(path)
    fields = {"message": MESSAGE, "event": "task.finished", **FIELDS}
    return lambda: log.write(fields), log.stop


def this_project_span(path: Path) -> tuple[Emit, Callable[[], object]]:
    """Use `Recorder.track()`: a whole task as in the service, with its clock and the hash of its session."""
    from monitoring.config import MonitoringConfig
    from monitoring.writing.recorder import Recorder

    log = _event_log(path)
    recorder = Recorder(log, MonitoringConfig(log_dir=path.parent, log_content="full"))
    noted = {name: value for name, value in FIELDS.items() if name not in ("task_type", "request_id")}

    def emit() -> None:
        with recorder.track("sentiment", REQUEST) as span:
            span.set(**noted)

    return emit, log.stop


def this_project_stdlib(path: Path) -> tuple[Emit, Callable[[], object]]:
    """Use `logging.getLogger("qwen_monitor").info()`, as programs do that know only the standard library."""
    from monitoring.writing.logger import LogHandler

    log = _event_log(path)
    return _stdlib(LogHandler(log)), log.stop


def direct_append(path: Path) -> tuple[Emit, Callable[[], object]]:
    """Append this project's record on the caller's thread, with one `write()` for each record."""
    from monitoring.record.encode import to_line
    from monitoring.record.timestamps import timestamp

    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def emit() -> None:
        record = {
            "timestamp": timestamp(time.time()),
            "level": "INFO",
            "message": MESSAGE,
            **SAMPLE,
            **FIELDS,
        }
        os.write(file, to_line(record))

    return emit, lambda: os.close(file)


def encoded_in_the_thread(path: Path) -> tuple[Emit, Callable[[], object]]:
    """Hand the fields of this project's record to a thread, which encodes and writes them."""
    from monitoring.record.encode import to_line
    from monitoring.record.timestamps import timestamp

    fields: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    file = path.open("ab", buffering=0)

    def write() -> None:
        while (record := fields.get()) is not None:
            file.write(to_line({"timestamp": timestamp(record["moment"]), **record["fields"]}))

    def emit() -> None:
        record = {"level": "INFO", "message": MESSAGE, **SAMPLE, **FIELDS}
        fields.put({"moment": time.time(), "fields": record})

    def close() -> None:
        fields.put(None)
        thread.join()
        file.close()

    thread = threading.Thread(target=write)
    thread.start()
    return emit, close


def article(path: Path) -> tuple[Emit, Callable[[], object]]:
    """Use the usual first version: psutil is called for each record, then json.dumps and a FileHandler."""
    import psutil

    class StructuredFormatter(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            entry: dict[str, Any] = {
                "timestamp": datetime.now(UTC).isoformat(),
                "level": record.levelname,
                "message": record.getMessage(),
                "cpu_usage_percent": psutil.cpu_percent(),
                "memory_usage_mb": psutil.Process().memory_info().rss / 1024 / 1024,
            }
            entry |= {name: getattr(record, name, None) for name in FIELDS}
            return json.dumps(entry, ensure_ascii=False)

    return _to_file(path, StructuredFormatter())


def stdlib_queue(path: Path) -> tuple[Emit, Callable[[], object]]:
    """Use the standard library's QueueHandler and QueueListener, with a JSON formatter."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(_json_formatter())
    # A SimpleQueue is faster than a Queue.
    lines: queue.SimpleQueue[Any] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(lines, handler)
    listener.start()
    return _stdlib(logging.handlers.QueueHandler(lines)), listener.stop


def python_json_logger(path: Path) -> tuple[Emit, Callable[[], object]]:
    """Use python-json-logger with its orjson formatter."""
    return _to_file(path, _json_formatter())


def structlog_orjson(path: Path) -> tuple[Emit, Callable[[], object]]:
    """Use structlog with the settings that its documentation advises for speed."""
    import orjson
    import structlog

    file = path.open("ab")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(file),
        cache_logger_on_first_use=True,
    )
    logger = structlog.get_logger()
    return lambda: logger.info(MESSAGE, **SAMPLE, **FIELDS), file.close


def loguru_serialized(path: Path) -> tuple[Emit, Callable[[], object]]:
    """Use loguru, which writes JSON on the caller's thread."""
    return _loguru(path, enqueue=False)


def loguru_enqueued(path: Path) -> tuple[Emit, Callable[[], object]]:
    """Use loguru, which writes JSON in a thread of its own."""
    return _loguru(path, enqueue=True)


CONTENDERS: dict[str, Contender] = {
    "this project": this_project,
    "this project, a whole span": this_project_span,
    "this project, through logging": this_project_stdlib,
    "direct append": direct_append,
    "encoded in the thread": encoded_in_the_thread,
    "article's formatter": article,
    "logging with a queue": stdlib_queue,
    "python-json-logger": python_json_logger,
    "structlog + orjson": structlog_orjson,
    "loguru": loguru_serialized,
    "loguru, enqueue": loguru_enqueued,
}


def _event_log(path: Path) -> Any:
    from monitoring.config import MonitoringConfig
    from monitoring.storage.rotation import RotatingFile
    from monitoring.writing.event_log import EventLog

    class AnyFile(RotatingFile):
        """Also writes to the pipe of the slow disk, which the app would refuse."""

        def open_file(self) -> FileIO:
            return FileIO(self.path, "a") if self.path.is_fifo() else super().open_file()

    return EventLog(MonitoringConfig(log_dir=path.parent, log_queue=1_000_000), AnyFile)


def _stdlib(handler: logging.Handler) -> Emit:
    logger = logging.Logger("benchmark")
    logger.addHandler(handler)
    return lambda: logger.info(MESSAGE, extra=FIELDS)


def _to_file(path: Path, formatter: logging.Formatter) -> tuple[Emit, Callable[[], object]]:
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(formatter)
    return _stdlib(handler), handler.close


def _json_formatter() -> logging.Formatter:
    from pythonjsonlogger.orjson import OrjsonFormatter

    formatter: logging.Formatter = OrjsonFormatter("{asctime}{levelname}{message}", style="{")
    return formatter


def _loguru(path: Path, *, enqueue: bool) -> tuple[Emit, Callable[[], object]]:
    from loguru import logger

    logger.remove()
    sink = logger.add(path, serialize=True, enqueue=enqueue)
    return lambda: logger.info(MESSAGE, **SAMPLE, **FIELDS), lambda: logger.remove(sink)
