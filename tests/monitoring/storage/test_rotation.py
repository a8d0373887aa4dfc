"""The log file: continued, put aside by size and age, whole after any accident."""

import gzip
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitoring.storage.paths import rotated_files
from monitoring.storage.rotation import RotatingFile
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


def a_file(path: Path, max_bytes: int = 1000, max_seconds: float = 3600) -> RotatingFile:
    """Return a log file with small limits."""
    return RotatingFile(path, max_bytes, max_seconds)


def texts(path: Path) -> list[bytes]:
    """Return what stands in each file of the log, oldest first."""
    return [file.read_bytes() for file in (*rotated_files(path), path)]


def test_the_folder_is_made(path: Path) -> None:
    """The first line makes the folder and the file."""
    a_file(path).append([LINE], MOMENT)
    assert path.read_bytes() == LINE


def test_a_file_is_continued(path: Path) -> None:
    """A restart appends to what stands there."""
    for _ in range(2):
        file = a_file(path)
        file.append([LINE], MOMENT)
        file.close()
    assert path.read_bytes() == LINE * 2
    assert rotated_files(path) == []


def test_close_is_not_the_end(path: Path) -> None:
    """A closed file opens itself again, and close() works twice."""
    file = a_file(path)
    file.append([LINE], MOMENT)
    file.close()
    file.close()
    file.append([LINE], MOMENT)
    assert path.read_bytes() == LINE * 2


def test_a_full_file_is_put_aside(path: Path) -> None:
    """A line that would pass the size limit begins a new file; the old one stays whole."""
    file = a_file(path, max_bytes=2 * len(LINE))
    for _ in range(3):
        file.append([LINE], MOMENT)
    (old,) = rotated_files(path)
    assert old.read_bytes() == LINE * 2
    assert path.read_bytes() == LINE
    assert old.name == "qwen-2023-11-14T22-13-20.000Z.log"


def test_a_line_over_the_limit_is_written_all_the_same(path: Path) -> None:
    """A batch larger than the limit goes into a file of its own; no empty file is put aside."""
    file = a_file(path, max_bytes=5)
    file.append([LINE], MOMENT)
    assert rotated_files(path) == []
    file.append([LINE], MOMENT + 1)
    assert [old.read_bytes() for old in rotated_files(path)] == [LINE]


def test_an_old_file_is_put_aside(path: Path) -> None:
    """A file whose age reaches the limit is put aside, one a moment younger is not."""
    file = a_file(path, max_seconds=60)
    file.append([LINE], MOMENT)
    file.append([LINE], MOMENT + 59)
    assert rotated_files(path) == []
    file.append([LINE], MOMENT + 60)
    assert len(rotated_files(path)) == 1
    file.append([LINE], MOMENT + 119)
    assert len(rotated_files(path)) == 1


def test_the_age_counts_from_the_first_record_after_a_restart(path: Path) -> None:
    """A restart does not reset the age: the first record's timestamp tells it."""
    a_file(path, max_seconds=60).append([lines_of(a_record(0))], MOMENT)
    restarted = a_file(path, max_seconds=60)
    restarted.append([lines_of(a_record(59))], MOMENT + 59)
    assert rotated_files(path) == []
    again = a_file(path, max_seconds=60)
    again.append([lines_of(a_record(61))], MOMENT + 61)
    (old,) = rotated_files(path)
    assert len(read_records(old)) == 2
    assert len(read_records(path)) == 1


UNDATED = [
    b"no json\n",
    b"[1]\n",
    b"null\n",
    b'{"timestamp": 5}\n',
    b'{"timestamp": "now"}\n',
    b'{"a": 1}\n',
    b"\xff\xfe\n",
    b"\n",
]


@pytest.mark.parametrize("first", UNDATED)
def test_the_first_dated_line_tells_the_age(path: Path, first: bytes) -> None:
    """Lines without a time before it do not reset the age."""
    path.parent.mkdir()
    old = first * 3 + lines_of(a_record(0))
    path.write_bytes(old)
    a_file(path, max_seconds=60).append([LINE], MOMENT + 59)
    assert texts(path) == [old + LINE]
    a_file(path, max_seconds=60).append([LINE], MOMENT + 60)
    assert texts(path) == [old + LINE, LINE]


@pytest.mark.parametrize("content", UNDATED)
def test_where_nothing_is_dated_the_files_own_time_tells_the_age(path: Path, content: bytes) -> None:
    """A file without any moment in it counts from when it was last written to."""
    path.parent.mkdir()
    path.write_bytes(content)
    os.utime(path, (MOMENT, MOMENT))
    a_file(path, max_seconds=60).append([LINE], MOMENT + 60)
    assert texts(path) == [content, LINE]


def test_an_empty_file_is_born_now(path: Path) -> None:
    """A file that somebody made by `touch` long ago begins with its first line."""
    path.parent.mkdir()
    path.touch()
    os.utime(path, (0, 0))
    file = a_file(path, max_seconds=60)
    file.append([LINE], MOMENT)
    file.append([LINE], MOMENT + 59)
    assert texts(path) == [LINE * 2]


def test_a_batch_fills_the_file_up(path: Path) -> None:
    """As many lines as there is room for are taken; the rest begins the next file."""
    file = a_file(path, max_bytes=3 * len(LINE))
    assert file.append([LINE] * 5, MOMENT) == 3
    assert file.append([LINE] * 2, MOMENT) == 2
    assert texts(path) == [LINE * 3, LINE * 2]


def test_each_rotation_is_told(path: Path) -> None:
    """`on_rotated` is called once for each file that was put aside, which has its new name by then."""
    seen: list[int] = []
    file = RotatingFile(path, 1, 3600, lambda: seen.append(len(rotated_files(path))))
    for _ in range(3):
        file.append([LINE], MOMENT)
    assert seen == [1, 2]


