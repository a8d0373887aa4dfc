"""Tests of requests that share passes: their order, their caches and their ends."""

import threading
from collections.abc import Sequence

import pytest
import torch

from inference.errors import BadLogits, OutOfMemory, RequestTimeout
from inference.model.batch import SequenceSlice
from inference.types import Caller, Chunk, Message, Sampling
from tests.fakes import FakeCache, FakeModel
from tests.inference.asking import ask_reply, ask_stream, prepare_score, prepare_stream, start_score
from tests.inference.doubles import Clock, SteppedModel, running_engine

HI = [Message("user", "hi")]
LABELS = ("positive", "negative")
VISITOR = Caller("10.0.0.1", "session")
GREEDY = Sampling(temperature=0.0, repetition_penalty=1.0, max_new_tokens=100)


class Watched(FakeModel):
    """A model that keeps the number of tokens of each sequence in each pass."""

    def __init__(self, reply: str = "hello", pass_tokens: int = 100_000) -> None:
        super().__init__(reply)
        self.pass_tokens = pass_tokens
        self.sizes: list[list[int]] = []

    def forward(self, batch: Sequence[SequenceSlice]) -> list[torch.Tensor | None]:
        self.sizes.append([len(sequence.tokens) for sequence in batch])
        return super().forward(batch)


class Conversing(Watched):
    """A model whose replies, as history, have the same tokens as when they were decoded."""

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        texts = [m.content if m.role == "assistant" else f"{m.role}:{m.content}" for m in messages]
        return self.encode("".join(f"{text}\n" for text in texts))


class Raising(FakeModel):
    """A model that raises an error, or computes NaN, if a prompt has `bad` in it."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__()
        self._error = error

    def forward(self, batch: Sequence[SequenceSlice]) -> list[torch.Tensor | None]:
        is_bad = [b"bad" in bytes(sequence.tokens) for sequence in batch]
        if self._error is not None and any(is_bad):
            raise self._error
        answers = super().forward(batch)
        return [
            answer * float("nan") if bad and answer is not None else answer
            for bad, answer in zip(is_bad, answers, strict=True)
        ]


def text_of(chunks: Sequence[Chunk]) -> str:
    """Join the texts of chunks."""
    return "".join(chunk.text for chunk in chunks)


def test_requests_submitted_together_share_a_pass() -> None:
    """A label and a reply that are submitted together share their first pass."""
    model = Watched()
    with running_engine(model) as engine:
        label, answer = prepare_score(engine, [Message("user", "good?")], LABELS)
        request, reply = prepare_stream(engine, HI, GREEDY)
        engine.submit([label, request])
        answer()
        assert text_of(list(reply)) == "hello"
    assert model.sizes == [[len("user:good?\n"), len("user:hi\n")], [1], [1], [1], [1], [1]]


def test_a_long_prompt_is_read_in_pieces_beside_a_reply() -> None:
    """A reply goes on with each pass, and no pass is longer than the model's `pass_tokens`."""
    model = Watched("x" * 50, pass_tokens=10)
    long = [Message("user", "y" * 100)]
    with running_engine(model) as engine:
        (one, first), (other, second) = (prepare_stream(engine, text, GREEDY) for text in (HI, long))
        engine.submit([one, other])
        assert text_of(list(first)) == text_of(list(second)) == "x" * 50
    assert all(sum(sizes) <= 10 for sizes in model.sizes)
    assert model.sizes[2] == [1, 9]


def test_the_next_turn_reads_only_what_is_new() -> None:
    """`cached_tokens` counts the whole conversation before the new message, including its reply."""
    turn = [*HI, Message("assistant", "hello"), Message("user", "more")]
    model = Conversing()
    with running_engine(model) as engine:
        ask_reply(engine, HI, GREEDY, VISITOR)
        chunk = ask_reply(engine, turn, GREEDY, VISITOR)
    assert chunk.text == "hello"
    assert chunk.usage.cached_tokens == len("user:hi\nhello")
    assert model.sizes[-6] == [len("\nuser:more\n")]


def test_a_constant_prefix_is_read_once() -> None:
    """After `pin()` the first request reads only the tokens after the constant prefix."""
    model = Watched()

    def begin(text: str) -> list[Message]:
        return [Message("system", "be kind"), Message("user", text)]

    with running_engine(model) as engine:
        engine.pin(begin)
        chunk = ask_reply(engine, begin("hi"), GREEDY)
    assert chunk.usage.cached_tokens == len("system:be kind\nuser:")
    assert model.sizes[:2] == [[len("system:be kind\nuser:")], [len("hi\n")]]


