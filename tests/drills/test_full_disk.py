"""A log file on a disk that a drill fills."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from drills.full_disk import DrilledFile
from tests.monitoring.helpers import line


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DrilledFile]:
    """A log file; the disk has room again after the test, whatever it did."""
    found = DrilledFile(tmp_path / "qwen.log", 2**20, 3600)
    yield found
    DrilledFile.full.clear()
    found.close()


def test_a_disk_with_room_takes_the_lines(file: DrilledFile) -> None:
    """Without a drill it writes as any log file does."""
    assert file.append([line(1), line(2)], 1.0) == 2
    assert file.path.read_bytes() == line(1) + line(2)


def test_a_full_disk_refuses_as_a_real_one_does(file: DrilledFile) -> None:
    """The kernel's own error comes, and nothing of the lines is in the file."""
    file.append([line(1)], 1.0)
    DrilledFile.full.set()
    with pytest.raises(OSError, match="No space left on device") as refused:
        file.append([line(2)], 2.0)
    assert refused.value.errno == errno.ENOSPC
    assert file.path.read_bytes() == line(1)


def test_a_disk_with_room_again_takes_what_it_refused(file: DrilledFile) -> None:
    """The drill's end is enough: the file goes on where it was."""
    file.append([line(1)], 1.0)
    DrilledFile.full.set()
    with pytest.raises(OSError, match="No space left"):
        file.append([line(2)], 2.0)
    DrilledFile.full.clear()
    assert file.append([line(2)], 3.0) == 1
    assert file.path.read_bytes() == line(1) + line(2)
