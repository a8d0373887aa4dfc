"""Parts of a frame whose lines stay within a number of bytes."""

import json
import random
from itertools import pairwise

import numpy as np
import pytest

from monitoring.window.frame import Frame
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import a_record


def frame_of_lengths(*lengths: int) -> Frame:
    """Return a frame of records with messages of these lengths."""
    return frame_of(*(a_record(place, message="x" * length) for place, length in enumerate(lengths)))


def bytes_of(frame: Frame) -> int:
    """Return how many bytes the lines of a frame have."""
    return sum(map(len, frame.lines()))


@pytest.mark.parametrize("max_bytes", [1, 1000, 5000, 10**6])
def test_batches_are_all_records_in_their_order(max_bytes: int) -> None:
    """No batch has more bytes than asked for, unless it is one record; together they are all of them."""
    numbers = random.Random(1)
    frame = frame_of_lengths(*(numbers.randrange(2000) for _ in range(50)))
    shuffled = frame.take(np.array(numbers.sample(range(50), 50)))
    batches = list(shuffled.batches(max_bytes))
    assert all(len(batch) == 1 or bytes_of(batch) <= max_bytes for batch in batches)
    assert [line for batch in batches for line in batch.lines()] == shuffled.lines()
    fuller = pairwise(batches)
    assert all(bytes_of(batch) + len(after.lines()[0]) > max_bytes for batch, after in fuller)


def test_values_are_counted() -> None:
    """Each value of a column stands with its number of records, also where there is none."""
    other = a_record(event="log", status=None)
    frame = frame_of(*(a_record(status=status) for status in ("ok", "error")), other, a_record(status="ok"))
    assert frame.amounts("status") == {"ok": 2, "error": 1, "": 1}
    assert frame.tail(1).amounts("status") == {"ok": 1}


def test_nothing_has_no_batches() -> None:
    """An empty frame yields nothing."""
    assert list(frame_of_lengths().batches(100)) == []


def test_the_newest_records_are_bounded_by_number_and_by_bytes() -> None:
    """As many as asked for, where their lines are short; where they are long, fewer, but at least one."""
    frame = frame_of_lengths(*[10_000] * 5, *[10] * 5)
    assert len(frame.newest(3)) == 3
    assert len(frame.newest(100)) == 10
    assert 5 < len(frame.newest(100, max_bytes=25_000)) < 8
    assert len(frame.newest(100, max_bytes=1)) == 1
    newest = frame.newest(100, max_bytes=25_000).lines()
    assert json.loads(newest[-1]) == json.loads(frame.lines()[-1])
