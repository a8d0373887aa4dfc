"""Fixtures of the monitoring tests: settings in a folder of their own, and a logger that ends."""

import logging
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring import MonitoringConfig, close_logger, setup_logger
from monitoring.logger import LOGGER_NAME
from tests.monitoring.helpers import KeepingHandler


@pytest.fixture(autouse=True)
def clean_logging() -> Iterator[None]:
    """Take the handler off after each test, whatever it did, and put the signal handler back."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    close_logger()
    logging.getLogger(LOGGER_NAME).disabled = False
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
def kept() -> KeepingHandler:
    """Return a handler that keeps what it gets."""
    return KeepingHandler()


@pytest.fixture
def plain_logger(kept: KeepingHandler) -> logging.Logger:
    """Return a logger that no one else has, whose records `kept` keeps."""
    logger = logging.Logger("test")
    logger.addHandler(kept)
    return logger
