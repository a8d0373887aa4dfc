"""Where labels part, and how the choices along a label multiply."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engine.label_tree import Branch, LabelTree

END = (98, 99)
Logits = dict[tuple[int, ...], list[float]]


def test_labels_with_different_beginnings_part_once() -> None:
    """Only their first tokens are compared, after what all have in common."""
    tree = LabelTree([[1, 2], [1, 3, 4], [1, 5]], END)
    assert tree.branches == [Branch((1,), ((2,), (3,), (5,)))]
    odds = [1.0, 2.0, 5.0]
    logits: Logits = {(1,): [math.log(value) for value in odds]}
    assert tree.probabilities(logits) == pytest.approx([0.125, 0.25, 0.625])


def test_labels_that_part_late_are_read_on() -> None:
    """The first choice is between the beginnings, the second within one of them."""
    tree = LabelTree([[1, 2], [3, 4, 5], [3, 4, 6]], END)
    assert tree.branches == [Branch((), ((1,), (3,))), Branch((3, 4), ((5,), (6,)))]
    logits: Logits = {(): [0.0, math.log(3)], (3, 4): [0.0, math.log(4)]}
    assert tree.probabilities(logits) == pytest.approx([0.25, 0.75 * 0.2, 0.75 * 0.8])


def test_a_label_may_be_the_beginning_of_another_one() -> None:
    """It ends with any of the tokens that end a reply: together they are the choice against going on."""
    tree = LabelTree([[1], [1, 2]], END)
    assert tree.branches == [Branch((1,), (END, (2,)))]
    logits: Logits = {(1,): [math.log(1), math.log(2), math.log(1)]}
    assert tree.probabilities(logits) == pytest.approx([0.75, 0.25])


@given(
    st.lists(
        st.lists(st.integers(1, 4), min_size=1, max_size=5).map(tuple), min_size=2, max_size=12, unique=True
    ),
    st.randoms(use_true_random=False),
)
def test_probabilities_are_a_distribution(labels: list[tuple[int, ...]], chance: random.Random) -> None:
    """Of any labels and any logits the sum is 1, and no label is forgotten."""
    tree = LabelTree(labels, END)
    logits = {branch.path: [chance.uniform(-30, 30) for _ in branch.ids] for branch in tree.branches}
    probabilities = tree.probabilities(logits)
    assert len(probabilities) == len(labels)
    assert min(probabilities) >= 0
    assert sum(probabilities) == pytest.approx(1)


@given(
    st.lists(
        st.lists(st.integers(1, 3), min_size=1, max_size=4).map(tuple), min_size=2, max_size=9, unique=True
    )
)
def test_a_walk_reads_no_more_than_it_must(labels: list[tuple[int, ...]]) -> None:
    """A branch below another one comes behind it, and each place is visited once."""
    paths = [branch.path for branch in LabelTree(labels, END).branches]
    assert len(set(paths)) == len(paths)
    for path in paths:
        below = [place for place, other in enumerate(paths) if other[: len(path)] == path]
        assert below == list(range(below[0], below[0] + len(below)))
        assert paths[below[0]] == path


@pytest.mark.parametrize("labels", [[], [[1]], [[1], [1]], [[], [1]]])
def test_labels_that_are_no_choice_are_refused(labels: list[list[int]]) -> None:
    """There must be two, with tokens, that are not the same."""
    with pytest.raises(ValueError, match="labels must be two or more"):
        LabelTree(labels, END)
