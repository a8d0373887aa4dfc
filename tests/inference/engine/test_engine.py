"""Tests of `inference.engine.engine` with a model that needs no weights."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.errors import EngineClosed, InputError
from inference.model.batch import SequenceSlice
from inference.types import Caller, Chunk, Message, Sampling
from tests.fakes import FakeModel
from tests.inference.asking import ask_reply, ask_score, ask_stream
from tests.inference.doubles import SteppedModel, make_engine, running_engine
from tests.threads import threads_named

HI = [Message("user", "hi")]
LABELS = ("positive", "negative")
VISITOR = Caller("10.0.0.1", "session")
GREEDY = Sampling(temperature=0.0, max_new_tokens=100)
LONG = Sampling(temperature=0.0, max_new_tokens=16_000)


class PromptHater(FakeModel):
    """A model that fails in passes with a prompt that has `bad` in it."""

    def forward(self, batch: Sequence[SequenceSlice]) -> list[torch.Tensor | None]:
        if any(b"bad" in bytes(sequence.tokens) for sequence in batch):
            raise LookupError("the model does not like this prompt")
        return super().forward(batch)


class OpenedByPrompt(SteppedModel):
    """A model that opens its gate when a prompt with `open` is encoded."""

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        if any("open" in message.content for message in messages):
            self.allow(100_000)
        return super().encode_chat(messages)


def texts(chunks: Sequence[Chunk]) -> str:
    """Join the texts of chunks."""
    return "".join(chunk.text for chunk in chunks)


def test_chunks_carry_their_counters() -> None:
    """Each chunk holds the text that is new and the counters so far."""
    with running_engine(FakeModel("hello")) as engine:
        chunks = list(ask_stream(engine, HI, GREEDY))
    assert [chunk.text for chunk in chunks] == ["h", "e", "l", "l", "o", ""]
    assert [chunk.usage.output_tokens for chunk in chunks] == [1, 2, 3, 4, 5, 6]
    assert {chunk.usage.prompt_tokens for chunk in chunks} == {len("user:hi\n")}
    assert {chunk.usage.cached_tokens for chunk in chunks} == {0}


def test_only_the_last_chunk_has_a_finish_reason() -> None:
    """A reply that the model ends has the finish reason `stop`, in its last chunk alone."""
    with running_engine(FakeModel("hello")) as engine:
        reasons = [chunk.finish_reason for chunk in ask_stream(engine, HI, GREEDY)]
    assert reasons == [None] * 5 + ["stop"]


@pytest.mark.parametrize(
    ("limit", "reply", "reason"), [(1, "h", "length"), (5, "hello", "length"), (6, "hello", "stop")]
)
def test_reply_is_cut_at_the_limit(limit: int, reply: str, reason: str) -> None:
    """A reply of `max_new_tokens` ends with `length`; the token that ends a reply counts as one."""
    model = FakeModel("hello")
    with running_engine(model) as engine:
        chunk = ask_reply(engine, HI, Sampling(temperature=0.0, max_new_tokens=limit))
    assert (chunk.text, chunk.finish_reason) == (reply, reason)
    assert chunk.usage.output_tokens == model.passes == limit


def test_times_fit_together() -> None:
    """The wait is part of the time to first token, which stays the same in each chunk."""
    with running_engine(FakeModel("hello")) as engine:
        chunks = list(ask_stream(engine, HI, GREEDY))
    first = chunks[0]
    assert first.ttft_ms is not None
    assert 0 <= first.queue_wait_ms <= first.ttft_ms
    assert {chunk.ttft_ms for chunk in chunks} == {first.ttft_ms}
    assert first.tokens_per_second is None, "one token has no decode time"
    assert all(c.tokens_per_second is not None and c.tokens_per_second > 0 for c in chunks[1:])


@settings(max_examples=25)
@given(st.text(st.characters(max_codepoint=255, exclude_characters="\n"), max_size=40), st.integers(1, 50))
def test_a_reply_is_the_joined_stream(reply: str, limit: int) -> None:
    """The whole reply has the joined texts and the last counters; its prompt is cached by then."""
    sampling = Sampling(temperature=0.0, repetition_penalty=1.0, max_new_tokens=limit)
    with running_engine(FakeModel(reply)) as engine:
        chunks = list(ask_stream(engine, HI, sampling, caller=VISITOR))
        whole = ask_reply(engine, HI, sampling, VISITOR)
    assert whole.text == texts(chunks) == reply[:limit]
    known = replace(chunks[-1].usage, cached_tokens=whole.usage.prompt_tokens - 1)
    assert (whole.usage, whole.finish_reason) == (known, chunks[-1].finish_reason)


def test_cancelled_before_its_start() -> None:
    """A stream that is already cancelled gives one chunk `cancelled`, and the model runs no pass."""
    model, cancelled = FakeModel(), threading.Event()
    cancelled.set()
    with running_engine(model) as engine:
        (chunk,) = ask_stream(engine, HI, GREEDY, cancelled.is_set)
    assert (chunk.text, chunk.finish_reason, chunk.ttft_ms) == ("", "cancelled", None)
    assert chunk.usage.prompt_tokens == len("user:hi\n")
    assert chunk.usage.output_tokens == model.passes == 0


def test_cancelled_while_it_waits() -> None:
    """A stream that is cancelled behind another never reaches the model, and the other goes on."""
    model, cancelled = SteppedModel(), threading.Event()
    waiting: list[Chunk] = []
    with running_engine(model, max_batch=1) as engine:
        first = ask_stream(engine, HI, GREEDY)
        model.allow(1)
        chunks = [next(first)]
        second = threading.Thread(
            target=lambda: waiting.extend(
                ask_stream(engine, [Message("user", "second")], GREEDY, cancelled.is_set)
            )
        )
        second.start()
        cancelled.set()
        model.allow()
        second.join(30)
        chunks += first
    assert [chunk.finish_reason for chunk in waiting] == ["cancelled"]
    assert texts(chunks) == "hello"
    assert model.prompts == ["user:hi\n"]


def test_cancelled_in_the_middle() -> None:
    """A stream that is cancelled while the model works ends after that pass, before the next token."""
    model, cancelled = SteppedModel(), threading.Event()
    with running_engine(model) as engine:
        stream = ask_stream(engine, HI, GREEDY, cancelled.is_set)
        model.allow(1)
        chunks = [next(stream)]
        model.await_pass()
        model.await_pass()  # the second pass has begun
        cancelled.set()
        model.allow()
        chunks += stream
    assert model.passes == 2
    assert texts(chunks) == "he"
    assert [chunk.finish_reason for chunk in chunks] == [None, None, "cancelled"]
    assert chunks[-1].usage == chunks[-2].usage


def test_closing_the_iterator_stops_the_model() -> None:
    """A caller that closes the iterator stops the model before its next token."""
    model = SteppedModel()
    with running_engine(model) as engine:
        stream = ask_stream(engine, HI, GREEDY)
        model.allow(1)
        next(stream)
        model.await_pass()
        model.await_pass()
        stream.close()  # type: ignore[attr-defined]  # it is a generator
        model.allow()
    assert model.passes == 2


def test_streams_take_turns() -> None:
    """A short reply is done while a long one that began before it is still being decoded."""
    model = OpenedByPrompt("x" * LONG.max_new_tokens)
    with running_engine(model, context_tokens=32_768) as engine:
        long = ask_stream(engine, HI, LONG)
        model.allow(1)
        assert next(long).text == "x"
        short = list(
            ask_stream(engine, [Message("user", "open")], Sampling(temperature=0.0, max_new_tokens=3))
        )
        assert model.passes < LONG.max_new_tokens
        long.close()  # type: ignore[attr-defined]  # it is a generator
    assert texts(short) == "xxx"


def test_score_goes_before_streams() -> None:
    """A score is answered while a stream runs and another waits for it."""
    model = OpenedByPrompt("x" * LONG.max_new_tokens)
    with running_engine(model, max_batch=1, context_tokens=32_768) as engine:
        long = ask_stream(engine, HI, LONG)
        model.allow(1)
        assert next(long).text == "x"
        ask_score(engine, [Message("user", "open")], LABELS)
        assert model.passes < LONG.max_new_tokens
        long.close()  # type: ignore[attr-defined]  # it is a generator


def test_error_reaches_its_caller_alone() -> None:
    """An exception in the model reaches only the caller whose prompt caused it; others are answered."""
    with running_engine(PromptHater("hello")) as engine:
        other = ask_stream(engine, HI, GREEDY)
        chunks = [next(other)]
        with pytest.raises(LookupError, match="does not like"):
            ask_reply(engine, [Message("user", "bad")], GREEDY)
        with pytest.raises(LookupError, match="does not like"):
            ask_score(engine, [Message("user", "bad")], LABELS)
        chunks += other
        assert texts(chunks) == ask_reply(engine, HI, GREEDY).text == "hello"


def test_error_after_some_tokens() -> None:
    """The caller gets the chunks before an exception, then the exception."""
    with running_engine(FakeModel("hello", fail_after=2)) as engine:
        stream = ask_stream(engine, HI, GREEDY)
        assert [next(stream).text, next(stream).text] == ["h", "e"]
        with pytest.raises(RuntimeError, match="fails as asked"):
            next(stream)


def test_close_ends_running_streams() -> None:
    """A stream that runs when the engine is closed ends with `cancelled`, and so does the thread."""
    model = SteppedModel("x" * LONG.max_new_tokens)
    engine = make_engine(model, context_tokens=32_768)
    stream = ask_stream(engine, HI, LONG)
    model.allow(1)
    assert next(stream).finish_reason is None
    closer = threading.Thread(target=engine.close)
    closer.start()
    while closer.is_alive():
        model.allow(1)
        model.reached.acquire(timeout=0.01)  # no other pass begins once the engine is closed
    *_, last = stream
    assert last.finish_reason == "cancelled"
    assert model.passes < LONG.max_new_tokens
    assert not threads_named("model")


def test_closed_engine_refuses() -> None:
    """A closed engine takes neither streams nor scores, and can be closed again."""
    engine = make_engine(FakeModel())
    engine.close()
    engine.close()
    with pytest.raises(EngineClosed):
        next(ask_stream(engine, HI, GREEDY))
    with pytest.raises(EngineClosed):
        ask_score(engine, HI, LABELS)


def test_prompt_must_leave_room_for_the_reply() -> None:
    """A prompt that just leaves room for the reply is accepted; one token more is refused."""
    sampling = Sampling(temperature=0.0, max_new_tokens=256)
    fits = 512 - 256 - len("user:\n")
    with running_engine(FakeModel(), context_tokens=512, max_new_tokens=256) as engine:
        assert ask_reply(engine, [Message("user", "x" * fits)], sampling).text == "hello"
        with pytest.raises(InputError, match="has 257 tokens with its prompt, 256 are allowed") as caught:
            ask_reply(engine, [Message("user", "x" * (fits + 1))], sampling)
    assert caught.value.code == "too_many_tokens"
    assert caught.value.details == {"tokens": 257, "limit": 256}


def test_context_is_never_larger_than_the_model_allows() -> None:
    """The context is limited by the smaller of the setting and the model's own limit."""
    model = FakeModel()
    model.max_tokens = 600
    with running_engine(model, context_tokens=4096) as engine:
        assert engine.context_tokens == 600
    model.max_tokens = 5000
    with running_engine(model, context_tokens=4096) as engine:
        assert engine.context_tokens == 4096


def test_engine_says_what_it_runs() -> None:
    """The engine names its model and kind, and counts tokens with the chat template."""
    with running_engine(FakeModel()) as engine:
        assert (engine.model_name, engine.kind) == ("fake", "torch-fp32")
        assert engine.count_tokens(HI) == len("user:hi\n")
