"""Missing records are counted by the numbers that each process gives them."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitoring.reading.gaps import Gaps

Numbered = list[tuple[float, float]]

nan = float("nan")
values = st.sampled_from([nan, 1.0, 2.0, 3.0])
records: st.SearchStrategy[Numbered] = st.lists(
    st.tuples(values, st.one_of(st.just(nan), st.integers(1, 30).map(float)))
)


def columns(part: Numbered) -> tuple[np.ndarray, np.ndarray]:
    """Return the pids and the numbers of some records."""
    return np.array([pid for pid, _ in part], float), np.array([seq for _, seq in part], float)


def missing(*parts: Numbered) -> int:
    """Return how many records are missing in parts that are added in order."""
    gaps = Gaps()
    for part in parts:
        gaps.append(*columns(part))
    return gaps.missing


def model(part: Numbered) -> int:
    """Count one record after the other."""
    last: dict[float, float] = {}
    count = 0
    for pid, seq in part:
        if pid == pid and seq == seq:
            count += max(0, int(seq - last.get(pid, seq)) - 1)
            last[pid] = seq
    return count


def test_consecutive_numbers_have_no_gap() -> None:
    """Nothing is missing where each number is one more than that before, also across batches."""
    assert missing([(1, 5), (1, 6)], [], [(1, 7)]) == 0


def test_a_jump_counts_what_is_left_out() -> None:
    """From 6 to 10, three are missing, within a batch and between two."""
    assert missing([(1, 6), (1, 10)]) == 3
    assert missing([(1, 6)], [(1, 10)]) == 3


def test_processes_are_counted_for_themselves() -> None:
    """Records of several processes may be mixed."""
    assert missing([(1, 6), (2, 100), (1, 7), (2, 102)]) == 1


def test_a_lower_number_begins_a_new_run() -> None:
    """A process that starts again under the same pid leaves no gap, nor does a doubled record."""
    assert missing([(1, 90), (1, 1), (1, 2), (1, 2), (1, 4)]) == 1


def test_records_without_numbers_tell_nothing() -> None:
    """Foreign records, which carry no pid or no number, are passed over."""
    assert missing([(1, 1), (nan, 7), (1, nan), (1, 2)], [(nan, nan)]) == 0


@given(records, st.lists(st.integers(0, 40)), st.integers(0, 40))
def test_any_split_gives_the_same_count(all_records: Numbered, cuts: list[int], begin: int) -> None:
    """However records fall into batches, and wherever the reading began, the count is that of the whole."""
    edges = sorted({0, len(all_records), *(min(cut, len(all_records)) for cut in [*cuts, begin])})
    parts = [all_records[a:b] for a, b in pairwise(edges)]
    older = [part for part, edge in zip(parts, edges, strict=False) if edge < begin]
    gaps = Gaps()
    newer = parts[len(older) :]
    for turn in range(max(len(older), len(newer))):
        if turn < len(newer):
            gaps.append(*columns(newer[turn]))
        if turn < len(older):
            gaps.prepend(*columns(older[-1 - turn]))
    assert gaps.missing == model(all_records)
