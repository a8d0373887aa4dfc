"""The raw lines that are kept, by number."""

import random
import threading
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.window.line_store import Block, KeptLines


def line(number: int) -> bytes:
    """Return a line that tells its number, and is as long as it says."""
    return b'{"n":%d,"text":"%s"}' % (number, b"x" * (number % 37))


def text_of(numbers: range) -> bytes:
    """Return these lines, each ended by a newline."""
    return b"".join(line(number) + b"\n" for number in numbers)


def noise(number: int) -> bytes:
    """Return a line of 1 KiB that does not compress well."""
    return random.Random(number).randbytes(512).hex().encode()


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["append", "prepend", "drop"]), st.integers(0, 60))), st.data())
def test_lines_come_back_by_their_number(steps: list[tuple[str, int]], data: st.DataObject) -> None:
    """Whatever was added in front and behind, every line that was not dropped is found."""
    kept = KeptLines(block_bytes=300)
    start, stop, dropped = 0, 0, None
    for step, size in steps:
        if step == "append":
            kept.append(text_of(range(stop, stop + size)))
            stop += size
        elif step == "prepend" and dropped is None:
            kept.prepend(text_of(range(start - size, start)))
            start -= size
        elif step == "drop":
            dropped = max(start + size, start if dropped is None else dropped)
            kept.drop_before(start + size)
    numbers = data.draw(st.lists(st.integers(start - 3, stop + 2)))
    for number, found in zip(numbers, kept.read(numbers), strict=True):
        there = start <= number < stop
        allowed = {line(number)} if there else {b""}
        if there and dropped is not None and number < dropped:
            allowed.add(b"")
        assert found in allowed


def test_dropped_lines_free_their_memory() -> None:
    """Lines before the oldest record that is wanted leave, block by block."""
    kept = KeptLines()
    kept.append(b"".join(noise(number) + b"\n" for number in range(1000)))
    full = kept.nbytes
    kept.drop_before(900)
    assert kept.nbytes < full / 2
    assert kept.read([0, 900, 999]) == [b"", noise(900), noise(999)]


def test_the_budget_is_kept_and_the_oldest_lines_go_first() -> None:
    """Beyond the budget the oldest lines are given up, never the newest."""
    kept = KeptLines(budget=500_000)
    for first in range(0, 4000, 100):
        kept.append(b"".join(noise(number) + b"\n" for number in range(first, first + 100)))
        assert kept.nbytes <= 500_000
    found = kept.read(range(4000))
    gone = found.index(next(filter(None, found)))
    assert 0 < gone < 3700
    assert found[gone:] == [noise(number) for number in range(gone, 4000)]


def test_no_older_lines_are_taken_once_the_budget_is_reached() -> None:
    """History that does not fit is left out from the first line that does not: there are no holes."""
    kept = KeptLines(budget=500_000)
    kept.append(noise(0) + b"\n")
    for first in range(-1000, -4000, -1000):
        kept.prepend(b"".join(noise(number) + b"\n" for number in range(first, first + 1000)))
        assert kept.nbytes <= 500_000
    kept.prepend(b"small\n")
    numbers = range(-3001, 1)
    found = kept.read(numbers)
    gone = found.index(next(filter(None, found)))
    assert 1000 < gone < 3000
    assert found[gone:] == [noise(number) for number in numbers[gone:]]


def test_ordinary_lines_shrink() -> None:
    """Lines that resemble each other take a fraction of their size."""
    kept, text = KeptLines(), text_of(range(50_000))
    kept.append(text)
    assert kept.nbytes < len(text) / 3


def test_a_block_is_decompressed_once_for_all_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading many lines of one block costs one decompression."""
    kept = KeptLines()
    kept.append(text_of(range(50_000)))
    calls, decompress = [], zlib.decompress

    def counting(data: bytes) -> bytes:
        calls.append(data)
        return decompress(data)

    monkeypatch.setattr(zlib, "decompress", counting)
    assert kept.read(range(0, 2000, 7)) == [line(number) for number in range(0, 2000, 7)]
    assert len(calls) == 1


def test_each_block_is_decompressed_once_whatever_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines in the order of a sorted table cost as many decompressions as there are blocks."""
    kept = KeptLines(block_bytes=10_000)
    kept.append(text_of(range(5000)))
    numbers = list(range(5000))
    random.Random(1).shuffle(numbers)
    calls, decompress = [], zlib.decompress

    def counting(data: bytes) -> bytes:
        calls.append(data)
        return decompress(data)

    monkeypatch.setattr(zlib, "decompress", counting)
    assert kept.read(numbers) == [line(number) for number in numbers]
    assert len(calls) == len(kept.blocks()) - 1 > 10


