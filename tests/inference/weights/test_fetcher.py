"""Tests of `inference.weights.fetcher`; its downloads are tested where they are written."""

import shutil
from pathlib import Path

from inference.weights.fetcher import Fetcher
from tests.inference.weights.fake_sources import FakeSources


def test_free_space_is_that_of_the_folders_disk(tmp_path: Path) -> None:
    """The free bytes are those of the disk that holds the folder."""
    free = Fetcher().free_bytes(tmp_path)
    assert 0 <= free <= shutil.disk_usage(tmp_path).total


def test_the_fake_replaces_every_step() -> None:
    """The fake sources of other tests use neither the network, nor the converter, nor the disk."""
    steps = {name for name in vars(Fetcher) if not name.startswith("_")}
    assert steps <= vars(FakeSources).keys()
