"""A model that needs no weights, for tests of everything around it."""

import threading
from collections.abc import Sequence

import torch

from inference.types import Message

END_ID = 256


class FakeTextStream:
    def step(self, token_id: int) -> str:
        return chr(token_id)


class FakeModel:
    """Speak a fixed reply, one byte-sized token at a time; prompts are tokenized to bytes.

    `gate`, where given, is waited for before each forward pass: a test then decides when the model
    moves. `fail_after` lets that many passes succeed and raises in the next one.
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
        self.end_ids = frozenset({END_ID})
        self.passes = 0
        self.prompts: list[str] = []
        self._reply = [*(ord(character) for character in reply), END_ID]
        self._gate = gate
        self._fail_after = fail_after
        self._score_for = score_for

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        return self.encode("".join(f"{m.role}:{m.content}\n" for m in messages))

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def text_stream(self) -> FakeTextStream:
        return FakeTextStream()

    def forward(self, token_ids: Sequence[int], cache: int | None = None) -> tuple[torch.Tensor, int]:
        if self._gate is not None:
            self._gate.acquire()
        if self._fail_after is not None and self.passes >= self._fail_after:
            raise RuntimeError("the fake model fails as asked")
        self.passes += 1
        if cache is None:
            self.prompts.append(bytes(token_ids).decode())
        position = 0 if cache is None else cache
        logits = torch.zeros(END_ID + 1)
        logits[ord(self._score_for[0])] += 3.0  # what `score()` looks at
        logits[self._reply[min(position, len(self._reply) - 1)]] += 10.0
        return logits, position + 1
