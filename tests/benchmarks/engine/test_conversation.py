"""The measurements of long conversations, with a model that needs no weights."""

import pytest

from benchmarks.engine.conversation import (
    VISITORS,
    Turn,
    ask,
    converse,
    is_trimmed,
    summary,
    visit_at_once,
)
from tests.fakes import FakeModel
from tests.inference.serving import serving


def turns_of(*figures: tuple[int, float]) -> list[Turn]:
    """Return turns with these prompt tokens and times to first token."""
    return [Turn(tokens, 0, ttft_ms, "") for tokens, ttft_ms in figures]


def test_a_conversation_has_its_whole_history() -> None:
    """Each turn has the text of its reply, and the prompts grow until they are cut."""
    with serving(FakeModel("hello"), context_tokens=700, max_new_tokens=20) as served:
        turns = converse(served.service, 30)
    assert [turn.text for turn in turns] == ["hello"] * 30
    assert any(is_trimmed(turns))
    assert turns[4].prompt_tokens > turns[2].prompt_tokens > turns[0].prompt_tokens
    assert all(turn.ttft_ms > 0 for turn in turns)


def test_the_figures_leave_out_turns_whose_history_was_cut() -> None:
    """A shorter prompt than before is a cut, whose time is not compared with the median."""
    turns = turns_of((10, 100), (20, 100), (30, 200), (15, 5000), (25, 100))
    assert is_trimmed(turns) == [False, False, False, True, False]
    assert summary(turns) == {"ttft_p50_ms": 100, "ttft_max_over_median_untrimmed": 2.0, "trims": 1.0}


def test_all_visitors_are_answered_at_once() -> None:
    """The peaks of memory are those while all are answered; each visitor has a conversation of its own."""
    model = FakeModel("hello" * 50)
    with serving(model, max_batch=VISITORS) as served:
        found = visit_at_once(served.service, served.engine)
        assert found["rss_peak_mb"] > 0
    assert len({prompt for prompt in model.prompts if "Remember" in prompt}) == VISITORS


def test_a_reply_that_fails_ends_the_benchmark() -> None:
    """No figure is made of an error."""
    with serving(FakeModel(fail_after=0)) as served, pytest.raises(RuntimeError, match="fails as asked"):
        ask(served.service, "hi", [], "session")
