"""Fixtures of the tests of `inference`."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.inference.weights.fake_sources import DiskUsage, FakeSources


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> FakeSources:
    """Sources that need no network, and a disk with much room."""
    sources = FakeSources()
    sources.put_in_place(monkeypatch)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: DiskUsage(1 << 40, 0, 1 << 40))
    return sources


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache folder that is not there yet."""
    return tmp_path / "cache"


@pytest.fixture
def random() -> np.random.Generator:
    """The same numbers in each run."""
    return np.random.default_rng(5)
