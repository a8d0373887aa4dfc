"""A typed question about a text, as a file of tasks declares it: one pass, in which no word is generated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inference.observer import Span, usage_fields
from inference.tasks.declaration import Kind, LabelTable, TaskTable
from inference.tasks.task import UserMessage
from inference.types import Finished, Label, Message, Question, Score

if TYPE_CHECKING:
    from inference.engine.engine import Engine
    from inference.engine.request import Request

# So many of a choice's probabilities stand in its record, the largest ones.
MAX_RECORDED = 8
# The digits after the point that they are rounded to.
DIGITS = 4


@dataclass(frozen=True, slots=True)
class TypedTask:
    """A declared task; calling it starts it for one message."""

    name: str
    kind: Kind
    instructions: str
    labels: tuple[LabelTable, ...]
    examples: tuple[tuple[str, str], ...] = ()
    # Whether it is asked of each message of the chat.
    is_on: bool = True
    unsure_below: float = 0.0
    # What people call it, by language.
    titles: tuple[tuple[str, str], ...] = ()

    @classmethod
    def declared(cls, name: str, table: TaskTable) -> "TypedTask":
        """Return the task of a table."""
        titles = tuple((language, text) for language in ("en", "zh") if (text := getattr(table, language)))
        return cls(
            name,
            table.type,
            table.instructions,
            table.all_labels,
            table.examples,
            table.on,
            table.unsure_below,
            titles,
        )

    def switched(self, is_on: bool) -> "TypedTask":
        """Return the task, asked of each message or not."""
        return replace(self, is_on=is_on)

    def __call__(self) -> "AskedTask":
        """Start the task for one message."""
        return AskedTask(self)

    @property
    def words(self) -> tuple[str, ...]:
        """The model's reply for each label."""
        return tuple(label.word for label in self.labels)

    @property
    def values(self) -> tuple[str, ...]:
        """What records call each label."""
        return tuple(map(value_of, self.labels))

    def texts(self, language: str) -> dict[str, str]:
        """Return what people read in a language: its name and those of its labels, by the page's keys."""
        found = {f"task_{self.name}": title for known, title in self.titles if known == language}
        for label in self.labels:
            if name := getattr(label, language, None):
                found[f"label_{value_of(label)}"] = name
        return found

    def first_prompt(self, text: str) -> Sequence[Message]:
        """Return the instructions, the worked examples, and the text to judge."""
        prompt = [Message("system", self.instructions)]
        for example, word in self.examples:
            prompt += [Message("user", example), Message("assistant", word)]
        return [*prompt, Message("user", text)]

    def question(self, text: str) -> Question:
        """Return what the model is asked about a text."""
        return Question(self.first_prompt(text), self.words)

    def answer(self, probabilities: Sequence[float]) -> Label:
        """Return the answer that the probabilities of the labels, in their order, make.

        The most probable label is the answer, its probability the confidence. A predicate's `probability` is
        that of its first label, which stands for true; a score is the expectation of its number.
        """
        by_value = dict(zip(self.values, probabilities, strict=True))
        confidence = max(probabilities)
        label = self.labels[list(probabilities).index(confidence)]
        score = None
        if self.kind == "score":
            score = sum(int(value) * probability for value, probability in by_value.items())
        return Label(
            self.name,
            value_of(label),
            confidence,
            by_value,
            probability=probabilities[0] if self.kind == "predicate" else None,
            score=score,
            is_unsure=confidence < self.unsure_below,
            tone=label.tone,
        )


class AskedTask:
    """A typed task while it runs for one message."""

    def __init__(self, task: TypedTask) -> None:
        self.name = task.name
        self._task = task
        self._score: Score | None = None

    def prepare(
        self,
        engine: "Engine",
        message: UserMessage,
        on_result: Callable[[Score | Finished], object],
        cancelled: Callable[[], bool],
    ) -> "Request[Score]":
        """Return the request that scores the labels."""
        question = engine.tokenize(self._task.question(message.text))
        return engine.prepare_score([question], on_result, cancelled, message.caller)

    def on_result(self, result: Score, span: Span) -> None:
        """Keep the score until the request has ended."""
        self._score = result

    def on_end(self, span: Span) -> Label:
        """Set the answer and the counters in the record; return the answer."""
        assert self._score is not None, "a request that ends without an error has a score"
        label = replace(self._task.answer(self._score.probabilities), usage=self._score.usage)
        span.set(**answer_fields(label))
        span.set(queue_wait_ms=self._score.queue_wait_ms, **usage_fields(self._score.usage))
        return label


def value_of(label: LabelTable) -> str:
    """Return what records call a label."""
    return label.value or label.word


def answer_fields(label: Label) -> dict[str, object]:
    """Return the fields of a record that tell an answer."""
    fields: dict[str, object] = {"label": label.label, "confidence": label.confidence}
    if label.probability is not None:
        fields["probability"] = label.probability
    elif label.score is not None:
        fields["score"] = label.score
    else:
        largest = sorted(label.probabilities.items(), key=lambda pair: -pair[1])[:MAX_RECORDED]
        fields["probabilities"] = {value: round(probability, DIGITS) for value, probability in largest}
    return fields | ({"unsure": True} if label.is_unsure else {})
