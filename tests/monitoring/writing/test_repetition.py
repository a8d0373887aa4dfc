"""How much of a text is one ending, again and again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.writing.repetition import MAX_CHARS, MIN_TIMES, repetition


def by_hand(text: str) -> float:
    """Return the same share by trying each length of each block."""
    longest = 0
    for size in range(1, len(text) // MIN_TIMES + 1):
        same = size
        while same < len(text) and text[-same - 1] == text[-same - 1 + size]:
            same += 1
        if same >= MIN_TIMES * size:
            longest = max(longest, same)
    return longest / len(text) if text else 0.0


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("", 0),
        ("a", 0),
        ("aa", 0),
        ("aaa", 1),
        ("abcabc", 0),
        ("abcabcabc", 1),
        ("xabcabcabc", 0.9),
        ("abcabcabcx", 0),  # The repetition has ended.
        ("cabcabcabc", 1),  # The first block may have begun before the text.
        ("好的。好的。好的。", 1),
        ("No.\n" * 50, 1),
    ],
)
def test_a_repeated_ending_has_a_share(text: str, share: float) -> None:
    """A block counts from its third time on, at the end of the text alone."""
    assert repetition(text) == pytest.approx(share)


def test_prose_hardly_repeats() -> None:
    """Usual sentences are far from what counts as an endless reply."""
    text = "The cat sat on the mat, and the dog lay by the door. Nobody said a word until the rain stopped..."
    assert repetition(text) < 0.1


@given(st.text("ab", max_size=60))
def test_it_is_what_trying_finds(text: str) -> None:
    """The share is that of the longest ending with a period that fits into it three times."""
    assert repetition(text) == by_hand(text)


@given(st.text(max_size=30), st.text(min_size=1, max_size=10), st.integers(MIN_TIMES, 9))
def test_a_loop_after_any_begin_is_found(begin: str, block: str, times: int) -> None:
    """At least the loop counts, whatever came before it."""
    text = begin + block * times
    assert len(block) * times / len(text) <= repetition(text) <= 1


def test_of_a_long_text_the_end_counts() -> None:
    """What is looked at is bounded, and the loop that a reply ends in is at its end."""
    prose = "".join(str(number) for number in range(5000))
    assert repetition(prose + "loop " * MAX_CHARS) == 1
    assert repetition("loop " * MAX_CHARS + prose) < 0.1
