"""Tests of `inference.engine.sampler`."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inference.engine.sampler import Sampler
from inference.types import Sampling

logit_lists = st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=30)
seeds = st.integers(0, 2**32)


def draw_many(
    sampling: Sampling, logits: list[float], count: int, prompt: list[int] | None = None
) -> list[int]:
    """Draw tokens one after another from the same logits."""
    sampler = Sampler(sampling, prompt or [])
    return [sampler.draw(torch.tensor(logits)) for _ in range(count)]


@given(logit_lists, seeds, st.floats(0.01, 2), st.integers(0, 40), st.floats(0, 1))
def test_same_seed_draws_the_same(
    logits: list[float], seed: int, temperature: float, top_k: int, top_p: float
) -> None:
    """Two samplers with the same seed draw the same tokens, each of them in the vocabulary."""
    sampling = Sampling(temperature, top_p, top_k, 1.05, seed=seed)
    drawn = draw_many(sampling, logits, 8)
    assert drawn == draw_many(sampling, logits, 8)
    assert all(0 <= token < len(logits) for token in drawn)


@given(logit_lists, seeds, st.integers(1, 40))
def test_drawn_token_is_among_the_top_k(logits: list[float], seed: int, top_k: int) -> None:
    """A drawn token's logit is never below the k-th largest one."""
    sampling = Sampling(temperature=2.0, top_p=1.0, top_k=top_k, repetition_penalty=1.0, seed=seed)
    threshold = sorted(logits, reverse=True)[: max(top_k, 1)][-1]
    for token in draw_many(sampling, logits, 8):
        assert logits[token] >= threshold


@given(logit_lists, st.one_of(st.none(), seeds), st.integers(0, 40), st.floats(0, 1))
def test_greedy_is_the_largest(logits: list[float], seed: int | None, top_k: int, top_p: float) -> None:
    """Temperature 0 always takes a token with the largest logit."""
    sampling = Sampling(0.0, top_p, top_k, repetition_penalty=1.0, seed=seed)
    for token in draw_many(sampling, logits, 3):
        assert logits[token] == max(logits)


@given(logit_lists, seeds)
def test_top_p_of_zero_keeps_the_best(logits: list[float], seed: int) -> None:
    """However small the kept share is, the best token stays."""
    sampling = Sampling(2.0, top_p=0.0, top_k=0, repetition_penalty=1.0, seed=seed)
    assert {logits[token] for token in draw_many(sampling, logits, 5)} == {max(logits)}


@given(seeds)
def test_top_p_cuts_the_tail(seed: int) -> None:
    """Tokens behind the kept share of probability are never drawn."""
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().tolist()
    sampling = Sampling(1.0, top_p=0.7, top_k=0, repetition_penalty=1.0, seed=seed)
    assert set(draw_many(sampling, logits, 20)) <= {0, 1}


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_frequencies_follow_the_temperature(temperature: float) -> None:
    """Each token is drawn as often as its probability, raised to 1 / temperature, says."""
    probabilities = torch.tensor([0.6, 0.3, 0.1])
    sampling = Sampling(temperature, top_p=1.0, top_k=0, repetition_penalty=1.0, seed=1)
    drawn = draw_many(sampling, probabilities.log().tolist(), 3000)
    shares = torch.bincount(torch.tensor(drawn), minlength=3) / len(drawn)
    expected = probabilities ** (1 / temperature)
    assert torch.allclose(shares, expected / expected.sum(), atol=0.03)


def test_seeds_differ() -> None:
    """Different seeds, and samplers without a seed, draw different tokens."""
    flat = [0.0] * 100
    drawn = [draw_many(Sampling(1.0, 1.0, 0, 1.0, seed=seed), flat, 20) for seed in (1, 2, None, None)]
    assert len({tuple(tokens) for tokens in drawn}) == 4


def test_prompt_tokens_are_penalized() -> None:
    """A token of the prompt becomes less likely, whichever sign its logit has."""
    greedy = Sampling(temperature=0.0, repetition_penalty=2.0)
    assert draw_many(greedy, [1.0, 0.9], 1, prompt=[0]) == [1]
    assert draw_many(greedy, [-1.0, -1.1], 1, prompt=[0]) == [1]


def test_drawn_tokens_are_penalized() -> None:
    """A token that was drawn becomes less likely in the next draw."""
    assert draw_many(Sampling(temperature=0.0, repetition_penalty=2.0), [1.0, 0.9], 3) == [0, 1, 0]


def test_logits_stay_untouched() -> None:
    """The caller's logits are the same after a draw."""
    logits = torch.tensor([2.0, -1.0, 0.5])
    Sampler(Sampling(0.5, 0.5, 2, 1.5, seed=3), [0, 1]).draw(logits)
    assert logits.tolist() == [2.0, -1.0, 0.5]


def test_each_repetition_is_penalized() -> None:
    """`frequency_penalty` takes as much for each time a token was drawn, and leaves the prompt alone."""
    sampling = Sampling(temperature=0.0, repetition_penalty=1.0, frequency_penalty=0.4)
    assert draw_many(sampling, [1.0, 0.5], 5, prompt=[0, 0]) == [0, 0, 1, 0, 1]


def test_presence_is_penalized_once() -> None:
    """`presence_penalty` is the same however often a token was drawn; a negative one adds."""
    plain = Sampling(temperature=0.0, repetition_penalty=1.0)
    assert draw_many(replace(plain, presence_penalty=0.4), [1.0, 0.7, 0.0], 4) == [0, 1, 0, 0]
    assert draw_many(replace(plain, presence_penalty=-0.4), [1.0, 0.7], 3) == [0, 0, 0]


@pytest.mark.parametrize("temperature", [5e-324, 1e-40, 1e-6])
def test_a_tiny_temperature_is_greedy(temperature: float) -> None:
    """A temperature by which no logit can be divided takes the most probable token."""
    assert draw_many(Sampling(temperature, seed=1), [20.0, 19.0], 3) == [0, 0, 0]
