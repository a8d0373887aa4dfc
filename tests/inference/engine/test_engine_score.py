"""Tests of `Engine.prepare_score()` with a model that needs no weights."""

import random
import threading
from collections.abc import Sequence
from queue import SimpleQueue

import pytest

from inference.engine.engine import Engine
from inference.errors import InputError, RequestCancelled
from inference.types import Finished, Message, Question, Score
from tests.fakes import FakeModel
from tests.inference.asking import ask_score
from tests.inference.doubles import running_engine
from tests.inference.engine.test_engine_stateful import Chained

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


@pytest.mark.parametrize("labels", [("good", "good"), ("good",), ("", "good")])
def test_labels_that_do_not_differ(labels: tuple[str, ...]) -> None:
    """Labels that are no choice are refused, by an error that names them."""
    model = FakeModel()
    with running_engine(model) as engine, pytest.raises(InputError, match="choose other words") as caught:
        ask_score(engine, HI, labels)
    assert caught.value.code == "same_labels"
    assert model.passes == 0


def test_labels_that_part_late_are_read_up_to_there() -> None:
    """Each place where they part is a pass of its own, in which only what is new is read."""
    model = FakeModel(score_for="b")
    with running_engine(model) as engine:
        score = ask_score(engine, [Message("user", "hello")], ("bad", "better", "good"))
    assert model.passes == 2
    assert sum(score.probabilities) == pytest.approx(1)
    assert score.probabilities[0] + score.probabilities[1] > 0.9
    assert score.usage.prompt_tokens == len("user:hello\n") + 1


def scores_of(engine: Engine, questions: Sequence[Question]) -> list[Score]:
    """Ask questions with one request; return their scores."""
    results = SimpleQueue[Score | Finished]()
    engine.submit([engine.prepare_score([*map(engine.tokenize, questions)], results.put)])
    *scores, end = [results.get(timeout=60) for _ in range(len(questions) + 1)]
    assert end == Finished()
    return [score for score in scores if isinstance(score, Score)]


def test_questions_about_one_text_share_its_reading() -> None:
    """The scores come in the order of the questions; the ends of all further ones are read in one pass."""
    model, text = FakeModel(), "t" * 100
    questions = [Question([Message("user", f"{text} {ask}?")], LABELS) for ask in ("good", "great", "bad")]
    with running_engine(model) as engine:
        scores = scores_of(engine, questions)
    assert model.passes == 2
    assert model.prompts == [f"user:{text} {ask}?\n" for ask in ("good", "great", "bad")]
    whole = len(f"user:{text} good?\n")
    both = whole + len("great?\n") + len("bad?\n")
    assert [score.usage.prompt_tokens for score in scores] == [whole, both, both]


@pytest.mark.parametrize("pass_tokens", [1, 7, 16, 1000])
def test_questions_asked_together_have_the_answers_of_each_alone(pass_tokens: int) -> None:
    """Whatever they share, whatever of it a pass takes, and wherever their labels part."""
    draw = random.Random(1)
    asks = ["is it", "is it good", "is it good and cheap, or not", "was it", "x" * 30, "", "is it"]
    labels = [("yes", "no"), ("very good", "very bad", "bad"), ("good", "good enough"), ("a", "b", "bc")]
    texts = [f"{letter * count} " for letter in "tu" for count in (1, 5, 60)]
    questions = [
        Question([Message("user", draw.choice(texts) + draw.choice(asks))], draw.choice(labels))
        for _ in range(60)
    ] + [Question([Message("user", texts[2] + ask)], each) for ask in asks for each in labels]
    model = Chained()
    model.pass_tokens = pass_tokens
    with running_engine(model) as engine:
        together = scores_of(engine, questions)
        alone = [scores_of(engine, [question])[0] for question in questions]
    assert [score.probabilities for score in together] == [score.probabilities for score in alone]


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
