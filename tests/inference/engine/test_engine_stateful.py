"""Requests that start, stop and go on in any order never get a wrong token, leak or block."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from inference.model.batch import SequenceSlice
from inference.types import Chunk, Message, Sampling
from tests.fakes import END_ID, FakeModel
from tests.inference.asking import ask_score, ask_stream
from tests.inference.doubles import make_engine

SAMPLING = Sampling(temperature=0.0, repetition_penalty=1.0, max_new_tokens=12)
TEXTS = ("a", "ab", "abcdefgh", "x" * 40)


class Chained(FakeModel):
    """A model whose next token depends on all tokens before it, so that one wrong token changes the reply."""

    def __init__(self) -> None:
        super().__init__()
        self.pass_tokens = 16

    def forward(self, batch: Sequence[SequenceSlice]) -> list[torch.Tensor | None]:
        answers: list[torch.Tensor | None] = []
        for sequence in batch:
            tokens = [*sequence.cache.tokens, *sequence.tokens]
            if sequence.is_kept:
                sequence.cache.tokens += sequence.tokens
            logits = torch.zeros(END_ID + 1)
            logits[next_after(tokens)] = 1.0
            answers.append(
                None
                if sequence.logits_for is None
                else logits
                if sequence.logits_for == "all"
                else logits[list(sequence.logits_for)]
            )
        return answers


def next_after(tokens: Sequence[int]) -> int:
    """Return the next token, a printable letter."""
    state = 7
    for token in tokens:
        state = (state * 31 + token) % 65_521
    return 97 + state % 26


def expected_reply(prompt: Sequence[int]) -> str:
    """Return the reply to a prompt, computed without caches and batches."""
    tokens = list(prompt)
    for _ in range(SAMPLING.max_new_tokens):
        tokens.append(next_after(tokens))
    return "".join(map(chr, tokens[len(prompt) :]))


@dataclass(eq=False)
class Conversation:
    """A stream, the text that was read of it, and the expected reply."""

    messages: list[Message]
    chunks: Iterator[Chunk]
    expected: str
    cancelled: threading.Event = field(default_factory=threading.Event)
    read: str = ""


class Requests(RuleBasedStateMachine):
    """The steps of users, in any order: ask, read, stop, leave and judge."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Chained()
        self.engine = make_engine(self.model, max_batch=3, max_waiting=100, kv_cache_mb=1)
        self.open: list[Conversation] = []
        self.known: list[list[Message]] = [[]]

    @rule(text=st.sampled_from(TEXTS), data=st.data())
    def ask(self, text: str, data: st.DataObject) -> None:
        """Start a conversation, continue one, or continue it after an earlier message, as an edit does."""
        history = data.draw(st.sampled_from(self.known))
        kept = data.draw(st.integers(0, len(history) // 2)) * 2
        messages = [*history[:kept], Message("user", text)]
        cancelled = threading.Event()
        chunks = ask_stream(self.engine, messages, SAMPLING, cancelled.is_set)
        expected = expected_reply(self.model.encode_chat(messages))
        self.open.append(Conversation(messages, chunks, expected, cancelled))

    @precondition(lambda self: self.open)
    @rule(data=st.data(), count=st.integers(1, 14))
    def read(self, data: st.DataObject, count: int) -> None:
        """Read some chunks of a reply; a complete reply becomes history."""
        conversation = data.draw(st.sampled_from(self.open))
        for _ in range(count):
            chunk = next(conversation.chunks)
            self._take(conversation, chunk)
            if chunk.finish_reason is not None:
                assert chunk.finish_reason == "length"
                assert conversation.read == conversation.expected
                self.open.remove(conversation)
                self.known.append([*conversation.messages, Message("assistant", conversation.read)])
                return

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        """Stop a reply; its text so far is right, and becomes history."""
        conversation = self._cancel_one(data)
        for chunk in conversation.chunks:
            self._take(conversation, chunk)
        assert chunk.finish_reason in ("cancelled", "length")
        self.known.append([*conversation.messages, Message("assistant", conversation.read)])

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        """Close a stream, as a closed page does."""
        conversation = self._cancel_one(data)
        conversation.chunks.close()  # type: ignore[attr-defined]  # it is a generator

    @rule(text=st.sampled_from(TEXTS))
    def judge(self, text: str) -> None:
        """Score two labels; the one that the model would reply is the more probable."""
        messages = [Message("user", text)]
        said = chr(next_after(self.model.encode_chat(messages)))
        other = "b" if said == "a" else "a"
        score = ask_score(self.engine, messages, (said, other))
        assert score.probabilities[0] > score.probabilities[1]

    def _cancel_one(self, data: st.DataObject) -> Conversation:
        conversation = data.draw(st.sampled_from(self.open))
        self.open.remove(conversation)
        conversation.cancelled.set()
        return conversation

    def _take(self, conversation: Conversation, chunk: Chunk) -> None:
        conversation.read += chunk.text
        assert conversation.expected.startswith(conversation.read)
        prompt = self.model.encode_chat(conversation.messages)
        assert chunk.usage.prompt_tokens == len(prompt)
        assert 0 <= chunk.usage.cached_tokens < len(prompt)

    def teardown(self) -> None:
        """Close the engine, and check that no request or thread is left."""
        self.engine.close()
        for conversation in self.open:
            *_, last = conversation.chunks
            assert last.finish_reason in ("cancelled", "length")
        assert self.engine._worker._scheduler.all == []
        assert self.engine._prefixes.nbytes <= 1 << 20


TestRequests = Requests.TestCase
TestRequests.settings = settings(max_examples=60, stateful_step_count=30)
