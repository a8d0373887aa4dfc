"""The tail of the log: each record once, whatever stands in the file, and history from its end."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.monitoring.reading.tail_helpers import add, line, lines, numbers, oldest_first, tail_of

# A block that holds about one record, in bytes.
SMALL_BLOCK = 100


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the place of a log that is not there yet."""
    return tmp_path / "qwen.log"


def test_a_missing_file_is_an_empty_one(path: Path) -> None:
    """Nothing is read while the log is not there; its first record is found when it is."""
    tail, _ = tail_of(path)
    assert numbers(tail.history(10)) == []
    assert numbers(tail.poll()) == []
    add(path, line(1))
    assert numbers(tail.poll()) == [1]


def test_a_missing_folder_is_an_empty_log(path: Path) -> None:
    """Nothing is read, and nothing fails, where there is no folder."""
    tail, _ = tail_of(path.parent / "nowhere" / "qwen.log")
    assert numbers(tail.history(10)) == []
    assert numbers(tail.poll()) == []


def test_each_poll_gives_what_is_new(path: Path) -> None:
    """A record is yielded once; without history, the first poll begins at the log's start."""
    tail, _ = tail_of(path)
    add(path, lines([1, 2]))
    assert numbers(tail.poll()) == [1, 2]
    assert numbers(tail.poll()) == []
    add(path, line(3))
    assert numbers(tail.poll()) == [3]


def test_a_half_written_line_is_held(path: Path) -> None:
    """A line counts when its newline is there, and is not broken before."""
    tail, decoder = tail_of(path)
    add(path, line(1) + line(2)[:4])
    assert numbers(tail.poll()) == [1]
    assert numbers(tail.poll()) == []
    add(path, line(2)[4:-1])
    assert numbers(tail.poll()) == []
    add(path, b"\n")
    assert numbers(tail.poll()) == [2]
    assert not +decoder.broken


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.integers(1, 200), max_size=20), st.integers(1, 300), st.integers(0, 20), st.integers(0, 25)
)
def test_records_survive_any_cut(cuts: list[int], read_bytes: int, begin: int, wanted: int) -> None:
    """However the writes and reads fall, and wherever history begins, each record comes once and in order."""
    data = lines(range(20))
    begin = min(begin, len(cuts))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "qwen.log"
        tail, decoder = tail_of(path, read_bytes)
        older: list[int] = []
        newer: list[int] = []
        for turn, cut in enumerate([*cuts, len(data)]):
            add(path, data[:cut])
            data = data[cut:]
            if turn == begin:
                older = oldest_first(tail.history(wanted))
            if turn >= begin:
                newer += numbers(tail.poll())
        tail.close()
    got = older + newer
    assert got == list(range(20 - len(got), 20))
    assert len(older) >= min(wanted, 20 - len(newer))
    assert not +decoder.broken


def test_broken_lines_are_counted_and_skipped(path: Path) -> None:
    """A torn line costs itself only, in history as in a poll."""
    tail, decoder = tail_of(path)
    add(path, line(1) + b'{"n":\n\x00\x00\n' + line(2))
    assert numbers(tail.history(10)) == [1, 2]
    assert dict(+decoder.broken) == {"torn": 1, "not_json": 1}
    add(path, b"[]\n" + line(3))
    assert numbers(tail.poll()) == [3]
    assert decoder.broken["not_object"] == 1


def test_an_endless_line_is_one_broken_line(path: Path) -> None:
    """A line far over the limit is not held in memory, and what follows it is read."""
    tail, decoder = tail_of(path, block_bytes=64, max_line_bytes=150)
    add(path, line(1) + b"x" * 5000)
    assert numbers(tail.poll()) == [1]
    assert len(tail._buffer._half) <= 151
    add(path, b"x" * 50 + b"\n" + line(2))
    assert numbers(tail.poll()) == [2]
    assert dict(+decoder.broken) == {"too_long": 1}


@pytest.mark.parametrize("read_bytes", [1, 64, 100, 10_000])
def test_history_passes_over_an_endless_line(path: Path, read_bytes: int) -> None:
    """Backwards too, such a line is one broken line, also where it is the first or not yet ended."""
    endless = b"x" * 5000 + b"\n"
    add(path, endless + line(1) + endless + lines([2, 3]) + endless[:-1])
    tail, decoder = tail_of(path, read_bytes, max_line_bytes=150)
    assert oldest_first(tail.history(10)) == [1, 2, 3]
    assert dict(+decoder.broken) == {"too_long": 2}
    assert numbers(tail.poll()) == []
    add(path, b"\n" + line(4))
    assert numbers(tail.poll()) == [4]
    assert dict(+decoder.broken) == {"too_long": 3}


