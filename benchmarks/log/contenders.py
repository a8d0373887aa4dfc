"""What writes a log: this project, other designs of it, and its peers with their best settings."""

import json
import logging
import logging.handlers
import os
import queue
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MESSAGE = "情感分析完成: 正面"
REQUEST = "16f029d043944176923da62f9eb4ebcb"
FIELDS: dict[str, Any] = {  # a finished task, as the service notes it
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
SAMPLE: dict[str, Any] = {"cpu_usage_percent": 87.5, "memory_usage_mb": 1612.4}  # peers do not measure

Emit = Callable[[], object]
Contender = Callable[[Path], tuple[Emit, Callable[[], object]]]  # a log's path -> log one record, close


def this_project(path: Path) -> tuple[Emit, Callable[[], object]]:
    """`EventLog.write()`: encode on the caller's thread, queue, write in a thread."""
    log = _event_log(path)
    fields = {"message": MESSAGE, "event": "task.finished", **FIELDS}
    return lambda: log.write(fields), log.stop


def this_project_span(path: Path) -> tuple[Emit, Callable[[], object]]:
    """`Recorder.track()`: a whole task as the service follows it, with its clock and its session's hash."""
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
    """`logging.getLogger("qwen_monitor").info()`: for programs that know the standard library alone."""
    from monitoring.writing.logger import LogHandler

    log = _event_log(path)
    return _stdlib(LogHandler(log)), log.stop


def direct_append(path: Path) -> tuple[Emit, Callable[[], object]]:
    """This project's record, appended by the caller itself: one `write()` for each."""
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
    """This project's record, whose fields are handed to a thread that encodes and writes them."""
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
    """The formatter that such demos start with: psutil is asked for each record, json.dumps, FileHandler."""
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
    """The standard library's QueueHandler and QueueListener, with a JSON formatter."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(_json_formatter())
    lines: queue.SimpleQueue[Any] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(lines, handler)  # faster than a Queue
    listener.start()
    return _stdlib(logging.handlers.QueueHandler(lines)), listener.stop


def python_json_logger(path: Path) -> tuple[Emit, Callable[[], object]]:
    """python-json-logger with its orjson formatter."""
    return _to_file(path, _json_formatter())


def structlog_orjson(path: Path) -> tuple[Emit, Callable[[], object]]:
    """structlog as its documentation advises for speed: orjson, bytes, a cached logger."""
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
    """Loguru, writing JSON itself."""
    return _loguru(path, enqueue=False)


def loguru_enqueued(path: Path) -> tuple[Emit, Callable[[], object]]:
    """Loguru, writing JSON in a thread of its own."""
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
    from monitoring.writing.event_log import EventLog

    return EventLog(MonitoringConfig(log_dir=path.parent, log_queue=1_000_000))


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
