"""Structured records of every request, and everything that is read back from them."""

from monitoring.config import MonitoringConfig
from monitoring.formatter import StructuredFormatter
from monitoring.live import LiveLog
from monitoring.logger import close_logger, open_log, setup_logger
from monitoring.recorder import Recorder

__all__ = [
    "LiveLog",
    "MonitoringConfig",
    "Recorder",
    "StructuredFormatter",
    "close_logger",
    "open_log",
    "setup_logger",
]