@pytest.mark.parametrize("read_bytes", [1, 64, 100, 10_000])
def test_a_hole_before_a_line_is_passed_over(path: Path, read_bytes: int) -> None:
    """NULs stand there after the file was emptied beneath its writer: nothing is lost with them."""
    hole = b"\0" * 5000
    longest = max(map(len, (line(1), line(5)))) - 1
    add(path, line(1) + hole + lines([2, 3]) + hole + b"\n" + hole + line(4))
    tail, decoder = tail_of(path, read_bytes, max_line_bytes=longest)
    assert oldest_first(tail.history(10)) == [1, 2, 3, 4]
    assert dict(+decoder.broken) == {"not_json": 1}
    add(path, hole)
    assert numbers(tail.poll()) == []
    assert len(tail._buffer._half) == 1
    add(path, hole + line(5) + hole + b"\n")
    assert numbers(tail.poll()) == [5]
    assert dict(+decoder.broken) == {"not_json": 2}


def test_history_comes_newest_first(path: Path) -> None:
    """Each batch goes further back; within a batch the order is that of the lines."""
    add(path, lines(range(10)))
    batches = [numbers([batch]) for batch in tail_of(path, SMALL_BLOCK)[0].history(10)]
    assert len(batches) > 3
    assert [number for batch in reversed(batches) for number in batch] == list(range(10))


def test_history_goes_back_only_as_far_as_needed(path: Path) -> None:
    """Not much more than the wanted records are read; of none wanted, none."""
    add(path, lines(range(100)))
    got = oldest_first(tail_of(path, SMALL_BLOCK)[0].history(5))
    assert got[-5:] == [95, 96, 97, 98, 99]
    assert len(got) <= 7
    assert numbers(tail_of(path, SMALL_BLOCK)[0].history(0)) == []


def test_history_leaves_the_half_line_to_the_poll(path: Path) -> None:
    """What stands behind the last newline is held until its end comes."""
    add(path, lines([1, 2]) + line(3)[:20])
    tail, decoder = tail_of(path)
    assert oldest_first(tail.history(10)) == [1, 2]
    assert numbers(tail.poll()) == []
    add(path, line(3)[20:] + line(4))
    assert numbers(tail.poll()) == [3, 4]
    assert not +decoder.broken


def test_a_lone_half_line_is_no_history(path: Path) -> None:
    """A log without a newline has no history, and its record comes when it is whole."""
    add(path, line(1)[:20])
    tail, decoder = tail_of(path)
    assert oldest_first(tail.history(10)) == []
    add(path, line(1)[20:])
    assert numbers(tail.poll()) == [1]
    assert not +decoder.broken


def test_polls_between_the_batches_of_history(path: Path) -> None:
    """A poll amid history gives what came after its begin, and neither disturbs the other."""
    add(path, lines(range(10)))
    tail, _ = tail_of(path, SMALL_BLOCK)
    older: list[int] = []
    newer: list[int] = []
    for turn, batch in enumerate(tail.history(100)):
        older = numbers([batch]) + older
        add(path, line(10 + turn))
        newer += numbers(tail.poll())
    assert older == list(range(10))
    assert newer == list(range(10, 10 + len(newer)))
    assert len(newer) > 3


def test_a_log_that_is_cut_short_amid_history_ends_it(path: Path) -> None:
    """What is no longer there is not read, and the poll goes on at the new start."""
    add(path, lines(range(10)))
    tail, decoder = tail_of(path, SMALL_BLOCK)
    history = tail.history(100)
    got = numbers([next(history)])
    path.write_bytes(line(20))
    assert numbers(history) == []
    assert got[-1] == 9
    assert numbers(tail.poll()) == [20]
    assert not +decoder.broken


def test_there_is_one_history(path: Path) -> None:
    """After it, or after a poll, there is no second one that would double its records."""
    add(path, line(1))
    tail, _ = tail_of(path)
    assert numbers(tail.history(10)) == [1]
    assert numbers(tail.history(10)) == []
    polled, _ = tail_of(path)
    assert numbers(polled.poll()) == [1]
    assert numbers(polled.history(10)) == []


def test_a_file_that_was_cut_short_is_read_from_its_start(path: Path) -> None:
    """After `> qwen.log`, what is written then is read."""
    tail, _ = tail_of(path)
    add(path, lines([1, 2]))
    assert numbers(tail.poll()) == [1, 2]
    path.write_bytes(line(3))
    assert numbers(tail.poll()) == [3]
    add(path, line(4))
    assert numbers(tail.poll()) == [4]


def test_a_removed_log_is_found_again(path: Path) -> None:
    """After `rm qwen.log`, the next file is read."""
    tail, _ = tail_of(path)
    add(path, line(1))
    assert numbers(tail.poll()) == [1]
    path.unlink()
    assert numbers(tail.poll()) == []
    add(path, line(2))
    assert numbers(tail.poll()) == [2]


def test_a_log_that_cannot_be_opened_is_tried_again(path: Path) -> None:
    """The error is told, and history begins when it has gone."""
    path.mkdir()
    tail, _ = tail_of(path)
    with pytest.raises(OSError, match="directory"):
        numbers(tail.history(10))
    path.rmdir()
    add(path, line(1))
    assert numbers(tail.history(10)) == [1]


def test_close_works_twice(path: Path) -> None:
    """A closed tail can be closed again."""
    tail, _ = tail_of(path)
    add(path, line(1))
    numbers(tail.poll())
    tail.close()
    tail.close()
