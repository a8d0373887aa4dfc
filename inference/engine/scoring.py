"""A request for the probabilities of labels: a prefill without decoding."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, starmap
from typing import Literal

import torch

from inference.engine.label_tree import Branch, LabelTree, Path
from inference.engine.prefix_cache import common_prefix
from inference.engine.request import Handling, Request, checked
from inference.errors import RequestCancelled, RequestTimeout
from inference.model.batch import SequenceSlice
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


@dataclass(frozen=True, slots=True)
class Step:
    """A place of a question where its labels part."""

    question: TokenizedQuestion
    branch: Branch
    prompt: list[int]  # the tokens that lead there
    shared: int  # how many of them the next step begins with, too

    @property
    def is_last(self) -> bool:
        """Whether it is the last one of its question."""
        return self.branch is self.question.labels.branches[-1]


# Reading so many tokens once more costs less than a pass of its own.
REREAD_TOKENS = 8
# The most tokens of prompts that are read beside each other; a pass takes fewer.
BESIDE_TOKENS = 256


class Scoring(Request[Score]):
    """Answer questions one after the other; each result is the score of one, in their order.

    What the prompt of a question has in common with the one before is not read again: questions about the
    same text, which come behind it, share its reading. So do labels that part late. Once their common
    beginning is read, the ends of several prompts are read beside each other, as many as a pass has room for.
    """

    takes_slot = False  # it ends with its prefill, so it shares passes without a slot

    def __init__(self, questions: Sequence[TokenizedQuestion], handling: Handling[Score]) -> None:
        self._steps = _steps_of(questions)
        self._logits: dict[Path, list[float]] = {}
        self.logits_for = self._steps[0].branch.ids
        super().__init__(self._steps[0].prompt, handling)

    @property
    def tokens_left(self) -> int:
        """The number of tokens that may be read in the next pass."""
        return max(len(self._unread), sum(map(len, self._beside(BESIDE_TOKENS))))

    def next_slices(self, count: int) -> list[SequenceSlice]:
        """Return the ends of as many prompts as `count` tokens hold, or so many tokens of the next one."""
        rests = self._beside(count)
        if len(rests) < 2:
            return super().next_slices(min(count, len(self._unread)))
        return [
            SequenceSlice(rest, self.cache, step.branch.ids, is_kept=False)
            for rest, step in zip(rests, self._steps, strict=False)
        ]

    def advance(self, read: Sequence[SequenceSlice], logits: Sequence[torch.Tensor | None]) -> bool:
        """Handle the logits of a pass; return whether the last question is answered.

        Raises:
            BadLogits: a logit is NaN.
        """
        if len(read) < 2:
            return super().advance(read, logits)
        # The first one was counted when it came to be read.
        more = sum(len(part.tokens) for part in read[1:])
        self.usage = replace(self.usage, prompt_tokens=self.usage.prompt_tokens + more)
        for found in logits:
            assert found is not None
            self._note(checked(found))
        return self._go_on()

    def stop(self, reason: Literal["cancelled", "timeout"]) -> Exception:
        """Return the error of the reason."""
        if reason == "timeout":
            return RequestTimeout(f"no answer within {self.timeout:g} s (REQUEST_TIMEOUT)")
        return RequestCancelled("the request was cancelled before its label was known")

    def _answer(self, logits: torch.Tensor) -> bool:
        self._note(logits)
        return self._go_on()

    def _note(self, logits: torch.Tensor) -> None:
        """Take the logits of the next step; the last one of a question gives its score."""
        step = self._steps.pop(0)
        self._logits[step.branch.path] = logits.tolist()
        if step.is_last:
            probabilities = step.question.labels.probabilities(self._logits)
            self.on_result(Score(probabilities, self.usage, self.queue_wait_ms))
            self._logits.clear()

    def _go_on(self) -> bool:
        """Go on with the next prompt; return whether there is none."""
        if not self._steps:
            return True
        step = self._steps[0]
        self.logits_for = step.branch.ids
        known = common_prefix(self.cache.tokens, step.prompt)
        if len(self._steps) > 1 and 0 <= known - step.shared <= REREAD_TOKENS:
            # The step behind it begins with nearly all of what is known: cut so, both are read together.
            self.cache.cut(step.shared)
        self.read_on(step.prompt)
        return False

    def _beside(self, room: int) -> list[list[int]]:
        """Return the ends of the next steps that can be read beside each other in so many tokens.

        All begin with the tokens of the cache. One that shares more with the step behind it is read alone, so
        that this is kept.
        """
        known = len(self.cache.tokens)
        rests: list[list[int]] = []
        for step in self._steps:
            rest = step.prompt[known:]
            room -= len(rest)
            is_shared = step.shared - known > REREAD_TOKENS
            if rests and (room < 0 or is_shared or not rest):
                break
            rests.append(rest)
            if is_shared or step.shared < known:
                break
        return rests


def _steps_of(questions: Sequence[TokenizedQuestion]) -> list[Step]:
    places = [(question, branch) for question in questions for branch in question.labels.branches]
    prompts = [[*question.prompt, *branch.path] for question, branch in places]
    shared = [*starmap(common_prefix, pairwise(prompts)), 0]
    return [Step(*place, prompt, count) for place, prompt, count in zip(places, prompts, shared, strict=True)]
