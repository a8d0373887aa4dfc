"""A reply that is decoded token by token."""

from dataclasses import replace
from typing import Literal, Protocol

import torch

from inference.engine.logprobs import Logprobs
from inference.engine.request import Handling, Request
from inference.engine.sampler import Sampler
from inference.engine.stop_strings import StopStrings
from inference.types import Chunk, FinishReason, Sampling


class TextDecoder(Protocol):
    """Turns the tokens of one reply into text."""

    def step(self, token_id: int) -> str:
        """Return the text that this token completes; it may be empty."""

    def token_bytes(self, token_id: int) -> bytes:
        """Return what a token stands for; it may be a part of a character."""


class Reply(Request[Chunk]):
    """Sample a token after each pass, and send its text with the counters so far."""

    def __init__(
        self,
        prompt: list[int],
        sampling: Sampling,
        text: TextDecoder,
        end_ids: frozenset[int],
        handling: Handling[Chunk],
    ) -> None:
        super().__init__(prompt, handling)
        self._sampler = Sampler(sampling, prompt)
        self._max_tokens = sampling.max_new_tokens
        self._text = text
        self._end_ids = end_ids
        # Most replies have neither.
        self._stops = StopStrings(sampling.stop) if sampling.stop else None
        top = sampling.top_logprobs
        self._logprobs = None if top is None else Logprobs(top, text.token_bytes)
        self._produced = 0
        self._first_at: float | None = None

    def stop(self, reason: Literal["cancelled", "timeout"]) -> None:
        """End the stream with a chunk that says why."""
        self.on_result(self._chunk(self._stops.rest() if self._stops else "", reason))

    def _answer(self, logits: torch.Tensor) -> bool:
        if self._first_at is None:
            self._first_at = self._clock()
        token = self._sampler.draw(logits)
        self._produced += 1
        self._unread = [token]
        text = ""
        finish: FinishReason | None = None
        if token in self._end_ids:
            finish = "stop"
        else:
            text = self._text.step(token)
            if self._logprobs is not None:
                self._logprobs.add(logits, token, text)
            if self._produced == self._max_tokens:
                finish = "length"
        if self._stops is not None:
            text, is_stopped = self._stops.step(text)
            if is_stopped:
                finish = "stop"
            elif finish is not None:
                text += self._stops.rest()
        self.on_result(self._chunk(text, finish))
        return finish is not None

    def _chunk(self, text: str, finish: FinishReason | None) -> Chunk:
        usage = replace(self.usage, output_tokens=self._produced)
        logprobs = () if self._logprobs is None else self._logprobs.take(text)
        if self._first_at is None:
            return Chunk(text, usage, self.queue_wait_ms, None, None, finish)
        decoded = self._produced - 1  # the first token comes from the prefill
        seconds = self._clock() - self._first_at
        ttft_ms = (self._first_at - self._submitted_at) * 1000
        speed = decoded / seconds if decoded and seconds else None
        return Chunk(text, usage, self.queue_wait_ms, ttft_ms, speed, finish, logprobs=logprobs)
