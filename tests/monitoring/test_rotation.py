"""The log file: continued, put aside by size and age, whole after any accident."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitoring.rotation import RotatingFile, rotated_files
from tests.monitoring.helpers import MOMENT, a_record, lines_of, read_records

LINE = b'{"message":"0123456789"}\n'


@contextmanager
def a_disk_with_room_for(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size` bytes inside the block."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the place of a log whose folder is not there yet."""
    return tmp_path / "logs" / "qwen.log"


def a_file(path: Path, max_bytes: int = 1000, max_seconds: float = 3600, keep: int = 3) -> RotatingFile:
    """Return a log file with small limits."""
    return RotatingFile(path, max_bytes, max_seconds, keep)


def test_the_folder_is_made(path: Path) -> None:
    """The first line makes the folder and the file."""
    a_file(path).append(LINE, MOMENT)
    assert path.read_bytes() == LINE


def test_a_file_is_continued(path: Path) -> None:
    """A restart appends to what stands there."""
    for _ in range(2):
        file = a_file(path)
        file.append(LINE, MOMENT)
        file.close()
    assert path.read_bytes() == LINE * 2
    assert rotated_files(path) == []


def test_close_is_not_the_end(path: Path) -> None:
    """A closed file opens itself again, and close() works twice."""
    file = a_file(path)
    file.append(LINE, MOMENT)
    file.close()
    file.close()
    file.append(LINE, MOMENT)
    assert path.read_bytes() == LINE * 2


def test_a_full_file_is_put_aside(path: Path) -> None:
    """A line that would pass the size limit begins a new file; the old one stays whole."""
    file = a_file(path, max_bytes=2 * len(LINE))
    for _ in range(3):
        file.append(LINE, MOMENT)
    (old,) = rotated_files(path)
    assert old.read_bytes() == LINE * 2
    assert path.read_bytes() == LINE
    assert old.name == "qwen-2023-11-14T22-13-20.000Z.log"


def test_a_line_over_the_limit_is_written_all_the_same(path: Path) -> None:
    """A batch larger than the limit goes into a file of its own; no empty file is put aside."""
    file = a_file(path, max_bytes=5)
    file.append(LINE, MOMENT)
    assert rotated_files(path) == []
    file.append(LINE, MOMENT + 1)
    assert [old.read_bytes() for old in rotated_files(path)] == [LINE]


def test_an_old_file_is_put_aside(path: Path) -> None:
    """A file whose age reaches the limit is put aside, one a moment younger is not."""
    file = a_file(path, max_seconds=60)
    file.append(LINE, MOMENT)
    file.append(LINE, MOMENT + 59)
    assert rotated_files(path) == []
    file.append(LINE, MOMENT + 60)
    assert len(rotated_files(path)) == 1
    file.append(LINE, MOMENT + 119)
    assert len(rotated_files(path)) == 1


def test_the_age_counts_from_the_first_record_after_a_restart(path: Path) -> None:
    """A restart does not reset the age: the first record's timestamp tells it."""
    a_file(path, max_seconds=60).append(lines_of(a_record(0)), MOMENT)
    restarted = a_file(path, max_seconds=60)
    restarted.append(lines_of(a_record(59)), MOMENT + 59)
    assert rotated_files(path) == []
    again = a_file(path, max_seconds=60)
    again.append(lines_of(a_record(61)), MOMENT + 61)
    (old,) = rotated_files(path)
    assert len(read_records(old)) == 2
    assert len(read_records(path)) == 1


@pytest.mark.parametrize(
    "first",
    [
        b"no json\n",
        b"[1]\n",
        b"null\n",
        b'{"timestamp": 5}\n',
        b'{"timestamp": "now"}\n',
        b'{"a": 1}\n',
        b"\n",
    ],
)
def test_a_first_line_without_a_time_is_no_obstacle(path: Path, first: bytes) -> None:
    """A foreign first line lets the age count from now."""
    path.parent.mkdir()
    path.write_bytes(first)
    a_file(path).append(LINE, MOMENT)
    assert path.read_bytes() == first + LINE


def test_only_the_newest_files_stay(path: Path) -> None:
    """As many rotated files stay as `keep` says: the newest ones."""
    file = a_file(path, max_bytes=1, keep=2)
    for number in range(6):
        file.append(b"%d\n" % number, MOMENT + number)
    assert [old.read_bytes() for old in rotated_files(path)] == [b"3\n", b"4\n"]
    assert path.read_bytes() == b"5\n"


def test_rotations_in_the_same_millisecond_keep_their_order(path: Path) -> None:
    """Files put aside at the same moment get numbers and stay in order."""
    file = a_file(path, max_bytes=1, keep=100)
    for number in range(14):
        file.append(b"%d\n" % number, MOMENT)
    assert [int(old.read_bytes()) for old in rotated_files(path)] == list(range(13))


def test_other_files_in_the_folder_stay(path: Path) -> None:
    """Only files that were put aside for this log count as rotated."""
    path.parent.mkdir()
    for name in ("qwen.log.bak", "other-2023.log", "notes.txt"):
        (path.parent / name).write_bytes(b"mine")
    file = a_file(path, max_bytes=1, keep=1)
    for number in range(4):
        file.append(b"%d\n" % number, MOMENT + number)
    assert len(rotated_files(path)) == 1
    assert {entry.name for entry in path.parent.iterdir()} >= {"qwen.log.bak", "other-2023.log", "notes.txt"}


def test_half_a_line_of_a_killed_process_is_ended(path: Path) -> None:
    """What a killed process left half-written becomes a line of its own; the next record stays whole."""
    path.parent.mkdir()
    path.write_bytes(LINE + b'{"message":"ha')
    a_file(path).append(LINE, MOMENT)
    assert path.read_bytes() == LINE + b'{"message":"ha\n' + LINE


def test_a_refused_batch_is_taken_back(path: Path) -> None:
    """A batch that the disk took only half of is cut off, and can be written again without a trace."""
    file = a_file(path)
    file.append(LINE, MOMENT)
    with a_disk_with_room_for(len(LINE) + 10), pytest.raises(OSError, match="too large"):
        file.append(LINE * 2, MOMENT)
    assert path.read_bytes() == LINE
    file.append(LINE * 2, MOMENT)
    assert path.read_bytes() == LINE * 3


def test_a_folder_that_cannot_be_raises_until_it_can(tmp_path: Path) -> None:
    """A log below a regular file raises OSError; when the file is gone, the next line is written."""
    obstacle = tmp_path / "logs"
    obstacle.write_bytes(b"")
    file = a_file(obstacle / "qwen.log")
    for _ in range(2):
        with pytest.raises(OSError, match="logs"):
            file.append(LINE, MOMENT)
    obstacle.unlink()
    file.append(LINE, MOMENT)
    assert (obstacle / "qwen.log").read_bytes() == LINE


def test_half_a_line_is_ended_although_the_disk_was_full_first(path: Path) -> None:
    """Where a full disk kept the half line from being ended, the next try ends it first."""
    torn = LINE + b'{"message":"ha'
    path.parent.mkdir()
    path.write_bytes(torn)
    file = a_file(path)
    with a_disk_with_room_for(len(torn)), pytest.raises(OSError, match="too large"):
        file.append(LINE, MOMENT)
    assert path.read_bytes() == torn
    file.append(LINE, MOMENT)
    assert path.read_bytes() == torn + b"\n" + LINE
