"""`setup_logger()`: the standard-library face that any code can log through."""

import atexit
import logging
import os
import signal
import threading
from types import FrameType

from monitoring.config import MonitoringConfig
from monitoring.formatter import StructuredFormatter
from monitoring.resources import ResourceSampler, Sample
from monitoring.rotation import RotatingFile
from monitoring.writer import QueueWriter

LOGGER_NAME = "qwen_monitor"


class _LogFile(QueueWriter):
    """The handler that `setup_logger()` adds, with the sampler that feeds its records."""

    def __init__(self, config: MonitoringConfig) -> None:
        self.sampler = ResourceSampler(_log_sample, config.sample_seconds)
        file = RotatingFile(
            config.log_path,
            int(config.log_rotate_mb * 2**20),
            config.log_rotate_hours * 3600,
            config.log_keep,
        )
        super().__init__(file, StructuredFormatter(lambda: self.sampler.last), config.log_queue)
        self.sampler.start()

    def stop(self) -> None:
        self.sampler.stop()
        super().stop()


def setup_logger(config: MonitoringConfig | None = None) -> logging.Logger:
    """Return the logger `qwen_monitor`, which writes JSON lines to `LOG_DIR/qwen.log`.

    The file is flushed at exit and on SIGTERM. A second call changes nothing.
    """
    logger = logging.getLogger(LOGGER_NAME)
    if log_writer() is None:
        logger.addHandler(_LogFile(config or MonitoringConfig()))
        logger.setLevel(logging.INFO)
        logger.propagate = False
        atexit.register(close_logger)
        _flush_on_sigterm()
    return logger


def log_writer() -> QueueWriter | None:
    """Return the handler that `setup_logger()` added, for its drop counter; None before it."""
    handlers = logging.getLogger(LOGGER_NAME).handlers
    return next((handler for handler in handlers if isinstance(handler, _LogFile)), None)


def close_logger() -> None:
    """Write what is queued and take the handler off; a second call does nothing."""
    handler = log_writer()
    if handler is not None:
        logging.getLogger(LOGGER_NAME).removeHandler(handler)
        handler.stop()
        handler.close()


def _log_sample(sample: Sample) -> None:
    logging.getLogger(LOGGER_NAME).info(
        f"资源采样: CPU {sample.cpu_percent:.0f}%, 内存 {sample.memory_mb:.0f} MiB",
        extra={"task_type": "system", "event": "resource.sample"},
    )


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
