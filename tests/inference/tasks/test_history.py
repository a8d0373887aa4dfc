"""Tests of `inference.tasks.history`."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from inference.tasks.history import first_kept, split_turns
from inference.types import Message


def test_a_turn_begins_with_the_user() -> None:
    """A turn is a message of the user with what follows it; replies before the first one are a turn, too."""
    welcome, one, answer, two = (
        Message("assistant", "welcome"),
        Message("user", "one"),
        Message("assistant", "eins"),
        Message("user", "two"),
    )
    assert split_turns([welcome, one, answer, two]) == [[welcome], [one, answer], [two]]
    assert split_turns([]) == []


def test_all_turns_are_kept_where_they_fit() -> None:
    """Up to the limit nothing is left out."""
    assert first_kept([3, 3, 3], 1, 10) == 0
    assert first_kept([], 100, 10) == 0


def test_a_cut_leaves_half() -> None:
    """One token too many leaves out turns until the others take at most half of the limit."""
    assert first_kept([3, 3, 3], 2, 10) == 2
    assert first_kept([1] * 10, 1, 10) == 5


def test_a_long_message_leaves_out_more() -> None:
    """A message of more than half of the limit leaves only the turns that fit beside it."""
    assert first_kept([2, 2, 2], 8, 10) == 2
    assert first_kept([2, 2, 2], 9, 10) == 3


def test_the_beginning_stays_for_many_turns() -> None:
    """With turns of equal length, a cut is made again only after half of the limit has been filled anew."""
    begins = [first_kept([10] * turns, 5, 200) for turns in range(120)]
    cuts = sum(later != earlier for earlier, later in pairwise(begins))
    assert cuts == 10
    assert begins[:20] == [0] * 20


sizes = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 30)), max_size=60)


@given(sizes, st.integers(1, 40), st.integers(60, 300))
def test_what_is_kept_fits_and_never_goes_back(turns: list[tuple[int, int]], newest: int, limit: int) -> None:
    """In a conversation of any messages and replies, all prompts fit, and their beginning only moves forward.

    Where it moves, what is kept before the newest message is at most half of the limit.
    """
    begins = []
    for number, (message, _) in enumerate([*turns, (newest, 0)]):
        before = [asked + replied for asked, replied in turns[:number]]
        first = first_kept(before, message, limit)
        begins.append(first)
        assert sum(before[first:]) + message <= limit
    assert begins == sorted(begins)


@given(st.lists(st.integers(1, 30), max_size=60), st.integers(1, 30), st.integers(120, 300))
def test_cuts_are_seldom(turns: list[int], newest: int, limit: int) -> None:
    """Between two cuts, new turns of more than half of the limit have come."""
    all_turns = [*turns, newest]
    begins = [first_kept(all_turns[:number], all_turns[number], limit) for number in range(len(all_turns))]
    cuts = [number for number in range(1, len(begins)) if begins[number] != begins[number - 1]]
    for earlier, later in pairwise(cuts):
        assert sum(all_turns[earlier : later + 1]) > limit / 2
