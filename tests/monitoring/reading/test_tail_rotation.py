"""The tail across rotations, compression and removal: nothing is lost or doubled."""

from pathlib import Path

import pytest

from monitoring.reading.tail import LogTail
from monitoring.window.line_decoder import LineDecoder
from tests.monitoring.reading.tail_helpers import WrittenLog, add, line, lines, numbers, oldest_first, tail_of


@pytest.fixture
def log(tmp_path: Path) -> WrittenLog:
    """Return a log that is not there yet."""
    return WrittenLog(tmp_path / "qwen.log")


def test_rotation_loses_and_doubles_nothing(log: WrittenLog) -> None:
    """What came before the rename, and what stands in the new file, comes once each and in order."""
    tail, _ = tail_of(log.path)
    log.write(line(1))
    assert numbers(tail.poll()) == [1]
    log.write(line(2))
    log.rotate()
    log.write(line(3))
    assert numbers(tail.poll()) == [2, 3]
    assert numbers(tail.poll()) == []


class RacedTail(LogTail):
    """A tail whose log is written to and rotated right after it has read all there was."""

    def __init__(self, log: WrittenLog) -> None:
        super().__init__(log.path, LineDecoder())
        self._log = log
        self.race = False

    def _replaced(self) -> bool:
        if self.race:
            self.race = False
            self._log.write(line(2))
            self._log.rotate()
            self._log.write(line(3))
        return super()._replaced()


def test_a_record_just_before_the_rename_is_read(log: WrittenLog) -> None:
    """What is written between the last read and the rename is not lost."""
    tail = RacedTail(log)
    log.write(line(1))
    assert numbers(tail.poll()) == [1]
    tail.race = True
    assert numbers(tail.poll()) == [2, 3]


def test_a_rename_before_the_new_file_is_there(log: WrittenLog) -> None:
    """Between the rename and the new file, the old file is still followed."""
    tail, _ = tail_of(log.path)
    log.write(line(1))
    assert numbers(tail.poll()) == [1]
    old = log.rotate()
    assert old is not None
    assert numbers(tail.poll()) == []
    add(old, line(2))
    assert numbers(tail.poll()) == [2]
    log.write(line(3))
    assert numbers(tail.poll()) == [3]


def test_a_last_line_without_newline_counts_when_its_file_is_done(log: WrittenLog) -> None:
    """A rotated file gets no more: what stands at its end is a whole record, or a broken line."""
    tail, decoder = tail_of(log.path)
    log.write(line(1)[:-1])
    assert numbers(tail.poll()) == []
    log.rotate()
    log.write(line(2)[:4])
    assert numbers(tail.poll()) == [1]
    log.rotate()
    log.write(line(3))
    assert numbers(tail.poll()) == [3]
    assert dict(+decoder.broken) == {"torn": 1}
    fresh, decoder = tail_of(log.path)
    assert oldest_first(fresh.history(10)) == [1, 3]
    assert dict(+decoder.broken) == {"torn": 1}


@pytest.mark.parametrize("compressed", [False, True])
def test_several_rotations_between_two_polls_lose_nothing(log: WrittenLog, compressed: bool) -> None:
    """Files that were put aside between two polls, compressed or not, are read before the log itself."""
    tail, _ = tail_of(log.path)
    log.write(line(0))
    assert numbers(tail.poll()) == [0]
    for number in range(1, 6):
        log.rotate()
        log.write(line(number))
    if compressed:
        log.compress_all()
    assert numbers(tail.poll()) == [1, 2, 3, 4, 5]
    assert numbers(tail.poll()) == []


def test_the_held_file_is_known_in_its_compressed_copy(log: WrittenLog) -> None:
    """A file that was half read when it was put aside and compressed is read to its end, once."""
    tail, _ = tail_of(log.path)
    log.write(lines([0, 1]))
    assert numbers(tail.poll()) == [0, 1]
    log.write(line(2))
    log.rotate()
    log.compress_all()
    log.write(line(3))
    assert numbers(tail.poll()) == [2, 3]


def test_the_held_file_may_be_removed(log: WrittenLog) -> None:
    """A file that was put aside and removed at once is read to its end, and what follows it is found."""
    tail, _ = tail_of(log.path)
    log.write(line(0))
    assert numbers(tail.poll()) == [0]
    log.write(line(1))
    held = log.rotate()
    assert held is not None
    held.unlink()
    log.write(line(2))
    log.rotate()
    log.write(line(3))
    assert numbers(tail.poll()) == [1, 2, 3]


def test_a_clock_that_was_set_back_doubles_nothing(log: WrittenLog) -> None:
    """A file whose name sorts before older ones is still the newest; the older ones are not read again."""
    log.write(line(0))
    log.path.rename(log.path.with_name("qwen-2023-11-14T22-13-29.000Z.log"))
    log.write(line(1))
    tail, _ = tail_of(log.path)
    assert oldest_first(tail.history(10)) == [0, 1]
    log.write(line(2))
    log.path.rename(log.path.with_name("qwen-2023-11-14T22-13-21.000Z.log"))
    log.write(line(3))
    assert numbers(tail.poll()) == [2, 3]
    log.path.rename(log.path.with_name("qwen-2023-11-14T22-13-20.000Z.log"))
    log.write(line(4))
    assert numbers(tail.poll()) == [4]
