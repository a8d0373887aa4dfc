"""Tests of `inference.tasks.sentiment`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.tasks.sentiment import Sentiment
from inference.types import Message, Score, Usage


def score(positive: float) -> Score:
    """Return a score of the two words."""
    return Score((positive, 1 - positive), Usage(), 0.0)


def test_prompt_ends_with_the_text() -> None:
    """The text comes last and unchanged, after examples that alternate between user and assistant."""
    prompt = Sentiment.first_prompt("  fine {0} ")
    assert prompt[-1] == Message("user", "  fine {0} ")
    assert [m.role for m in prompt] == ["system", *(["user", "assistant"] * 4), "user"]


def test_examples_are_balanced() -> None:
    """Both words have the same number of examples, so that neither is preferred for its frequency."""
    words = [m.content for m in Sentiment.first_prompt("x") if m.role == "assistant"]
    assert set(words) == set(Sentiment.words)
    assert words.count("positive") == words.count("negative")


@pytest.mark.parametrize(("positive", "label"), [(0.9, "正面"), (0.1, "负面"), (1.0, "正面"), (0.0, "负面")])
def test_more_probable_word_wins(positive: float, label: str) -> None:
    """The label is that of the more probable word."""
    assert Sentiment.from_score(score(positive)).label == label


@given(st.floats(0, 1))
def test_confidence_is_the_winner_probability(positive: float) -> None:
    """The confidence is the larger probability, so at least one half."""
    sentiment = Sentiment.from_score(score(positive))
    assert sentiment.confidence == max(positive, 1 - positive) >= 0.5
    assert sentiment.label in Sentiment.labels
