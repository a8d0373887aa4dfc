"""Fixtures of the tests of `inference`."""

from pathlib import Path

import numpy as np
import pytest

from tests.inference.weights.fake_sources import FakeSources


@pytest.fixture
def sources() -> FakeSources:
    """Sources that need no network, and a disk with much room."""
    return FakeSources()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The path of a cache folder that does not exist yet."""
    return tmp_path / "cache"


@pytest.fixture
def random() -> np.random.Generator:
    """A generator that gives the same numbers in each run."""
    return np.random.default_rng(5)
