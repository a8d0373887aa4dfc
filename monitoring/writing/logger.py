"""Set up the logger `qwen_monitor`, through which any code can log with the standard library."""

import atexit
import logging
import os
import signal
import threading
from types import FrameType

from monitoring.config import MonitoringConfig
from monitoring.storage.rotation import RotatingFile
from monitoring.writing.event_log import EventLog, NewFile
from monitoring.writing.formatter import StructuredFormatter

LOGGER_NAME = "qwen_monitor"


class LogHandler(logging.Handler):
    """Write the records of `logging` to the event log.

    `close()` does not end the log: `logging.config.dictConfig()`, which servers call, closes every handler.
    It does not flush either: the caller holds a lock of `logging` that the writing thread needs, too.
    """

    def __init__(self, log: EventLog) -> None:
        super().__init__()
        self.log = log
        self._structured = StructuredFormatter()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, without waiting or raising."""
        try:
            fields = self._structured.to_dict(record)
        except Exception:  # An error in the code of a message must not reach the caller.
            self.log.count_lost()
            self.handleError(record)
        else:
            self.log.write(fields)


def setup_logger(config: MonitoringConfig | None = None) -> logging.Logger:
    """Return the logger `qwen_monitor`, which writes JSON lines to `LOG_DIR/qwen.log`."""
    open_log(config)
    return logging.getLogger(LOGGER_NAME)


def open_log(config: MonitoringConfig | None = None, new_file: NewFile = RotatingFile) -> EventLog:
    """Return the process's event log, with the logger `qwen_monitor` writing to it.

    It is flushed at exit and on SIGTERM. A second call changes nothing.
    """
    log = event_log()
    if log is None:
        log = EventLog(config or MonitoringConfig(), new_file)
        logger = logging.getLogger(LOGGER_NAME)
        logger.addHandler(LogHandler(log))
        logger.setLevel(logging.INFO)
        logger.propagate = False
        # A dictConfig() of another part of the program may have disabled the logger.
        logger.disabled = False
        # At DEBUG, filelock would log several lines for each batch.
        logging.getLogger("filelock").setLevel(logging.INFO)
        atexit.register(close_logger)
        _flush_on_sigterm()
    return log


def event_log() -> EventLog | None:
    """Return the open log; None where there is none."""
    handler = _handler()
    return handler.log if handler else None


def close_logger() -> None:
    """Write the queued records and remove the handler; a second call does nothing."""
    handler = _handler()
    if handler is not None:
        logging.getLogger(LOGGER_NAME).removeHandler(handler)
        handler.log.stop()
        handler.close()


def _handler() -> LogHandler | None:
    handlers = logging.getLogger(LOGGER_NAME).handlers
    return next((handler for handler in handlers if isinstance(handler, LogHandler)), None)


def _flush_on_sigterm() -> None:
    """Write the queued records on SIGTERM before the process ends; leave a program's own handler alone."""
    if threading.current_thread() is not threading.main_thread():
        return  # Only the main thread may set signal handlers.
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _close_and_end)


def _close_and_end(number: int, frame: FrameType | None) -> None:
    close_logger()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
