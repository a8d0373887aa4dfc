"""The app as the benchmark asks it, with a fake model."""

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.decisions.ours import Asked
from benchmarks.decisions.questions import SENTIMENT
from benchmarks.decisions.sets import Labelled
from benchmarks.decisions_bench import quality, speed
from tests.ui.api.served_api import ServedApi, served_api

SETS = {"sst2": [Labelled("A good film.", True), Labelled("A bad film.", False)]}


class Fixed:
    """A contender in this process that always says positive."""

    def call(self, method: str, *arguments: Any) -> Any:
        """Answer as the methods of the peer and of the task do."""
        return {"ask": ("positive", 1.0), "label": "positive", "per_second": 2.0}[method]


@pytest.fixture(scope="module")
def api() -> Iterator[ServedApi]:
    """The API with a fake model, which finds every text positive."""
    with served_api(max_per_client=32) as served:
        yield served


def test_questions_are_asked_over_http(api: ServedApi) -> None:
    """The answers come with their time."""
    (answer,), ms = Asked(api.url).ask("A film.", [SENTIMENT])
    assert answer["choice"] == "positive"
    assert ms > 0


def test_the_figures_of_the_benchmark(api: ServedApi, capsys: pytest.CaptureFixture[str]) -> None:
    """Each has its name; labels are counted that are those of the task, and limits are printed."""
    asked, fixed = Asked(api.url), Fixed()
    figures = quality(asked, fixed, fixed, SETS) | speed(asked, fixed, SETS, 1)  # type: ignore[arg-type]
    assert (figures["accuracy_sst2"], figures["peer_accuracy_sst2"]) == (0.5, 0.5)
    assert figures.keys() == {
        *("accuracy_sst2", "peer_accuracy_sst2", "made_up_accuracy_sst2", "decision_ms", "peer_decision_ms"),
        *("ten_questions_ratio", "texts_per_second_16", "peer_texts_per_second"),
    }
    assert all(figures[name] > 0 for name in ("decision_ms", "ten_questions_ratio", "texts_per_second_16"))
    printed = capsys.readouterr().out
    assert "2 of 2 labels of /v1/decisions are those of the sentiment task." in printed
    assert "| unsure_below " in printed
