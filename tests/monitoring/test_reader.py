"""The tail of the log: each record once, across rotations, whatever stands in the file."""

import logging
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring import reader as reader_module
from monitoring.formatter import StructuredFormatter
from monitoring.reader import LogTail, parse_lines
from monitoring.rotation import RotatingFile, rotated_files
from monitoring.writer import QueueWriter
from tests.monitoring.helpers import MOMENT, PoliteFile, add, line, numbers, wait_until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the place of a log that is not there yet."""
    return tmp_path / "qwen.log"


def test_lines_are_parsed_and_broken_ones_counted() -> None:
    """Objects are records; anything else is a broken line, and an empty one nothing."""
    data = b'{"n":1}\n\nnot json\n[1]\n"text"\n12\nnull\n{"n":\xff}\n  \n{"n":2}\r\n' + b"[" * 5000
    records, broken = parse_lines(data)
    assert numbers([records]) == [1, 2]
    assert broken == 7


def test_a_missing_file_is_an_empty_one(path: Path) -> None:
    """Nothing is read while the log is not there; its first record is found when it is."""
    tail = LogTail(path)
    assert numbers(tail.poll()) == []
    add(path, line(1))
    assert numbers(tail.poll()) == [1]


def test_each_poll_gives_what_is_new(path: Path) -> None:
    """A record is yielded once."""
    tail = LogTail(path)
    add(path, line(1) + line(2))
    assert numbers(tail.poll()) == [1, 2]
    assert numbers(tail.poll()) == []
    add(path, line(3))
    assert numbers(tail.poll()) == [3]


def test_a_half_written_line_is_held(path: Path) -> None:
    """A line counts when its newline is there, and is not broken before."""
    tail = LogTail(path)
    add(path, line(1) + line(2)[:4])
    assert numbers(tail.poll()) == [1]
    assert numbers(tail.poll()) == []
    add(path, line(2)[4:-1])
    assert numbers(tail.poll()) == []
    add(path, b"\n")
    assert numbers(tail.poll()) == [2]
    assert tail.broken == 0


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 40), max_size=20), st.integers(1, 50))
def test_records_survive_any_cut(cuts: list[int], read_bytes: int) -> None:
    """However the writes and the reads fall, each record comes once and in order."""
    data = b"".join('{"n":%d,"t":"情感"}\n'.encode() % number for number in range(20))
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_module, "READ_BYTES", read_bytes)
        path = Path(folder) / "qwen.log"
        tail = LogTail(path)
        got: list[int] = []
        for cut in [*cuts, len(data)]:
            add(path, data[:cut])
            data = data[cut:]
            got += numbers(tail.poll())
        tail.close()
    assert got == list(range(20))
    assert tail.broken == 0


def test_broken_lines_are_counted_and_skipped(path: Path) -> None:
    """A torn line costs itself only."""
    tail = LogTail(path)
    add(path, line(1) + b'{"n":\n\x00\x00\n' + line(2))
    assert numbers(tail.poll()) == [1, 2]
    assert tail.broken == 2


def test_an_endless_line_is_one_broken_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line far over the limit is not held in memory, and what follows it is read."""
    monkeypatch.setattr(reader_module, "MAX_LINE_BYTES", 100)
    monkeypatch.setattr(reader_module, "READ_BYTES", 64)
    tail = LogTail(path)
    add(path, line(1) + b"x" * 5000)
    assert numbers(tail.poll()) == [1]
    assert len(tail._rest) <= 100 + 64
    add(path, b"x" * 50 + b"\n" + line(2))
    assert numbers(tail.poll()) == [2]
    assert tail.broken == 1


def test_rotation_loses_and_doubles_nothing(path: Path) -> None:
    """What came before the rename, and what stands in the new file, comes once each and in order."""
    tail = LogTail(path)
    add(path, line(1))
    assert numbers(tail.poll()) == [1]
    add(path, line(2))
    path.rename(path.with_name("qwen-1.log"))
    add(path, line(3))
    assert numbers(tail.poll()) == [2, 3]
    assert numbers(tail.poll()) == []


