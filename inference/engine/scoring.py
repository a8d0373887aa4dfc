"""A request for the probabilities of a few labels: a prefill without decoding."""

from collections.abc import Sequence
from typing import Literal

import torch

from inference.engine.request import Handling, Request
from inference.errors import RequestCancelled, RequestTimeout
from inference.types import Score


class Scoring(Request[Score]):
    """Compare labels by the logits of their first differing tokens after the prompt."""

    takes_slot = False  # it ends with its prefill, so it shares passes without a slot

    def __init__(self, prompt: list[int], label_ids: Sequence[int], handling: Handling[Score]) -> None:
        super().__init__(prompt, handling)
        self.logits_for = label_ids

    def stop(self, reason: Literal["cancelled", "timeout"]) -> Exception:
        """Return the error of the reason."""
        if reason == "timeout":
            return RequestTimeout(f"no answer within {self.timeout:g} s (REQUEST_TIMEOUT)")
        return RequestCancelled("the request was cancelled before its label was known")

    def _answer(self, logits: torch.Tensor) -> bool:
        probabilities = torch.softmax(logits, dim=-1).tolist()
        self.on_result(Score(tuple(probabilities), self.usage, self.queue_wait_ms))
        return True


def split_labels(labels: Sequence[list[int]]) -> tuple[list[int], list[int]]:
    """Split tokenized labels into their common prefix and the next token of each.

    Raises:
        ValueError: two labels have the same next token, or a label ends with the prefix.
    """
    common = 0
    while all(len(ids) > common for ids in labels) and len({ids[common] for ids in labels}) == 1:
        common += 1
    next_ids = [ids[common] for ids in labels if len(ids) > common]
    if len(set(next_ids)) != len(labels):
        raise ValueError(f"labels must differ in the first token after their common prefix, got {labels}")
    return labels[0][:common], next_ids
