"""A request for the probabilities of labels: a prefill without decoding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from inference.engine.label_tree import LabelTree, Path
from inference.engine.request import Handling, Request
from inference.errors import RequestCancelled, RequestTimeout
from inference.types import Score


@dataclass(frozen=True, slots=True)
class TokenizedQuestion:
    """A prompt that ends where the answer begins, and the answers of which it is one."""

    prompt: list[int]
    labels: LabelTree

    @property
    def longest(self) -> int:
        """The most tokens that are read for it."""
        return len(self.prompt) + max(len(branch.path) for branch in self.labels.branches)


class Scoring(Request[Score]):
    """Answer questions one after the other; each result is the score of one, in their order.

    What the prompt of a question has in common with the one before is not read again: questions about the
    same text, which come behind it, share its reading. So do labels that part late.
    """

    takes_slot = False  # it ends with its prefill, so it shares passes without a slot

    def __init__(self, questions: Sequence[TokenizedQuestion], handling: Handling[Score]) -> None:
        self._steps = [
            (question, branch.path, branch.ids, branch is question.labels.branches[-1])
            for question in questions
            for branch in question.labels.branches
        ]
        self._logits: dict[Path, list[float]] = {}
        question, path, self.logits_for, _ = self._steps[0]
        super().__init__([*question.prompt, *path], handling)

    def stop(self, reason: Literal["cancelled", "timeout"]) -> Exception:
        """Return the error of the reason."""
        if reason == "timeout":
            return RequestTimeout(f"no answer within {self.timeout:g} s (REQUEST_TIMEOUT)")
        return RequestCancelled("the request was cancelled before its label was known")

    def _answer(self, logits: torch.Tensor) -> bool:
        question, path, _, is_last = self._steps.pop(0)
        self._logits[path] = logits.tolist()
        if is_last:
            probabilities = question.labels.probabilities(self._logits)
            self.on_result(Score(probabilities, self.usage, self.queue_wait_ms))
            self._logits.clear()
        if not self._steps:
            return True
        question, path, self.logits_for, _ = self._steps[0]
        self.read_on([*question.prompt, *path])
        return False
