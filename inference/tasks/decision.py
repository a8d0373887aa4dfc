"""Questions that a caller makes up about one text: all share its reading, since they come behind it.

They are those of OpenAI's Decisions API: a predicate is true or false, a choice is one of some values, a
score is a place on a scale of levels, which count from 0.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inference.errors import InputError, KVMemoryTooSmall
from inference.observer import Span, usage_fields
from inference.tasks.declaration import Kind
from inference.tasks.priors import NOTHING, Priors, calibrated
from inference.tasks.task import UserMessage
from inference.types import Answers, Finished, Message, Question, Score

if TYPE_CHECKING:
    from inference.engine.engine import Engine
    from inference.engine.request import Request
    from inference.engine.scoring import TokenizedQuestion

NAME = "decision"
SYSTEM = Message("system", "Answer each question about the text.")


@dataclass(frozen=True, slots=True)
class Option:
    """An answer that is possible: what the model would say, and what that means."""

    word: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question of a caller."""

    kind: Kind
    instructions: str
    # Of a predicate none: they are Yes and No.
    options: tuple[Option, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The model's reply for each answer; of a predicate, for true and for false."""
        return ("Yes", "No") if self.kind == "predicate" else tuple(option.word for option in self.options)

    @property
    def prompt(self) -> str:
        """The question as the model reads it."""
        described = [f"{each.word}: {each.description}" for each in self.options if each.description]
        offered = f"{' or '.join(self.words)}?"
        if described:
            return "\n".join([self.instructions, *described, offered])
        return f"{self.instructions} {offered}"

    def about(self, text: str, history: Sequence[Message] = ()) -> Question:
        """Return the question about a text, which comes first.

        It stands where the reply begins, so that all questions share the text and the end of its turn.
        """
        labels = [f" {word}" for word in self.words]
        return Question([SYSTEM, *history, Message("user", text)], labels, self.prompt)

    def fields(self, probabilities: Sequence[float]) -> dict[str, object]:
        """Return the fields of a record that tell its answer."""
        confidence = max(probabilities)
        values = ("true", "false") if self.kind == "predicate" else self.words
        label = values[list(probabilities).index(confidence)]
        told: dict[str, object] = {"label": label, "confidence": confidence}
        if self.kind == "predicate":
            told["probability"] = probabilities[0]
        elif self.kind == "score":
            told["score"] = expectation(probabilities)
        return told


class Decision:
    """Some questions about one text; calling it starts it for one message.

    `priors` are the answers about nothing that are remembered for `owner`.
    """

    name = NAME

    def __init__(
        self, questions: Sequence[AskedQuestion], priors: Priors | None = None, owner: Hashable = None
    ) -> None:
        self._questions = questions
        self._priors = priors or Priors()
        self._owner = owner

    @staticmethod
    def first_prompt(text: str) -> Sequence[Message]:
        """Return what all questions begin with."""
        return [SYSTEM, Message("user", text)]

    def __call__(self) -> "AskedDecision":
        """Start the questions for one message."""
        return AskedDecision(self._questions, self._priors, self._owner)


class AskedDecision:
    """The questions of one call while they run."""

    name = NAME

    def __init__(self, questions: Sequence[AskedQuestion], priors: Priors, owner: Hashable) -> None:
        self._questions = questions
        self._priors = priors
        self._owner = owner
        # Of each question, whether it can be asked.
        self._asked: list[bool] = []
        # Their answers about nothing, where they are known, and those where they are asked behind the others.
        self._known: dict[AskedQuestion, tuple[float, ...]] = {}
        self._unknown: list[AskedQuestion] = []
        self._scores: list[Score] = []

    def prepare(
        self,
        engine: "Engine",
        message: UserMessage,
        on_result: Callable[[Score | Finished], object],
        cancelled: Callable[[], bool],
    ) -> "Request[Score]":
        """Return the request that reads the text once, and each question behind it.

        A question that cannot be asked is left out.

        Raises:
            InputError: none can be asked, as the labels of the last one, or its length, show.
            KVMemoryTooSmall: none has room in memory.
        """
        tokenized: list[TokenizedQuestion] = []
        refusal: Exception | None = None
        for each in self._questions:
            try:
                tokenized.append(engine.tokenize(each.about(message.text, message.history)))
                self._asked.append(True)
            except (InputError, KVMemoryTooSmall) as error:
                refusal = error
                self._asked.append(False)
        if refusal is not None and not tokenized:
            raise refusal
        for each, is_asked in zip(self._questions, self._asked, strict=True):
            if (prior := self._priors.get((self._owner, each))) is not None:
                self._known[each] = prior
            elif is_asked and each not in self._unknown:
                self._unknown.append(each)
                tokenized.append(engine.tokenize(each.about(NOTHING)))
        return engine.prepare_score(tokenized, on_result, cancelled, message.caller)

    def on_result(self, result: Score, span: Span) -> None:
        """Keep the score of one question until all have ended."""
        self._scores.append(result)

    def on_end(self, span: Span) -> Answers:
        """Set the counters in the record; return the probabilities of each question's answers."""
        last = self._scores[-1]
        first_prior = len(self._scores) - len(self._unknown)
        for each, score in zip(self._unknown, self._scores[first_prior:], strict=True):
            self._known[each] = score.probabilities
            self._priors.put((self._owner, each), score.probabilities)
        scores = iter(self._scores)
        found = tuple(
            calibrated(next(scores).probabilities, self._known[each]) if is_asked else None
            for each, is_asked in zip(self._questions, self._asked, strict=True)
        )
        if len(found) == 1 and found[0] is not None:
            span.set(**self._questions[0].fields(found[0]))
        span.set(questions=len(found), queue_wait_ms=last.queue_wait_ms, **usage_fields(last.usage))
        return Answers(self.name, found, last.usage)


def expectation(probabilities: Sequence[float]) -> float:
    """Return the expectation of a level, of which the first one is 0."""
    return sum(level * probability for level, probability in enumerate(probabilities))
