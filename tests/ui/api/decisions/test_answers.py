"""What the probabilities of a question's answers are told as."""

import pytest

from ui.api.decisions.answers import choice_confidence, score_confidence


@pytest.mark.parametrize(
    ("probabilities", "confidence"),
    [((0.5, 0.5), 0.0), ((0.75, 0.25), 0.5), ((1.0, 0.0, 0.0), 1.0), ((0.4, 0.3, 0.3), 0.1)],
)
def test_confidence_of_a_choice(probabilities: tuple[float, ...], confidence: float) -> None:
    """It is 0 at chance, and 1 where one value is certain."""
    assert choice_confidence(probabilities) == pytest.approx(confidence)


@pytest.mark.parametrize(
    ("probabilities", "confidence"),
    [
        ((0.0, 1.0, 0.0), 1.0),
        ((0.25, 0.5, 0.25), 0.25),
        ((0.5, 0.0, 0.5), 0.0),
        ((0.5, 0.5), 0.0),
    ],
)
def test_confidence_of_a_score(probabilities: tuple[float, ...], confidence: float) -> None:
    """It is 1 where one level is certain, and never less than 0."""
    assert score_confidence(probabilities) == pytest.approx(confidence)


@pytest.mark.parametrize("probabilities", [(0.1, 0.2, 0.7), (0.3, 0.4, 0.3), (0.9, 0.1, 0.0)])
def test_confidence_is_that_of_transformers(probabilities: tuple[float, ...]) -> None:
    """Its decision pipeline gives the same for the same probabilities."""
    from transformers.decision.template_utils import Question

    named = ["0", "1", "2"]
    choice = Question("q", "choice", "", named, named, ["", "", ""]).answer(list(probabilities))
    score = Question("q", "score", "", named, named, ["", "", ""]).answer(list(probabilities))
    assert choice_confidence(probabilities) == pytest.approx(choice["confidence"])
    assert score_confidence(probabilities) == pytest.approx(score["confidence"])
