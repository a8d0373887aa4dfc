"""Fixtures of the monitoring tests: settings in a folder of their own, and a logger that ends."""

import logging
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring import MonitoringConfig, close_logger, setup_logger
from monitoring.writing.event_log import EventLog
from monitoring.writing.logger import LOGGER_NAME
from tests.monitoring.cli.drill_server import DrillServer
from tests.monitoring.helpers import KeepingLog


@pytest.fixture(autouse=True)
def clean_logging() -> Iterator[None]:
    """Take the handler off after each test, whatever it did, and put the signal handler back."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    close_logger()
    logging.getLogger(LOGGER_NAME).disabled = False
    # Otherwise pytest captures a record twice where a test lets it propagate.
    logging.getLogger(LOGGER_NAME).propagate = True
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def config(tmp_path: Path) -> MonitoringConfig:
    """Return settings whose log stands in a folder of this test, without samples in between."""
    return MonitoringConfig(log_dir=tmp_path / "logs", log_content="full", sample_seconds=3600)


@pytest.fixture
def logger(config: MonitoringConfig) -> logging.Logger:
    """Return the set-up logger."""
    return setup_logger(config)


@pytest.fixture
def kept() -> KeepingLog:
    """Return a log that keeps what it gets."""
    return KeepingLog()


@pytest.fixture
def log(config: MonitoringConfig) -> Iterator[EventLog]:
    """Return an open log that no logger knows; a disk that refuses is tried again after 10 ms."""
    log = EventLog(config, retry_seconds=0.01)
    yield log
    log.stop()


@pytest.fixture
def drill_server() -> Iterator[DrillServer]:
    """Return a server that answers as an app with drills."""
    found = DrillServer()
    yield found
    found.close()
