"""The log probabilities of a reply's tokens, each sent with the text that it begins."""

from collections import deque
from collections.abc import Callable

import torch

from inference.types import TokenLogprob


class Logprobs:
    """Keep the log probabilities of tokens until their text is sent."""

    def __init__(self, top: int, bytes_of: Callable[[int], bytes]) -> None:
        self._top = top  # so many most probable tokens are told beside each one
        self._bytes_of = bytes_of
        # Each with the number of characters before it.
        self._waiting: deque[tuple[int, TokenLogprob]] = deque()
        self._made = 0  # characters
        self._sent = 0

    def add(self, logits: torch.Tensor, token: int, text: str) -> None:
        """Note a token that was chosen, and the text that it completes; `logits` is that of the model."""
        logprobs = logits.log_softmax(dim=-1)
        values, ids = logprobs.topk(min(self._top, logprobs.numel()))
        top = tuple(
            TokenLogprob(self._bytes_of(each), value)
            for value, each in zip(values.tolist(), ids.tolist(), strict=True)
        )
        self._waiting.append((self._made, TokenLogprob(self._bytes_of(token), float(logprobs[token]), top)))
        self._made += len(text)

    def take(self, text: str) -> tuple[TokenLogprob, ...]:
        """Return those of the tokens whose text begins within the text that is sent now."""
        self._sent += len(text)
        is_all = self._sent == self._made
        taken = []
        while self._waiting and (is_all or self._waiting[0][0] < self._sent):
            taken.append(self._waiting.popleft()[1])
        return tuple(taken)
