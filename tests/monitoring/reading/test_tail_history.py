"""The log's past: read from its end, over rotated, compressed and damaged files."""

from collections.abc import Callable
from io import FileIO
from pathlib import Path

import pytest

from monitoring.reading import file_identity
from monitoring.reading import tail as reader_module
from monitoring.storage.paths import rotated_files
from tests.monitoring.reading.tail_helpers import (
    WrittenLog,
    line,
    lines,
    numbers,
    oldest_first,
    rotated,
    tail_of,
)


@pytest.fixture
def log(tmp_path: Path) -> WrittenLog:
    """Return a log that is not there yet."""
    return WrittenLog(tmp_path / "qwen.log")


@pytest.mark.parametrize("compressed", [False, True])
def test_history_reads_the_rotated_files_newest_first(log: WrittenLog, compressed: bool) -> None:
    """The log comes first, then the files that were put aside, the oldest last."""
    rotated(log, 4)
    log.write(line(4))
    if compressed:
        log.compress_all()
    tail, _ = tail_of(log.path)
    assert numbers(tail.history(100)) == [4, 3, 2, 1, 0]
    assert numbers(tail.poll()) == []


def test_history_opens_only_what_it_needs(log: WrittenLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files older than the wanted records are not even opened."""
    rotated(log, 5)
    log.write(line(5))
    opened: list[str] = []

    def open_and_tell(path: Path) -> FileIO:
        opened.append(path.name)
        return FileIO(path)

    monkeypatch.setattr(file_identity, "open_log_file", open_and_tell)
    assert numbers(tail_of(log.path)[0].history(3)) == [5, 4, 3]
    assert opened == [path.name for path in rotated_files(log.path)[:2:-1]]


def test_history_of_a_missing_log_is_that_of_its_rotated_files(log: WrittenLog) -> None:
    """Between the rename and the new file, there is history already; the poll goes on with the log."""
    rotated(log, 2)
    tail, _ = tail_of(log.path)
    assert oldest_first(tail.history(10)) == [0, 1]
    assert numbers(tail.poll()) == []
    log.write(line(2))
    log.rotate()
    log.write(line(3))
    assert numbers(tail.poll()) == [2, 3]


@pytest.mark.parametrize("read_bytes", [50, 300, 10_000])
def test_only_the_end_of_a_compressed_file_is_given(log: WrittenLog, read_bytes: int) -> None:
    """Of a compressed file come the last records, not more than a block too many."""
    log.write(lines(range(100)))
    log.rotate()
    log.compress_all()
    got = oldest_first(tail_of(log.path, read_bytes)[0].history(10))
    assert got == list(range(100))[-len(got) :]
    assert 10 <= len(got) <= 10 + read_bytes // 80 + 1


def test_broken_lines_of_a_compressed_file_are_made_up_for(log: WrittenLog) -> None:
    """Where its last lines are no records, earlier ones are read until there are enough, each once."""
    log.write(lines(range(50)) + b"x\n" * 100 + line(50))
    log.rotate()
    log.compress_all()
    tail, decoder = tail_of(log.path, 300)
    got = oldest_first(tail.history(10))
    assert got == list(range(51))[-len(got) :]
    assert len(got) >= 10
    assert decoder.broken["not_json"] == 100


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-20], lambda data: data[:200] + b"\xff" * 50 + data[250:]]
)
def test_a_damaged_compressed_file_ends_nothing(log: WrittenLog, damage: Callable[[bytes], bytes]) -> None:
    """What stands before it is read, the rest counts as one broken line, and the other files are read."""
    tail, decoder = tail_of(log.path)
    log.write(line(0))
    assert numbers(tail.poll()) == [0]
    log.rotate()
    log.write(lines(range(1, 1000)))
    log.rotate()
    log.compress_all()
    newest = rotated_files(log.path)[-1]
    newest.write_bytes(damage(newest.read_bytes()))
    log.write(line(1000))
    got = numbers(tail.poll())
    assert got[-1] == 1000
    assert got[:-1] == list(range(1, len(got)))
    assert dict(+decoder.broken) == {"damaged": 1}
    assert numbers(tail.poll()) == []
    fresh, decoder = tail_of(log.path)
    assert oldest_first(fresh.history(5000)) == [0, *got]
    assert dict(+decoder.broken) == {"damaged": 1}


def test_what_is_no_compressed_file_at_all_ends_nothing(log: WrittenLog) -> None:
    """Such a file is one broken line."""
    log.path.with_name("qwen-2023-11-14T22-13-20.000Z.log.gz").write_bytes(b"nonsense")
    log.write(line(1))
    tail, decoder = tail_of(log.path)
    assert numbers(tail.history(10)) == [1]
    assert dict(+decoder.broken) == {"damaged": 1}


def test_a_file_that_is_compressed_amid_history_is_read(log: WrittenLog) -> None:
    """A file that is compressed after it was listed is found, and one that is removed is passed over."""
    removed, compressed, _ = rotated(log, 3)
    log.write(line(3))
    tail, _ = tail_of(log.path)
    history = tail.history(100)
    assert numbers([next(history)]) == [3]
    log.compress(compressed)
    removed.unlink()
    assert numbers(history) == [2, 1]


def test_a_rotation_after_history_loses_nothing(log: WrittenLog) -> None:
    """A file that was put aside between history() and the first poll() is read on by the poll."""
    rotated(log, 2)
    log.write(line(2))
    tail, _ = tail_of(log.path)
    assert oldest_first(tail.history(100)) == [0, 1, 2]
    log.write(line(3))
    log.rotate()
    log.compress_all()
    log.write(line(4))
    assert numbers(tail.poll()) == [3, 4]


@pytest.mark.parametrize("look", [1, 2])
def test_rotations_while_history_begins_lose_nothing(
    log: WrittenLog, monkeypatch: pytest.MonkeyPatch, look: int
) -> None:
    """A log that is put aside before or after it is opened is read once, and so is its successor."""
    rotated(log, 2)
    log.write(line(2))
    looks = 0

    def list_and_rotate(path: Path) -> list[Path]:
        nonlocal looks
        looks += 1
        before = rotated_files(path)
        if looks == look:
            for number in (3, 4):
                log.rotate()
                log.write(line(number))
        return before if look == 1 else rotated_files(path)

    monkeypatch.setattr(reader_module, "rotated_files", list_and_rotate)
    tail, _ = tail_of(log.path)
    older = oldest_first(tail.history(100))
    assert older + numbers(tail.poll()) == [0, 1, 2, 3, 4]
    assert older[:3] == [0, 1, 2]


def test_a_copy_beside_its_file_is_read_once(log: WrittenLog) -> None:
    """While a file is being compressed, its copy and itself stand side by side: it is read once."""
    for path in rotated(log, 2):
        log.copy(path)
    tail, _ = tail_of(log.path)
    assert oldest_first(tail.history(100)) == [0, 1]
