"""`setup_logger()`: the standard-library face that any code can log through."""

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
    """Write what comes through `logging` to the event log.

    `close()` does not end it: `logging.config.dictConfig()`, which servers call, closes every handler. Nor
    does it flush: the caller holds a lock of `logging` that the writing thread needs, too.
    """

    def __init__(self, log: EventLog) -> None:
        super().__init__()
        self.log = log
        self._structured = StructuredFormatter()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; never waits, never raises."""
        try:
            fields = self._structured.to_dict(record)
        except Exception:  # a message whose own code raises must not hurt who logs it
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
        logger.disabled = False  # another part's dictConfig() may have come first
        logging.getLogger("filelock").setLevel(logging.INFO)  # at DEBUG each batch of ours would leave lines
        atexit.register(close_logger)
        _flush_on_sigterm()
    return log


def event_log() -> EventLog | None:
    """Return the log that is open; None where none is."""
    handler = _handler()
    return handler.log if handler else None


def close_logger() -> None:
    """Write what is queued and take the handler off; a second call does nothing."""
    handler = _handler()
    if handler is not None:
        logging.getLogger(LOGGER_NAME).removeHandler(handler)
        handler.log.stop()
        handler.close()


def _handler() -> LogHandler | None:
    handlers = logging.getLogger(LOGGER_NAME).handlers
    return next((handler for handler in handlers if isinstance(handler, LogHandler)), None)


def _flush_on_sigterm() -> None:
    """End on SIGTERM as before, but with a whole log; a program's own handler is left alone."""
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread may set signal handlers
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _close_and_end)


def _close_and_end(number: int, frame: FrameType | None) -> None:
    close_logger()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
