"""The measurements of the engine's benchmark, with a model that needs no weights."""

from collections.abc import Sequence

import pytest
import torch

from benchmarks.engine.divergence import TOKENS, divergence
from benchmarks.engine.ours import engine_figures, first_token, second_turn
from benchmarks.engine.prompts import PROMPTS
from inference.model.batch import SequenceSlice
from inference.tasks.chat import Chat
from inference.tasks.tasks_file import shipped_task
from tests.fakes import END_ID, FakeModel
from tests.inference.doubles import running_engine


class Counting(FakeModel):
    """Count the tokens of each pass."""

    def __init__(self) -> None:
        super().__init__("x" * 100)
        self.sizes: list[int] = []

    def forward(self, parts: Sequence[SequenceSlice]) -> list[torch.Tensor | None]:
        self.sizes.append(sum(len(part.tokens) for part in parts))
        return super().forward(parts)


def test_prompts_are_forty_different_ones() -> None:
    """Half of the prompts are English, and half are Chinese."""
    assert len(set(PROMPTS)) == 40
    assert sum(any("\u4e00" <= character <= "\u9fff" for character in prompt) for prompt in PROMPTS) == 20


def test_every_figure_is_measured() -> None:
    """Each figure is a positive number with its expected name."""
    with running_engine(FakeModel("x" * 100)) as engine:
        figures = engine_figures(engine, 1)
    assert set(figures) == {
        "ttft_plain_ms",
        "ttft_with_sentiment_ms",
        "four_streams_tps",
        "four_streams_ttft_p50_ms",
        "four_streams_fifo_tps",
        "four_long_streams_tps",
        "four_long_streams_fifo_tps",
        "turn2_ttft_reused_ms",
        "turn2_ttft_fresh_ms",
    }
    assert all(figure > 0 for figure in figures.values())


@pytest.mark.parametrize("with_sentiment", [False, True])
def test_the_label_is_read_in_the_first_pass_of_the_reply(with_sentiment: bool) -> None:
    """The first pass holds the prompt of the reply, and that of the sentiment if it is asked for."""
    model = Counting()
    with running_engine(model) as engine:
        first_token(engine, "hi", with_sentiment)
    label = len(model.encode_chat(shipped_task("sentiment").first_prompt("hi"))) if with_sentiment else 0
    assert model.sizes[0] == len(model.encode_chat(Chat.first_prompt("hi"))) + label


def test_a_second_turn_is_cached_or_not() -> None:
    """The history of one conversation was read before, and that of the other one was not."""
    model = Counting()
    with running_engine(model) as engine:
        second_turn(engine, 0)
    history, known, fresh = model.sizes
    assert known < 100 < min(history, fresh)


def test_the_divergence_of_known_distributions() -> None:
    """The divergence from a certain token to two equally likely tokens is log 2."""

    class Even(FakeModel):
        def forward(self, parts: Sequence[SequenceSlice]) -> list[torch.Tensor | None]:
            super().forward(parts)
            logits = torch.full((END_ID + 1,), -1e4)
            logits[[7, 8]] = 0.0
            return [logits for _ in parts]

    sure = torch.full((END_ID + 1,), -1e4)
    sure[7] = 0.0
    tokens = [*b"hi\n", *[7] * TOKENS]
    found = divergence(Even(), [(tokens, sure.expand(TOKENS, -1))])  # type: ignore[arg-type]  # a fake
    assert found == pytest.approx(0.693147, abs=1e-5)
