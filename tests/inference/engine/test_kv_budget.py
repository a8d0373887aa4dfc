"""The keys and values of all sequences stay within KV_MEMORY_MB, whatever else is set or asked."""

import threading
import weakref
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from inference.engine.engine import Engine
from inference.engine.request import Request
from inference.errors import KVMemoryTooSmall
from inference.model import kv_cache
from inference.model.batch import SequenceSlice
from inference.model.kv_cache import KVCache
from inference.types import Caller, Finished, Message, Question, Sampling
from tests.fakes import FakeModel
from tests.inference.asking import ask_reply, ask_score, ask_stream, prepare_stream
from tests.inference.doubles import SteppedModel, make_engine, running_engine

HI = [Message("user", "hi")]
LABELS = ("positive", "negative")
LAYERS, HEADS, SIZE = 8, 2, 32  # 4 KiB a token: a budget of 1 MiB has room for some 200 tokens
TOKEN_BYTES = LAYERS * 2 * HEADS * SIZE * 4
MIB = 1 << 20


class Scales:
    """Weigh every store of keys and values that is alive, and remember the most that there was at a time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = self.peak = 0
        self._lock = threading.Lock()
        resize = kv_cache._resized

        def weighed(store: torch.Tensor, kept: int, capacity: int) -> torch.Tensor:
            resized = resize(store, kept, capacity)
            self._add(resized.nbytes)
            weakref.finalize(resized, self._add, -resized.nbytes)
            return resized

        monkeypatch.setattr(kv_cache, "_resized", weighed)

    def _add(self, size: int) -> None:
        with self._lock:
            self.now += size
            self.peak = max(self.peak, self.now)


class Storing(FakeModel):
    """A model with real KV caches, which are written and grow as those of a real model."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.pass_tokens = 64

    def new_cache(self, capacity: int = 0) -> KVCache:  # type: ignore[override]  # a real one
        cache = KVCache(LAYERS, HEADS, SIZE, torch.float32)
        cache.resize(capacity)
        return cache

    def cache_bytes(self, tokens: int) -> int:
        return self.new_cache().peak_bytes(tokens)

    def forward(self, batch: Sequence[SequenceSlice]) -> list[torch.Tensor | None]:
        for sequence in batch:
            sequence.cache.reserve(len(sequence.tokens))
            nothing = torch.zeros(1, HEADS, len(sequence.tokens), SIZE)
            for layer in range(LAYERS):
                sequence.cache.write(layer, nothing, nothing)
        return super().forward(batch)


callers = st.builds(Caller, st.sampled_from([None, "a", "b"]), st.sampled_from([None, "1", "2", "3"]))
questions = st.tuples(callers, st.integers(1, 120), st.integers(1, 40), st.booleans())


@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(
    waves=st.lists(st.lists(questions, min_size=1, max_size=10), min_size=1, max_size=4),
    max_batch=st.integers(1, 64),
    kv_cache_mb=st.sampled_from([None, 0, 1, 65_536]),
    context_tokens=st.sampled_from([512, 4096]),
    pinned=st.booleans(),
)
def test_no_setting_leads_beyond_the_budget(
    waves: list[list[tuple[Caller, int, int, bool]]],
    max_batch: int,
    kv_cache_mb: int | None,
    context_tokens: int,
    pinned: bool,
) -> None:
    """All stores that are alive, copies on their way included, fit at each moment, and each request ends."""
    with pytest.MonkeyPatch.context() as patch:
        scales = Scales(patch)
        engine = make_engine(
            Storing("x" * 50),
            max_batch=max_batch,
            kv_memory_mb=1,
            kv_cache_mb=kv_cache_mb,
            context_tokens=context_tokens,
            max_new_tokens=40,
        )
        if pinned:
            engine.pin(lambda text: [Message("system", "be kind"), Message("user", text)])
        for wave in waves:
            ends = [threading.Event() for _ in wave]
            requests = [request_of(engine, *one, end) for one, end in zip(wave, ends, strict=True)]
            engine.submit(requests)
            for end in ends:
                assert end.wait(10)
            assert engine.kv_bytes <= engine.kv_budget_bytes
        assert scales.peak <= engine.kv_budget_bytes == MIB
        engine.close()


