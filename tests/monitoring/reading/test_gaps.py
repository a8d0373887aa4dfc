"""Missing records are counted by the numbers that each process gives them."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.reading.gaps import Gaps

Numbered = list[tuple[float | str, float]]

nan = float("nan")
values = st.sampled_from([nan, 1.0, 2.0, "abc", "def"])
records: st.SearchStrategy[Numbered] = st.lists(
    st.tuples(values, st.one_of(st.just(nan), st.integers(1, 30).map(float)))
)


def columns(part: Numbered) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the instances, the pids and the numbers of some records, whose process is one of the two."""
    instances = [process if isinstance(process, str) else "" for process, _ in part]
    pids = [1.0 if isinstance(process, str) else process for process, _ in part]
    return instances, np.array(pids, float), np.array([seq for _, seq in part], float)


def missing(*parts: Numbered) -> int:
    """Return how many records are missing in parts that are added in order."""
    gaps = Gaps()
    for part in parts:
        gaps.append(*columns(part))
    return gaps.missing


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


def test_an_instance_tells_processes_of_one_pid_apart() -> None:
    """Where each container calls its process 1, records count within the start that wrote them."""
    assert missing([("a", 1), ("b", 500), ("a", 2), ("b", 502), ("a", 5)]) == 1 + 2


@pytest.mark.parametrize("starts", list(permutations([1, 5000, 900])))
def test_runs_of_one_pid_are_told_apart_without_an_instance(starts: tuple[float, ...]) -> None:
    """Three containers with pid 1 and the records of a former version miss nothing, in any order."""
    assert missing([(1, start + step) for step in range(20) for start in starts]) == 0


@pytest.mark.parametrize("starts", [(5000, 1), (1, 5000)])
def test_a_gap_is_seen_in_runs_of_one_pid(starts: tuple[float, float]) -> None:
    """Where two containers with pid 1 lose records at the same time, both gaps are counted."""
    kept = [step for step in range(20) if step not in (7, 8, 9)]
    assert missing([(1, start + step) for step in kept for start in starts]) == 6


def test_endless_runs_and_processes_take_bounded_memory() -> None:
    """A hostile log whose numbers never rise, or whose every record is of another process, is followed."""
    assert missing([(1, -step) for step in range(5000)]) == 0
    assert missing([(step, step) for step in range(10_000)], [(9_999, 10_001)]) == 1
    assert missing([(1, 2 * step) for step in range(5000)]) == 4999


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
    assert gaps.missing == missing(*([record] for record in all_records))
