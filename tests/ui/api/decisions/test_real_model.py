"""Typed questions of OpenAI's client to the app as its users run it, with a real model."""

from typing import Any

import httpx2
import pytest
from openai import OpenAI

from tests.conftest import SMALL_MODEL
from tests.running_app import RunningApp

NAMED: Any = {
    "type": "choice",
    "name": "sentiment",
    "instructions": "What is the sentiment?",
    "choices": [{"value": "正面"}, {"value": "负面"}],
}
MADE_UP: Any = [
    {"type": "predicate", "instructions": "Is it about food?"},
    {"type": "choice", "instructions": "Where?", "choices": [{"value": "at home"}, {"value": "at work"}]},
    {"type": "score", "instructions": "How warm?", "levels": [{"label": "very cold"}, {"label": "very hot"}]},
]


@pytest.mark.model
def test_questions_are_answered_by_a_real_model(small_app: RunningApp) -> None:
    """Probabilities sum to 1, the task is answered as itself, and each kind leaves its record."""
    small_app.wait_for_model()
    http = httpx2.Client(trust_env=False)
    with OpenAI(base_url=f"{small_app.url}/v1", api_key="none", http_client=http, timeout=120) as client:
        decision = client.decisions.create(
            model=SMALL_MODEL, input="The soup was cold.", questions=[NAMED, *MADE_UP]
        )
    named, about, where, warm = decision.answers
    assert (named.type, about.type, where.type, warm.type) == ("choice", "predicate", "choice", "score")
    for answer in (named, where, warm):
        assert answer.type in ("choice", "score")
        assert sum(each.probability for each in answer.probabilities) == pytest.approx(1)
    small_app.wait_until(lambda: len(small_app.tasks()) == 2, 20, "both records are written")
    (sentiment,), (record,) = small_app.tasks("sentiment"), small_app.tasks("decision")
    assert named.type == "choice"
    assert sentiment["label"] == named.choice
    assert (record["questions"], record["source"]) == (3, "api")
