"""Tracebacks are whole, bounded, and never fail themselves."""

import sys

from monitoring.writing.tracebacks import MAX_CHARS, MAX_GROUP_DEPTH, traceback_of


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text for you")


def recurse(depth: int) -> None:
    """Fail deep in the stack, by two functions in turn, whose lines Python does not fold."""
    if depth == 0:
        raise ValueError("deep")
    recurse_again(depth - 1)


def recurse_again(depth: int) -> None:
    """Go on."""
    recurse(depth)


def caught(depth: int) -> ValueError:
    """Return an error with a long traceback."""
    try:
        recurse(depth)
    except ValueError as error:
        return error
    raise AssertionError("nothing was raised")


def test_a_long_traceback_is_cut_in_its_middle() -> None:
    """How it began and what failed in the end stay, and how much is left out is told."""
    text = traceback_of(caught(sys.getrecursionlimit() // 3))
    assert len(text) < MAX_CHARS + 100
    assert text.startswith("Traceback (most recent call last):")
    assert text.endswith("ValueError: deep")
    assert "characters are left out" in text


def test_a_short_traceback_is_whole() -> None:
    """Nothing is left out of an ordinary one."""
    text = traceback_of(caught(5))
    assert text.count("in recurse_again") == 5
    assert "left out" not in text


def test_an_error_without_a_text_is_told() -> None:
    """An error in the code of the error is no error of the log."""
    assert "Unprintable" in traceback_of(Unprintable())


def test_a_group_that_is_nested_for_ever_is_bounded() -> None:
    """A group in a group in a group is written down to some depth."""
    error: Exception = ValueError("innermost")
    for _ in range(MAX_GROUP_DEPTH * 5):
        error = ExceptionGroup("outer", [error])
    text = traceback_of(error)
    assert len(text) <= MAX_CHARS
    assert "innermost" not in text


def test_a_chain_of_causes_is_whole() -> None:
    """Each cause is told, the first one first."""
    error = ValueError("number 0")
    for number in range(1, 10):
        later = ValueError(f"number {number}")
        later.__cause__ = error
        error = later
    text = traceback_of(error)
    assert text.index("number 0") < text.index("number 9")
    assert text.count("direct cause") == 9