def test_rotations_in_the_same_millisecond_keep_their_order(path: Path) -> None:
    """Files put aside at the same moment get numbers and stay in order."""
    file = a_file(path, max_bytes=1)
    for number in range(14):
        file.append([b"%d\n" % number], MOMENT)
    assert [int(old.read_bytes()) for old in rotated_files(path)] == list(range(13))


def test_a_late_clock_does_not_change_the_order(path: Path) -> None:
    """Files sort in the order in which they were put aside, though the clock was set back in between."""
    file = a_file(path, max_bytes=1)
    for number, later in enumerate((0, 5, -3600, -3600, 4, 6, 5)):
        file.append([b"%d\n" % number], MOMENT + later)
    assert texts(path) == [b"%d\n" % number for number in range(7)]


def test_a_compressed_file_keeps_its_name(path: Path) -> None:
    """A file put aside at the moment of one that is compressed by now gets another name."""
    file = a_file(path, max_bytes=1)
    for number in range(3):
        file.append([b"%d\n" % number], MOMENT)
        for old in rotated_files(path):
            if old.suffix == ".log":
                old.with_name(old.name + ".gz").write_bytes(gzip.compress(old.read_bytes()))
                old.unlink()
    assert [gzip.decompress(old.read_bytes()) for old in rotated_files(path)] == [b"0\n", b"1\n"]


def test_a_rename_that_is_refused_goes_on_in_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the file cannot be put aside, no line is lost; later it is tried again."""
    file = a_file(path, max_bytes=2 * len(LINE))
    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", refuse)
        for _ in range(4):
            assert file.append([LINE], MOMENT) == 1
    assert texts(path) == [LINE * 4]
    file.append([LINE], MOMENT)
    assert texts(path) == [LINE * 4, LINE]


def refuse(*args: object) -> None:
    """Refuse as a folder does that must not be changed."""
    raise PermissionError(13, "Permission denied")


def test_two_writers_share_one_file(path: Path) -> None:
    """Who finds that another one has put the file aside goes on in the new one."""
    first, second = a_file(path, max_bytes=3 * len(LINE)), a_file(path, max_bytes=3 * len(LINE))
    for _ in range(4):
        first.append([LINE], MOMENT)
        second.append([LINE], MOMENT)
    assert texts(path) == [LINE * 3, LINE * 3, LINE * 2]


def test_a_writer_waits_for_the_other_ones_batch(path: Path) -> None:
    """While one writer holds the lock the other one writes nothing; then it goes on."""
    first, second = a_file(path), a_file(path)
    first.append([LINE], MOMENT)
    with first._lock:
        waiting = threading.Thread(target=second.append, args=([LINE], MOMENT))
        waiting.start()
        assert path.read_bytes() == LINE
    waiting.join()
    assert path.read_bytes() == LINE * 2


def test_half_a_line_of_a_killed_process_is_ended(path: Path) -> None:
    """What a killed process left half-written becomes a line of its own; the next record stays whole."""
    path.parent.mkdir()
    path.write_bytes(LINE + b'{"message":"ha')
    a_file(path).append([LINE], MOMENT)
    assert path.read_bytes() == LINE + b'{"message":"ha\n' + LINE


def test_a_refused_batch_is_taken_back(path: Path) -> None:
    """A batch that the disk took only half of is cut off, and can be written again without a trace."""
    file = a_file(path)
    file.append([LINE], MOMENT)
    with a_disk_with_room_for(len(LINE) + 10), pytest.raises(OSError, match="too large"):
        file.append([LINE] * 2, MOMENT)
    assert path.read_bytes() == LINE
    file.append([LINE] * 2, MOMENT)
    assert path.read_bytes() == LINE * 3


def test_a_folder_that_cannot_be_raises_until_it_can(tmp_path: Path) -> None:
    """A log below a regular file raises OSError; when the file is gone, the next line is written."""
    obstacle = tmp_path / "logs"
    obstacle.write_bytes(b"")
    file = a_file(obstacle / "qwen.log")
    for _ in range(2):
        with pytest.raises(OSError, match="logs"):
            file.append([LINE], MOMENT)
    obstacle.unlink()
    file.append([LINE], MOMENT)
    assert (obstacle / "qwen.log").read_bytes() == LINE


def test_half_a_line_is_ended_although_the_disk_was_full_first(path: Path) -> None:
    """Where a full disk kept the half line from being ended, the next try ends it first."""
    torn = LINE + b'{"message":"ha'
    path.parent.mkdir()
    path.write_bytes(torn)
    file = a_file(path)
    with a_disk_with_room_for(len(torn)), pytest.raises(OSError, match="too large"):
        file.append([LINE], MOMENT)
    assert path.read_bytes() == torn
    file.append([LINE], MOMENT)
    assert path.read_bytes() == torn + b"\n" + LINE


def test_other_files_beside_the_log_change_no_name(path: Path) -> None:
    """A rotated file has its own moment, whatever sorts after it and however it is called."""
    path.parent.mkdir()
    for name in ("qwen-7b.log", "qwen-99.log", "qwen-zzz.log.gz"):
        path.with_name(name).touch()
    file = a_file(path, max_bytes=1)
    for _ in range(3):
        file.append([LINE], MOMENT)
    names = [old.name for old in rotated_files(path)]
    assert names == ["qwen-2023-11-14T22-13-20.000Z.log", "qwen-2023-11-14T22-13-20.000Z_0001.log"]
    assert path.with_name("qwen-7b.log").exists()