def test_without_memory_for_it_nothing_is_reused() -> None:
    """KV_CACHE_MB=0 keeps no conversation."""
    with running_engine(FakeModel(), kv_cache_mb=0) as engine:
        assert {ask_reply(engine, HI, GREEDY, VISITOR).usage.cached_tokens for _ in range(2)} == {0}


def test_a_stopped_reply_is_right_when_it_is_asked_for_again() -> None:
    """After a stop at any token, the cache still agrees with its tokens."""
    model = SteppedModel("hello")
    with running_engine(model) as engine:
        for passes in (1, 2, 3):
            cancelled = threading.Event()
            stream = ask_stream(engine, HI, GREEDY, cancelled.is_set, VISITOR)
            model.allow(passes)
            for _ in range(passes):
                next(stream)
                model.await_pass()
            model.await_pass()  # the next pass has begun, and may end
            cancelled.set()
            model.allow(1)
            assert list(stream)[-1].finish_reason == "cancelled"
        model.allow()
        again = ask_reply(engine, HI, GREEDY, VISITOR)
    assert (again.text, again.usage.cached_tokens) == ("hello", len("user:hi"))


def test_a_reply_ends_at_its_deadline() -> None:
    """After the deadline no further pass begins; the last chunk says `timeout` and counts all tokens."""
    model, clock = SteppedModel("x" * 90), Clock()
    with running_engine(model, clock, request_timeout=60) as engine:
        stream = ask_stream(engine, HI, GREEDY)
        model.allow(1)
        chunks = [next(stream)]
        for _ in range(2):
            model.await_pass()  # the second pass has begun, and may end
        clock.now += 61
        model.allow()
        chunks += stream
    assert [chunk.finish_reason for chunk in chunks] == [None, None, "timeout"]
    assert chunks[-1].usage.output_tokens == 2


def test_a_label_that_comes_too_late_is_an_error() -> None:
    """The error names the limit and its setting."""
    model, clock = SteppedModel(), Clock()
    with running_engine(model, clock, request_timeout=60, max_batch=1) as engine:
        reply = ask_stream(engine, HI, GREEDY)
        model.await_pass()
        answer = start_score(engine, HI, LABELS)
        clock.now += 61
        model.allow()
        with pytest.raises(RequestTimeout, match=r"no answer within 60 s \(REQUEST_TIMEOUT\)"):
            answer()
        list(reply)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (LookupError("broken"), LookupError),
        (MemoryError(), OutOfMemory),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
            OutOfMemory,
        ),
        (None, BadLogits),
    ],
)
def test_a_failure_ends_only_its_own_request(error: Exception | None, expected: type[Exception]) -> None:
    """If a pass fails, only the request that also fails alone gets the error; the others go on."""
    with running_engine(Raising(error)) as engine:
        hated = [Message("user", "bad")]
        (one, good), (two, bad) = (prepare_stream(engine, text, GREEDY) for text in (HI, hated))
        (three, bad_answer), (four, answer) = (prepare_score(engine, text, LABELS) for text in (hated, HI))
        engine.submit([one, two, three, four])
        for ask in (lambda: list(bad), bad_answer):
            with pytest.raises(expected):
                ask()
        assert text_of(list(good)) == "hello"
        assert sum(answer().probabilities) == pytest.approx(1)
        assert ask_reply(engine, HI, GREEDY).text == "hello"


def test_a_request_without_memory_for_its_cache_hurts_no_other() -> None:
    """The request gets the error OutOfMemory, and the next one is answered."""

    class Full(FakeModel):
        def new_cache(self, capacity: int = 0) -> FakeCache:
            if not self.passes:
                self.passes += 1
                raise MemoryError
            return super().new_cache(capacity)

    with running_engine(Full()) as engine:
        with pytest.raises(OutOfMemory):
            ask_reply(engine, HI, GREEDY)
        assert ask_reply(engine, HI, GREEDY).text == "hello"


def test_sixteen_at_once_end_together() -> None:
    """All requests are admitted, each pass decodes a token of each, and each gets its whole reply."""
    model = Watched("x" * 20)
    questions = [[Message("user", f"number {number}")] for number in range(16)]
    with running_engine(model, max_batch=16) as engine:
        prepared = [prepare_stream(engine, question, GREEDY) for question in questions]
        engine.submit([request for request, _ in prepared])
        streams = [chunks for _, chunks in prepared]
        assert [text_of(list(stream)) for stream in streams] == ["x" * 20] * 16
    assert [len(sizes) for sizes in model.sizes] == [16] * 21
