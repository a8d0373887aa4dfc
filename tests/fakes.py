"""A model that needs no weights, for tests of everything around it."""

import threading
from collections.abc import Sequence

import torch

from inference.model.batch import SequenceSlice
from inference.types import Message

END_ID = 256


class FakeTextStream:
    def step(self, token_id: int) -> str:
        return chr(token_id)

    def token_bytes(self, token_id: int) -> bytes:
        return chr(token_id).encode()


class FakeCache:
    """Remember tokens, and nothing else; each token of the capacity takes a byte."""

    def __init__(self, tokens: Sequence[int] = (), capacity: int = 0) -> None:
        self.tokens = list(tokens)
        self.nbytes = max(capacity, len(self.tokens))

    def resize(self, count: int) -> None:
        assert count >= len(self.tokens)
        self.nbytes = count

    def cut(self, count: int) -> None:
        self.tokens = self.tokens[:count]

    def copy(self, count: int, capacity: int) -> "FakeCache":
        return FakeCache(self.tokens[:count], capacity)


class FakeModel:
    """Speak a fixed reply, one byte-sized token at a time; prompts are tokenized to bytes.

    The reply is what follows the last line's end, so it must not hold one. `gate`, where given, is waited for
    before each pass: a test then decides when the model moves. `fail_after` lets that many passes succeed and
    raises in the next one.
    """

    def __init__(
        self,
        reply: str = "hello",
        *,
        gate: threading.Semaphore | None = None,
        fail_after: int | None = None,
        score_for: str = "positive",
    ) -> None:
        self.name = "fake"
        self.dtype = "fp32"
        self.max_tokens = 32_768
        self.pass_tokens = 100_000
        self.end_ids = frozenset({END_ID})
        self.passes = 0
        self.encoded = 0  # characters that were tokenized
        self.prompts: list[str] = []  # in the order in which the model has read them to their end
        self._reply = [*(ord(character) for character in reply), END_ID]
        self._gate = gate
        self._fail_after = fail_after
        self._score_for = score_for

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        return self.encode("".join(f"{m.role}:{m.content}\n" for m in messages))

    def encode(self, text: str) -> list[int]:
        self.encoded += len(text)
        return list(text.encode())

    def text_stream(self) -> FakeTextStream:
        return FakeTextStream()

    def new_cache(self, capacity: int = 0) -> FakeCache:
        return FakeCache(capacity=capacity)

    def cache_bytes(self, tokens: int) -> int:
        return tokens

    def forward(self, batch: Sequence[SequenceSlice]) -> list[torch.Tensor | None]:
        if self._gate is not None:
            self._gate.acquire()
        if self._fail_after is not None and self.passes >= self._fail_after:
            raise RuntimeError("the fake model fails as asked")
        self.passes += 1
        return [self._read(sequence) for sequence in batch]

    def _read(self, part: SequenceSlice) -> torch.Tensor | None:
        tokens = [*part.cache.tokens, *part.tokens]
        if part.is_kept:
            part.cache.tokens += part.tokens
        if part.logits_for is None:
            return None
        if len(part.tokens) > 1:
            self.prompts.append(bytes(tokens).decode())
        end = len(tokens) - tokens[::-1].index(ord("\n"))  # of the prompt
        logits = torch.zeros(END_ID + 1)
        logits[ord(self._score_for[0])] += 3.0  # what `score()` looks at
        logits[self._reply[min(len(tokens) - end, len(self._reply) - 1)]] += 10.0
        return logits if part.logits_for == "all" else logits[list(part.logits_for)]
