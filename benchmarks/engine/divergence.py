"""The divergence of a model's next-token probabilities from those of the same weights in fp32."""

from collections.abc import Sequence

import torch

from inference.model.batch import SequenceSlice
from inference.model.language_model import Model
from inference.types import Message

# Tokens of each reply.
TOKENS = 16


def replies(model: Model, prompts: Sequence[str]) -> list[tuple[list[int], torch.Tensor]]:
    """Write greedily; return the tokens of each prompt and reply, and the reply's log-probabilities."""
    found = []
    for text in prompts:
        tokens = model.encode_chat([Message("user", text)])
        rows = []
        cache, unread = model.new_cache(), tokens
        for _ in range(TOKENS):
            (logits,) = model.forward([SequenceSlice(unread, cache, "all")])
            assert logits is not None
            rows.append(logits.log_softmax(-1))
            unread = [int(logits.argmax())]
            tokens = [*tokens, *unread]
        found.append((tokens, torch.stack(rows)))
    return found


def divergence(model: Model, expected: Sequence[tuple[list[int], torch.Tensor]]) -> float:
    """Return the mean Kullback-Leibler divergence from the expected probabilities, in nats a token."""
    total = []
    for tokens, rows in expected:
        cache = model.new_cache()
        model.forward([SequenceSlice(tokens[: -TOKENS - 1], cache, None)])
        for before, row in zip(tokens[-TOKENS - 1 : -1], rows, strict=True):
            (logits,) = model.forward([SequenceSlice([before], cache, "all")])
            assert logits is not None
            total.append(float((row.exp() * (row - logits.log_softmax(-1))).sum()))
    return sum(total) / len(total)
