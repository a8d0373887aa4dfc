"""Tests of `Engine.prepare_score()` with a model that needs no weights."""

import threading

import pytest

from inference.errors import InputError, RequestCancelled
from inference.types import Message
from tests.fakes import FakeModel
from tests.inference.asking import ask_score
from tests.inference.doubles import running_engine

HI = [Message("user", "hi")]
LABELS = ("positive", "negative")


@pytest.mark.parametrize(("favourite", "best"), [("positive", 0), ("negative", 1)])
def test_score_is_a_distribution(favourite: str, best: int) -> None:
    """The probabilities are in the order of the labels, sum to 1, and are larger for the likelier label."""
    model = FakeModel(score_for=favourite)
    with running_engine(model) as engine:
        score = ask_score(engine, HI, LABELS)
    assert sum(score.probabilities) == pytest.approx(1)
    assert score.probabilities[best] == max(score.probabilities) > 0.9
    assert (score.usage.prompt_tokens, score.usage.output_tokens) == (len("user:hi\n"), 0)
    assert score.queue_wait_ms >= 0
    assert model.passes == 1


def test_shared_beginning_of_labels_joins_the_prompt() -> None:
    """Labels are compared at the first token in which they differ."""
    model = FakeModel(score_for="positive")
    with running_engine(model) as engine:
        score = ask_score(engine, HI, ("it is negative", "it is positive"))
    assert model.prompts == ["user:hi\nit is "]
    assert score.probabilities[1] > score.probabilities[0]


@pytest.mark.parametrize(
    "labels", [("good", "good"), ("good", "goodness"), ("good", "bad", "better"), ("", "good")]
)
def test_labels_that_do_not_differ(labels: tuple[str, ...]) -> None:
    """Labels of which two have the same next token are refused."""
    model = FakeModel()
    with running_engine(model) as engine, pytest.raises(ValueError, match="labels must differ"):
        ask_score(engine, HI, labels)
    assert model.passes == 0


def test_cancelled_score() -> None:
    """A score that is cancelled before its pass is a RequestCancelled."""
    model, cancelled = FakeModel(), threading.Event()
    cancelled.set()
    with running_engine(model) as engine, pytest.raises(RequestCancelled):
        ask_score(engine, HI, LABELS, cancelled.is_set)
    assert model.passes == 0


def test_too_long_text_is_refused() -> None:
    """A prompt that does not fit into the context is an error that names both numbers."""
    model = FakeModel()
    with running_engine(model) as engine, pytest.raises(InputError, match="are allowed") as caught:
        ask_score(engine, [Message("user", "x" * 5000)], LABELS)
    assert caught.value.code == "too_many_tokens"
    assert model.passes == 0
