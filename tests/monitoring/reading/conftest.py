"""Fixtures of the sources: a folder with rotated files, and what reads it."""

import gzip
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring.config import MonitoringConfig
from monitoring.reading.live_log import LiveLog
from monitoring.reading.sources import (
    Sources,
)
from tests.monitoring.helpers import a_record, lines_of
from tests.monitoring.reading.sources_helpers import (
    NEWER,
    OLD,
    HeldFile,
)


@pytest.fixture
def folder(config: MonitoringConfig) -> Path:
    """Return the log's folder, with a file that is written to and two rotated ones, one compressed."""
    config.log_dir.mkdir()
    config.log_path.write_bytes(lines_of(a_record(9)))
    (config.log_dir / f"{OLD}.gz").write_bytes(gzip.compress(lines_of(a_record(1), a_record(2))))
    (config.log_dir / NEWER).write_bytes(lines_of(a_record(3)))
    return config.log_dir


@pytest.fixture
def live(config: MonitoringConfig) -> LiveLog:
    """Return a reader of the log that is not started."""
    return LiveLog(config)


@pytest.fixture
def sources(config: MonitoringConfig, live: LiveLog, folder: Path) -> Iterator[Sources]:
    """Return the sources, and close them at the end."""
    sources = Sources(live, config)
    yield sources
    sources.close()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[HeldFile]]:
    """Return files that load when they may; at the end they do."""
    monkeypatch.setattr(HeldFile, "go_on", threading.Event())
    monkeypatch.setattr(HeldFile, "running", 0)
    monkeypatch.setattr(HeldFile, "most", 0)
    yield HeldFile
    HeldFile.go_on.set()
