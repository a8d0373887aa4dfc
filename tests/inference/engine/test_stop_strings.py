"""Tests of `inference.engine.stop_strings`, alone and in replies of the engine."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engine.stop_strings import StopStrings
from inference.types import Message, Sampling
from tests.fakes import FakeModel
from tests.inference.asking import ask_reply, ask_stream
from tests.inference.doubles import SteppedModel, running_engine

HI = [Message("user", "hi")]


def sampling(*stop: str, limit: int = 100) -> Sampling:
    """Return how a reply is drawn that ends at some texts."""
    return Sampling(temperature=0.0, repetition_penalty=1.0, max_new_tokens=limit, stop=stop)


def sent(stops: list[str], pieces: list[str]) -> tuple[list[str], bool]:
    """Return what is sent after each piece of a reply, and whether it was ended by a stop string."""
    held = StopStrings(stops)
    texts = []
    for piece in pieces:
        text, is_stopped = held.step(piece)
        texts.append(text)
        if is_stopped:
            return texts, True
    return [*texts, held.rest()], False


def test_what_may_begin_a_stop_string_is_held_back() -> None:
    """Text goes on at once where it cannot begin a stop string, else when the next text decides it."""
    assert sent(["END"], ["a", "E", "N", "x", "E"]) == (["a", "", "", "ENx", "", "E"], False)


def test_nothing_of_a_stop_string_is_sent() -> None:
    """A stop string that comes in pieces, with text before and after it, ends the reply before itself."""
    assert sent(["END"], ["one E", "N", "D two"]) == (["one ", "", ""], True)


def test_the_first_of_several_stop_strings_counts() -> None:
    """The reply ends at the stop string that begins first, whichever is named first."""
    assert sent(["cd", "b"], ["abcd"]) == (["a"], True)
    assert sent(["b", "ab"], ["ab"]) == ([""], True)


def test_a_stop_string_that_overlaps_itself_is_found() -> None:
    """A false beginning keeps nothing from being the beginning of the real one."""
    assert sent(["aab"], ["a", "a", "a", "b"]) == (["", "", "a", ""], True)


@given(
    st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=3),
    st.lists(st.text("abc", max_size=3), max_size=12),
)
def test_pieces_make_no_difference(stops: list[str], pieces: list[str]) -> None:
    """What is sent is the reply up to its first stop string, however it was cut into pieces."""
    whole = "".join(pieces)
    texts, is_stopped = sent(stops, pieces)
    ends = [whole.find(stop) for stop in stops if stop in whole]
    assert is_stopped == bool(ends)
    if not ends:
        assert "".join(texts) == whole
    else:
        # A longer stop string may begin before a shorter one that is complete earlier.
        assert whole.startswith("".join(texts))
        assert not any(stop in "".join(texts) for stop in stops)


def test_a_reply_ends_at_its_stop_string() -> None:
    """The engine ends the reply with `stop`, and reads no token further."""
    model = FakeModel("one, two, three")
    with running_engine(model) as engine:
        chunks = list(ask_stream(engine, HI, sampling(", th")))
    assert "".join(chunk.text for chunk in chunks) == "one, two"
    assert [chunk.finish_reason for chunk in chunks][-2:] == [None, "stop"]
    assert model.passes == chunks[-1].usage.output_tokens == len("one, two, th")


@pytest.mark.parametrize(("limit", "reason"), [(100, "stop"), (3, "length")])
def test_what_was_held_back_is_sent_at_the_end(limit: int, reason: str) -> None:
    """A reply that ends within the beginning of a stop string is whole."""
    with running_engine(FakeModel("abc")) as engine:
        chunk = ask_reply(engine, HI, sampling("cd", limit=limit))
    assert (chunk.text, chunk.finish_reason) == ("abc", reason)


def test_what_was_held_back_is_sent_when_the_reply_is_cancelled() -> None:
    """The last chunk of a reply that is cancelled has the text that was still undecided."""
    model, cancelled = SteppedModel("abc"), threading.Event()
    with running_engine(model) as engine:
        chunks = ask_stream(engine, HI, sampling("bcX"), cancelled.is_set)
        model.allow(2)
        assert [next(chunks).text, next(chunks).text] == ["a", ""]
        for _ in range(3):
            model.await_pass()
        cancelled.set()
        model.allow()
        *_, last = chunks
    assert (last.text, last.finish_reason) == ("bc", "cancelled")
