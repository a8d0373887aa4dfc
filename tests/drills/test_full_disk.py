"""Tests of `drills.full_disk`."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from drills.full_disk import FullDisk
from monitoring.storage.rotation import RotatingFile
from tests.monitoring.helpers import line


@pytest.fixture
def disk() -> FullDisk:
    """A disk with room."""
    return FullDisk()


@pytest.fixture
def file(disk: FullDisk, tmp_path: Path) -> Iterator[RotatingFile]:
    """A log file on the disk."""
    opened = disk.open_file(tmp_path / "qwen.log", 2**20, 3600)
    yield opened
    opened.close()


def test_a_disk_with_room_takes_the_lines(file: RotatingFile) -> None:
    """Without a drill the file is written like any log file."""
    assert file.append([line(1), line(2)], 1.0) == 2
    assert file.path.read_bytes() == line(1) + line(2)


def test_a_full_disk_refuses_as_a_real_one_does(file: RotatingFile, disk: FullDisk) -> None:
    """The kernel raises its own error, and none of the lines is in the file."""
    file.append([line(1)], 1.0)
    disk.is_full.set()
    with pytest.raises(OSError, match="No space left on device") as refused:
        file.append([line(2)], 2.0)
    assert refused.value.errno == errno.ENOSPC
    assert file.path.read_bytes() == line(1)


def test_a_disk_with_room_again_takes_what_it_refused(file: RotatingFile, disk: FullDisk) -> None:
    """After the drill the same lines are appended to the same file."""
    file.append([line(1)], 1.0)
    disk.is_full.set()
    with pytest.raises(OSError, match="No space left"):
        file.append([line(2)], 2.0)
    disk.is_full.clear()
    assert file.append([line(2)], 3.0) == 1
    assert file.path.read_bytes() == line(1) + line(2)
