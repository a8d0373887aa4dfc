"""Typed questions: their prompts, and what the probabilities of their labels mean."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.tasks.declaration import TaskTable
from inference.tasks.tasks_file import shipped_task
from inference.tasks.typed_task import MAX_RECORDED, TypedTask, answer_fields
from inference.types import Message


def a_task(**table: Any) -> TypedTask:
    """Return a task of a table."""
    return TypedTask.declared("mood", TaskTable.model_validate({"instructions": "Judge.", **table}))


def test_a_prompt_ends_with_the_text() -> None:
    """The text comes last and unchanged, after the instructions and the examples with their words."""
    task = a_task(type="choice", labels=["good", "bad"], examples=[["fine", "good"], ["poor", "bad"]])
    assert task.first_prompt("  fine {0} ") == [
        Message("system", "Judge."),
        Message("user", "fine"),
        Message("assistant", "good"),
        Message("user", "poor"),
        Message("assistant", "bad"),
        Message("user", "  fine {0} "),
    ]


def test_the_examples_of_the_sentiment_are_balanced() -> None:
    """Both words have the same number of examples, so that neither is preferred for its frequency."""
    task = shipped_task("sentiment")
    words = [word for _, word in task.examples]
    assert {word: words.count(word) for word in words} == {"positive": 2, "negative": 2}


@pytest.mark.parametrize(("positive", "label"), [(0.9, "正面"), (0.1, "负面"), (1.0, "正面"), (0.0, "负面")])
def test_the_more_probable_word_wins(positive: float, label: str) -> None:
    """The record has the value of that word's label."""
    assert shipped_task("sentiment").answer((positive, 1 - positive)).label == label


@given(st.floats(0, 1))
def test_the_confidence_is_the_probability_of_the_answer(positive: float) -> None:
    """Of two labels it is at least one half."""
    answer = shipped_task("sentiment").answer((positive, 1 - positive))
    assert answer.confidence == max(positive, 1 - positive) >= 0.5
    assert answer.probabilities == {"正面": positive, "负面": 1 - positive}


def test_a_choice_records_its_largest_probabilities() -> None:
    """Of many labels, those that hardly count are left out; the largest comes first."""
    task = a_task(type="choice", labels=[f"word{number}" for number in range(20)])
    probabilities = [number / 190 for number in range(20)]
    fields = answer_fields(task.answer(probabilities))
    assert fields["label"] == "word19"
    assert fields["confidence"] == 0.1
    recorded = fields["probabilities"]
    assert isinstance(recorded, dict)
    assert list(recorded) == [f"word{number}" for number in range(19, 19 - MAX_RECORDED, -1)]


def test_a_predicate_tells_how_probably_it_is_true() -> None:
    """Its words are Yes and No unless the file names others; its values are true and false."""
    task = a_task(type="predicate")
    assert task.words == ("Yes", "No")
    assert answer_fields(task.answer((0.25, 0.75))) == {
        "label": "false",
        "confidence": 0.75,
        "probability": 0.25,
    }
    assert a_task(type="predicate", labels=["对", "错"]).answer((0.9, 0.1)).label == "true"


def test_a_score_is_an_expectation() -> None:
    """Each number counts as much as it is probable."""
    task = a_task(type="score", lowest=0, highest=2)
    assert task.words == ("0", "1", "2")
    fields = answer_fields(task.answer((0.25, 0.25, 0.5)))
    assert fields == {"label": "2", "confidence": 0.5, "score": 1.25}
    named = a_task(type="score", lowest=3, highest=4, labels=["low", "high"])
    assert named.answer((0.5, 0.5)).score == 3.5


@pytest.mark.parametrize(("probabilities", "is_unsure"), [((0.69, 0.31), True), ((0.7, 0.3), False)])
def test_an_answer_below_the_limit_is_unsure(probabilities: tuple[float, float], is_unsure: bool) -> None:
    """The record says so where it is, and says nothing where it is not."""
    task = a_task(type="choice", labels=["good", "bad"], unsure_below=0.7)
    answer = task.answer(probabilities)
    assert answer.is_unsure is is_unsure
    assert answer_fields(answer).get("unsure") == (True if is_unsure else None)


def test_a_task_has_names_for_people() -> None:
    """What the file does not name in a language keeps the name of the records."""
    labels = [{"word": "a", "value": "x", "en": "An X", "zh": "某"}, "b"]
    task = a_task(type="choice", labels=labels, en="Mood")
    assert task.texts("en") == {"task_mood": "Mood", "label_x": "An X"}
    assert task.texts("zh") == {"label_x": "某"}