def request_of(
    engine: Engine, caller: Caller, length: int, tokens: int, is_reply: bool, end: threading.Event
) -> Request[Any]:
    """Return a request that sets `end` when it has ended without an error."""

    def note(result: object) -> None:
        if isinstance(result, Finished) and result.error is None:
            end.set()

    messages = [Message("system", "be kind"), Message("user", "y" * length)]
    how = Sampling(temperature=0.0, max_new_tokens=tokens)
    if is_reply:
        return engine.prepare_reply(messages, how, note, caller=caller)
    return engine.prepare_score([engine.tokenize(Question(messages, LABELS))], note, caller=caller)


class Conversing(Storing):
    """A model whose prompts begin with all that was said before, as the tokens of a conversation do."""

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        return self.encode("".join(message.content for message in messages) + "\n")


def test_a_conversation_that_grows_is_weighed_while_it_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversation that takes most of the budget goes on, turn by turn, and never takes more."""
    scales = Scales(monkeypatch)
    caller, once = Caller("a", "1"), Sampling(temperature=0.0, max_new_tokens=10)
    history, cached = [Message("user", "hi")], []
    with running_engine(Conversing("x" * 50), kv_memory_mb=1, kv_cache_mb=1) as engine:
        for _ in range(15):
            reply = ask_reply(engine, history, once, caller)
            cached.append(reply.usage.cached_tokens)
            history += [Message("assistant", "\n" + reply.text), Message("user", "y")]
    # All that was read before is known: each prompt, and its reply but for the last token.
    assert cached == [0, *range(12, 12 + 14 * 12, 12)]
    assert scales.peak <= MIB


def test_who_does_not_fit_now_waits() -> None:
    """Two replies of which only one fits are written one after the other."""
    model = SteppedModel("hello")
    model.cache_bytes = lambda tokens: tokens * 4096  # type: ignore[method-assign]  # a budget of 256 tokens
    how = Sampling(temperature=0.0, max_new_tokens=140)
    with running_engine(model, kv_memory_mb=1) as engine:
        (one, first), (two, second) = (prepare_stream(engine, HI, how) for _ in range(2))
        engine.submit([one, two])
        model.await_pass()
        assert engine.kv_bytes == (len("user:hi\n") + 140) * 4096
        model.allow()
        assert "".join(chunk.text for chunk in first) == "".join(chunk.text for chunk in second) == "hello"
    assert model.passes == 12


def test_who_can_never_fit_is_refused_by_name() -> None:
    """The error has the figures, and the setting that would make room; a smaller request is answered."""
    with running_engine(Storing("hello"), kv_memory_mb=1) as engine:
        with pytest.raises(
            KVMemoryTooSmall, match=r"258 tokens may take 2 MiB.*KV_MEMORY_MB=1 has room"
        ) as caught:
            next(ask_stream(engine, HI, Sampling(temperature=0.0, max_new_tokens=250)))
        with pytest.raises(KVMemoryTooSmall):
            ask_score(engine, [Message("user", "y" * 250)], LABELS)
        assert ask_reply(engine, HI, Sampling(temperature=0.0, max_new_tokens=50)).text == "hello"
    assert (caught.value.code, caught.value.status) == ("kv_memory", "rejected")
    assert caught.value.details == {"tokens": 258, "needed_mb": 2, "room_mb": 1}


def test_a_prompt_is_limited_by_context_and_memory() -> None:
    """The limit of a prompt is the smaller one, and leaves room for the reply."""
    with running_engine(Storing("hello"), kv_memory_mb=1) as engine:
        assert engine.prompt_limit(40) == 224 - 40  # whole steps of 32 tokens, and a layer more
    with running_engine(Storing("hello"), kv_memory_mb=1024) as engine:
        assert engine.prompt_limit(40) == 4096 - 40


def test_a_prefix_that_is_too_large_is_not_pinned() -> None:
    """Constant prefixes leave most of the budget to requests."""
    with running_engine(Storing("hello"), kv_memory_mb=1) as engine:
        engine.pin(lambda text: [Message("system", "s" * 100), Message("user", text)])
        assert engine.kv_bytes == 0
        engine.pin(lambda text: [Message("system", "s" * 10), Message("user", text)])
        assert engine.kv_bytes == 32 * TOKEN_BYTES


def test_by_default_two_whole_conversations_are_remembered() -> None:
    """Without KV_CACHE_MB, two conversations of CONTEXT_TOKENS are kept, or half of the budget."""
    for kv_memory_mb, expected in ((1024, 2 * 4096 * 4608), (16, 8 * MIB)):
        with running_engine(Storing("hello"), kv_memory_mb=kv_memory_mb) as engine:
            assert engine._prefixes._max_kept == expected
