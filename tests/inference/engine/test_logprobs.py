"""Tests of `inference.engine.logprobs`, alone and in replies of the engine."""

import math

import pytest
import torch

from inference.engine.logprobs import Logprobs
from inference.types import Message, Sampling, TokenLogprob
from tests.fakes import END_ID, FakeModel
from tests.inference.asking import ask_stream
from tests.inference.doubles import running_engine

HI = [Message("user", "hi")]


def name(token: int) -> bytes:
    """Return a letter for each token."""
    return bytes([ord("a") + token])


def test_logprobs_are_those_of_the_model() -> None:
    """A token has the natural logarithm of its probability, and beside it the most probable ones."""
    logprobs = Logprobs(2, name)
    logprobs.add(torch.tensor([0.5, 0.2, 0.3]).log(), 1, "b")
    (told,) = logprobs.take("b")
    assert (told.text, told.content) == ("b", b"b")
    assert told.logprob == pytest.approx(math.log(0.2))
    assert [each.text for each in told.top] == ["a", "c"]
    assert [each.logprob for each in told.top] == pytest.approx([math.log(0.5), math.log(0.3)])


def test_a_token_goes_with_the_text_that_it_begins() -> None:
    """Tokens whose text is held back wait for it, and those of a stop string are never told."""
    logprobs = Logprobs(0, name)
    for token, text in enumerate(["x", "", "yz", "END"]):
        logprobs.add(torch.zeros(5), token, text)
    assert logprobs.take("") == ()
    assert [each.text for each in logprobs.take("x")] == ["a"]
    assert [each.text for each in logprobs.take("yz")] == ["b", "c"]
    assert logprobs.take("") == ()


def test_part_of_a_character_is_told_at_once() -> None:
    """A token that completes no text is told with the chunk that it makes, where nothing is held back."""
    logprobs = Logprobs(0, lambda token: "好".encode()[token : token + 1])
    logprobs.add(torch.zeros(5), 0, "")
    (told,) = logprobs.take("")
    assert (told.text, told.content) == ("\ufffd", b"\xe5")


def test_a_reply_tells_none_unless_it_is_asked() -> None:
    """Chunks have no log probabilities by default."""
    with running_engine(FakeModel("hi")) as engine:
        chunks = list(ask_stream(engine, HI, Sampling(temperature=0.0)))
    assert [chunk.logprobs for chunk in chunks] == [(), (), ()]


def test_a_reply_tells_its_tokens() -> None:
    """Each chunk has its token, of the distribution before temperature and penalties; the end has none."""
    sampling = Sampling(temperature=0.5, repetition_penalty=1.3, top_logprobs=2, seed=1)
    with running_engine(FakeModel("hi")) as engine:
        chunks = list(ask_stream(engine, HI, sampling))
    assert [[told.text for told in chunk.logprobs] for chunk in chunks] == [["h"], ["i"], []]
    (first,) = chunks[0].logprobs
    others = END_ID - 1  # of logit 0, beside one of 10 and one of 3
    expected = 10 - math.log(math.exp(10) + math.exp(3) + others)
    assert first.logprob == pytest.approx(expected, abs=1e-5)
    assert [(told.text, told.logprob) for told in first.top] == [
        ("h", first.logprob),
        ("p", pytest.approx(expected - 7, abs=1e-5)),
    ]


def test_a_reply_tells_nothing_of_its_stop_string() -> None:
    """The tokens of a stop string are not told, those that were held back before it are."""
    sampling = Sampling(temperature=0.0, top_logprobs=0, stop=("lo",))
    with running_engine(FakeModel("hello")) as engine:
        chunks = list(ask_stream(engine, HI, sampling))
    told = [each for chunk in chunks for each in chunk.logprobs]
    assert "".join(chunk.text for chunk in chunks) == "".join(each.text for each in told) == "hel"
    assert all(isinstance(each, TokenLogprob) and each.top == () for each in told)