class RacedTail(LogTail):
    """A tail whose log is written to and rotated right after it has read all there was."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.race = False

    def _replaced(self) -> bool:
        if self.race:
            self.race = False
            add(self._path, line(2))
            self._path.rename(self._path.with_name("qwen-1.log"))
            add(self._path, line(3))
        return super()._replaced()


def test_a_record_just_before_the_rename_is_read(path: Path) -> None:
    """What is written between the last read and the rename is not lost."""
    tail = RacedTail(path)
    add(path, line(1))
    assert numbers(tail.poll()) == [1]
    tail.race = True
    assert numbers(tail.poll()) == [2, 3]


def test_a_rename_before_the_new_file_is_there(path: Path) -> None:
    """Between the rename and the new file, the old file is still followed."""
    tail = LogTail(path)
    add(path, line(1))
    assert numbers(tail.poll()) == [1]
    old = path.rename(path.with_name("qwen-1.log"))
    assert numbers(tail.poll()) == []
    add(old, line(2))
    assert numbers(tail.poll()) == [2]
    add(path, line(3))
    assert numbers(tail.poll()) == [3]


def test_a_last_line_without_newline_counts_when_its_file_is_done(path: Path) -> None:
    """A rotated file gets no more: what stands at its end is a whole record, or a broken line."""
    tail = LogTail(path)
    add(path, line(1)[:-1])
    assert numbers(tail.poll()) == []
    path.rename(path.with_name("qwen-1.log"))
    add(path, line(2)[:4])
    assert numbers(tail.poll()) == [1]
    path.rename(path.with_name("qwen-2.log"))
    add(path, line(3))
    assert numbers(tail.poll()) == [3]
    assert tail.broken == 1


def test_a_file_that_was_cut_short_is_read_from_its_start(path: Path) -> None:
    """After `> qwen.log`, what is written then is read."""
    tail = LogTail(path)
    add(path, line(1) + line(2))
    assert numbers(tail.poll()) == [1, 2]
    path.write_bytes(line(3))
    assert numbers(tail.poll()) == [3]
    add(path, line(4))
    assert numbers(tail.poll()) == [4]


def test_a_removed_log_is_found_again(path: Path) -> None:
    """After `rm qwen.log`, the next file is read."""
    tail = LogTail(path)
    add(path, line(1))
    assert numbers(tail.poll()) == [1]
    path.unlink()
    assert numbers(tail.poll()) == []
    add(path, line(2))
    assert numbers(tail.poll()) == [2]


def test_history_comes_oldest_first(path: Path) -> None:
    """The rotated files' records come in the order in which they were written."""
    file = RotatingFile(path, 1, 3600, 100)
    for number in range(5):
        file.append(line(number), MOMENT + number)
    tail = LogTail(path)
    assert numbers(tail.history(1000)) == [0, 1, 2, 3]
    assert numbers(tail.poll()) == [4]


def test_history_goes_back_only_as_far_as_needed(path: Path) -> None:
    """Files older than the wanted number of records are not read."""
    file = RotatingFile(path, 1, 3600, 100)
    for number in range(6):
        file.append(line(number), MOMENT + number)
    assert numbers(LogTail(path).history(2)) == [3, 4]
    assert numbers(LogTail(path).history(0)) == []


def test_history_counts_broken_lines(path: Path) -> None:
    """Broken lines of rotated files are counted as well."""
    add(path.with_name("qwen-2023.log"), b"torn\n" + line(1))
    tail = LogTail(path)
    assert numbers(tail.history(10)) == [1]
    assert tail.broken == 1


def test_history_of_nothing_is_empty(path: Path) -> None:
    """Without rotated files, or without a folder, there is no history."""
    assert numbers(LogTail(path).history(10)) == []
    assert numbers(LogTail(path.parent / "nowhere" / "qwen.log").history(10)) == []


def test_close_works_twice(path: Path) -> None:
    """A closed tail can be closed again."""
    tail = LogTail(path)
    add(path, line(1))
    numbers(tail.poll())
    tail.close()
    tail.close()


def test_a_tail_beside_busy_threads_sees_each_record_once(path: Path) -> None:
    """Eight threads log into tiny files that rotate under the reader: nothing is lost or doubled."""
    file = PoliteFile(path)
    writer = QueueWriter(file, StructuredFormatter(), 100_000)
    logger = logging.Logger("test")
    logger.addHandler(writer)
    tail = LogTail(path)
    got: list[int] = []

    def log(worker: int) -> None:
        for number in range(100):
            logger.info("x", extra={"n": worker * 100 + number})
            if number % 10 == 0:
                writer.flush()  # small batches: many rotations

    def look() -> bool:
        before = file.rotations
        got.extend(numbers(tail.poll()))
        file.polled(before)
        return len(got) >= 800

    threads = [threading.Thread(target=log, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    wait_until(look)
    for thread in threads:
        thread.join()
    writer.stop()
    got.extend(numbers(tail.poll()))
    tail.close()
    assert sorted(got) == list(range(800))
    assert tail.broken == 0
    assert file.rotations > 3
    assert len(rotated_files(path)) == file.rotations
