"""The base of tasks that choose one of a few labels."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from inference.observer import Span, usage_fields
from inference.tasks.task import UserMessage
from inference.types import Finished, Label, Message, Score

if TYPE_CHECKING:
    from inference.engine.engine import Engine
    from inference.engine.request import Request


class LabelTask(ABC):
    """Score a few labels, and choose the most probable one."""

    name: ClassVar[str]
    labels: ClassVar[Sequence[str]]  # the names in the record and on the page
    words: ClassVar[Sequence[str]]  # the model's reply for each label

    def __init__(self) -> None:
        self._score: Score | None = None

    @staticmethod
    @abstractmethod
    def first_prompt(text: str) -> Sequence[Message]:
        """Return the prompt that asks for the label of a text."""

    def prepare(
        self,
        engine: "Engine",
        message: UserMessage,
        on_result: Callable[[Score | Finished], object],
        cancelled: Callable[[], bool],
    ) -> "Request[Score]":
        """Return the request that scores the labels."""
        prompt = self.first_prompt(message.text)
        return engine.prepare_score(prompt, self.words, on_result, cancelled, message.caller)

    def on_result(self, result: Score, span: Span) -> None:
        """Keep the score until the request has ended."""
        self._score = result

    def on_end(self, span: Span) -> Label:
        """Set the label and the counters in the record; return the label."""
        assert self._score is not None, "a request that ends without an error has a score"
        label = self.from_score(self._score)
        span.set(label=label.label, confidence=label.confidence)
        span.set(queue_wait_ms=self._score.queue_wait_ms, **usage_fields(self._score.usage))
        return label

    @classmethod
    def from_score(cls, score: Score) -> Label:
        """Return the most probable label; its probability is the confidence."""
        confidence = max(score.probabilities)
        return Label(cls.name, cls.labels[score.probabilities.index(confidence)], confidence)