def test_the_length_of_each_line_is_known_without_reading_it() -> None:
    """In front, behind, in any order; a line that is not kept has none."""
    kept = KeptLines(block_bytes=300)
    kept.append(text_of(range(100)))
    kept.prepend(text_of(range(-50, 0)))
    numbers = np.array([99, -50, 7, 7, 0, -51, 100, 50])
    assert kept.lengths(numbers).tolist() == [len(found) for found in kept.read(numbers)]
    assert KeptLines().lengths(numbers).tolist() == [0] * len(numbers)


def test_text_that_shrinks_to_nothing_is_bounded_too() -> None:
    """Lines that repeat cost little memory, but a search reads all of them: there is a limit of text."""
    kept = KeptLines(block_bytes=1000, text_budget=20_000)
    kept.append(b"x" * 99 + b"\n")
    for _ in range(100):
        kept.append((b"x" * 99 + b"\n") * 10)
    found = kept.read(range(1001))
    assert 20_000 - 1000 <= sum(len(line) + 1 for line in found if line) <= 20_000 + 1000
    assert found[-1] == b"x" * 99
    assert found[0] == b""


def test_lines_are_given_in_the_order_that_was_asked_for() -> None:
    """Numbers may fall, jump and come twice, as those of a sorted table do."""
    kept = KeptLines(block_bytes=300)
    kept.append(text_of(range(100)))
    kept.prepend(text_of(range(-50, 0)))
    numbers = [99, -50, 7, 7, 0, 98, -1, 200, -51, 50]
    gone = {200, -51}
    assert kept.read(numbers) == [b"" if number in gone else line(number) for number in numbers]


def test_blocks_are_all_lines_in_their_order() -> None:
    """Each block tells which lines it holds; all but the newest one are sealed, and stay what they are."""
    kept = KeptLines(block_bytes=300)
    kept.append(text_of(range(100)))
    kept.prepend(text_of(range(-50, 0)))
    before = kept.blocks()
    kept.append(text_of(range(100, 150)))
    blocks = kept.blocks()
    assert [block.compressed for block in blocks] == [True] * (len(blocks) - 1) + [False]
    assert blocks[: len(before) - 1] == before[:-1]
    assert [block.first for block in blocks[1:]] == [block.stop for block in blocks[:-1]]
    assert [line for block in blocks for line in block.lines()] == [line(n) for n in range(-50, 150)]
    assert b"".join(block.text() for block in blocks) == text_of(range(-50, 150))


def test_reading_beside_an_adder_finds_what_was_added() -> None:
    """While one thread adds and drops, another reads lines that are right or gone."""
    kept, done = KeptLines(), threading.Event()

    def add() -> None:
        for first in range(0, 60_000, 50):
            kept.append(text_of(range(first, first + 50)))
            kept.drop_before(first - 5000)
        done.set()

    thread = threading.Thread(target=add)
    thread.start()
    numbers = range(0, 60_000, 97)
    while not done.is_set():
        assert all(
            found in (b"", line(number)) for number, found in zip(numbers, kept.read(numbers), strict=True)
        )
    thread.join()
    assert kept.read([59_999]) == [line(59_999)]


def test_the_budget_of_text_is_kept_too() -> None:
    """Lines that shrink to nothing are given up as well: whoever searches or exports reads all their text."""
    kept = KeptLines(block_bytes=10_000, text_budget=100_000)
    for _ in range(30):
        kept.append(b"x" * 9_999 + b"\n")
    assert sum(block.text_bytes for block in kept.blocks()) <= 110_000
    assert kept.read([0, 29]) == [b"", b"x" * 9_999]


@pytest.mark.parametrize("order", [1, -1])
def test_each_block_is_decompressed_once(order: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that are read from the last to the first cost as much as those in the log's order."""
    kept = KeptLines(block_bytes=300)
    kept.append(text_of(range(100)))
    opened: list[int] = []
    lines = Block.lines

    def counted(block: Block) -> list[bytes]:
        opened.append(block.first)
        return lines(block)

    monkeypatch.setattr(Block, "lines", counted)
    numbers = list(range(100))[::order]
    assert kept.read(numbers) == [line(number) for number in numbers]
    assert len(opened) == len(set(opened)) > 5
