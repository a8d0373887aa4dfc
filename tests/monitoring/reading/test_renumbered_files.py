"""File systems whose numbers of files (inodes) change from look to look, as some network shares have them."""

import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitoring.history.scan import scan
from monitoring.storage.listing import log_files
from monitoring.storage.rotation import RotatingFile
from tests.monitoring.helpers import MOMENT, a_record, lines_of
from tests.monitoring.history.helpers import rows
from tests.monitoring.reading.tail_helpers import WrittenLog, line, lines, numbers, oldest_first, tail_of

INODE = 1  # the place of the number in a result of os.stat()


@pytest.fixture
def log(tmp_path: Path) -> WrittenLog:
    """Return a log that is not there yet."""
    return WrittenLog(tmp_path / "qwen.log")


@pytest.fixture(autouse=True)
def rising_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each look at a file find another number."""
    found = itertools.count(1_000_000)

    def renumbered(look: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
        def looked(*args: Any, **options: Any) -> os.stat_result:
            status = look(*args, **options)
            return os.stat_result((status[0], next(found), *status[2:]))

        return looked

    for name in ("stat", "lstat", "fstat"):
        monkeypatch.setattr(os, name, renumbered(getattr(os, name)))


def test_each_record_comes_once(log: WrittenLog) -> None:
    """Whatever the numbers say, the file is the same as long as it begins with the same records."""
    tail, _ = tail_of(log.path)
    log.write(lines([0, 1]))
    assert oldest_first(tail.history(10)) == [0, 1]
    for number in range(2, 6):
        log.write(line(number)[:9])
        assert numbers(tail.poll()) == []
        log.write(line(number)[9:])
        assert numbers(tail.poll()) == [number]
    tail.close()


@pytest.mark.parametrize("content", [b"", b"{", b"no record"])
def test_a_log_without_a_whole_line_is_looked_at_in_finite_time(log: WrittenLog, content: bytes) -> None:
    """An empty log, or half a line, is no reason to open it again and again."""
    tail, decoder = tail_of(log.path)
    log.write(content)
    for _ in range(3):
        assert numbers(tail.poll()) == []
    log.write(b"\n" + line(1))
    assert numbers(tail.poll()) == [1]
    assert decoder.broken.total() == (1 if content else 0)
    tail.close()


@pytest.mark.parametrize("compressed", [False, True])
def test_rotations_lose_and_double_nothing(log: WrittenLog, compressed: bool) -> None:
    """A file that was put aside, compressed or not, is known by its text."""
    tail, _ = tail_of(log.path)
    log.write(line(0))
    assert numbers(tail.poll()) == [0]
    for number in range(1, 5):
        log.write(line(10 * number))
        log.rotate()
        if compressed:
            log.compress_all()
        log.write(line(10 * number + 1))
        assert numbers(tail.poll()) == [10 * number, 10 * number + 1]
    log.rotate()
    log.write(line(60))
    log.rotate()
    log.write(line(61))
    assert numbers(tail.poll()) == [60, 61]
    assert numbers(tail.poll()) == []
    tail.close()


def test_a_file_that_was_cut_short_is_read_anew(log: WrittenLog) -> None:
    """Programs that copy a log and empty it leave the same name with other records."""
    tail, _ = tail_of(log.path)
    log.write(lines([0, 1, 2]))
    assert numbers(tail.poll()) == [0, 1, 2]
    log.path.write_bytes(line(3))
    assert numbers(tail.poll()) == [3]
    assert numbers(tail.poll()) == []
    tail.close()


def test_a_log_is_written_and_rotated(log: WrittenLog) -> None:
    """The writer puts files aside when they are full, not with each look, and loses no line."""
    file = RotatingFile(log.path, 3 * len(line(0)), 3600)
    for number in range(6):
        file.append([line(number)], MOMENT + number)
    file.close()
    (old,) = log.plain()
    assert (old.read_bytes(), log.path.read_bytes()) == (lines(range(3)), lines(range(3, 6)))


def test_a_whole_log_is_asked(log: WrittenLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """The summary and SQL find that the files stand still."""
    # SQL's folder for temporary files is on no share; its removal by descriptors would compare numbers.
    monkeypatch.setattr(shutil, "_use_fd_functions", False)
    for number in range(3):
        log.write(lines_of(a_record(number)))
        log.rotate()
    log.write(lines_of(a_record(3)))
    assert log_files(log.path) == log_files(log.path)
    assert scan(log.path).records == 4
    assert rows(log.path, "select count(*) from log") == [(4,)]
