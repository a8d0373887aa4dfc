"""The answers of `POST /v1/decisions`, made of the probabilities of each question's answers.

`confidence` is 0 where all answers are equally probable, and 1 where one is certain. The formulas are those
of transformers' decision pipeline (`Question.answer` in `transformers/decision/template_utils.py`).
"""

from collections.abc import Sequence
from typing import Any

from inference.tasks.decision import expectation
from inference.types import Usage
from ui.api.decisions.request import AnyQuestion, ChoiceQuestion, Predicate


def answer(question: AnyQuestion, probabilities: Sequence[float] | None) -> dict[str, Any]:
    """Return the answer to a question; a refusal where it could not be asked."""
    told: dict[str, Any] = {"type": question.type, "name": question.name}
    if probabilities is None:
        return told | {"type": "refusal"}
    if isinstance(question, Predicate):
        return told | {"probability": probabilities[0]}
    best = probabilities.index(max(probabilities))
    if isinstance(question, ChoiceQuestion):
        values = [choice.value for choice in question.choices]
        return told | {
            "choice": values[best],
            "confidence": choice_confidence(probabilities),
            "probabilities": [
                {"value": value, "probability": probability}
                for value, probability in zip(values, probabilities, strict=True)
            ],
        }
    return told | {
        "score": expectation(probabilities),
        "confidence": score_confidence(probabilities),
        "probabilities": [
            {"label": level.label, "value": value, "probability": probability}
            for value, (level, probability) in enumerate(zip(question.levels, probabilities, strict=True))
        ],
    }


def choice_confidence(probabilities: Sequence[float]) -> float:
    """Return how far the best probability is from chance, as a share of how far it could be."""
    chance = 1 / len(probabilities)
    return max(0.0, (max(probabilities) - chance) / (1 - chance))


def score_confidence(probabilities: Sequence[float]) -> float:
    """Return how near the levels lie to the best one, beside a scale on which all are equally probable.

    The mean distance of the latter is measured from its middle.
    """
    count, best = len(probabilities), probabilities.index(max(probabilities))
    distance = sum(probability * abs(level - best) for level, probability in enumerate(probabilities))
    uniform = sum(abs(level - (count - 1) / 2) for level in range(count)) / count
    return max(0.0, 1 - distance / uniform)


def usage_of(usages: Sequence[Usage]) -> dict[str, Any]:
    """Return the tokens of a call; nothing is generated, and nothing is kept of it."""
    read = sum(usage.prompt_tokens for usage in usages)
    written = sum(usage.output_tokens for usage in usages)
    cached = sum(usage.cached_tokens for usage in usages)
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": read + written,
    }
