"""Structured records of every request, and everything that is read back from them.

What a program does not use is not imported: it would take `python -m monitoring summary` a fifth of its time.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitoring.config import MonitoringConfig
    from monitoring.reading.live_log import LiveLog
    from monitoring.writing.formatter import StructuredFormatter
    from monitoring.writing.logger import close_logger, open_log, setup_logger
    from monitoring.writing.recorder import Recorder

__all__ = [
    "LiveLog",
    "MonitoringConfig",
    "Recorder",
    "StructuredFormatter",
    "close_logger",
    "open_log",
    "setup_logger",
]

_MODULES = {
    "LiveLog": "reading.live_log",
    "MonitoringConfig": "config",
    "Recorder": "writing.recorder",
    "StructuredFormatter": "writing.formatter",
    "close_logger": "writing.logger",
    "open_log": "writing.logger",
    "setup_logger": "writing.logger",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
