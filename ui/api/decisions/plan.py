"""How the questions of a call are asked: as the declared task that they are, or behind the text."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count

from inference.tasks import TypedTask
from inference.tasks.decision import AskedQuestion, Decision, Option
from inference.tasks.priors import Priors
from inference.tasks.task import TaskKind
from ui.api.decisions.request import AnyQuestion, ChoiceQuestion, Predicate, ScoreQuestion

# The words for true and false: the first pair of which no word is a choice itself.
TRUTHS = (("true", "false"), ("yes", "no"))


@dataclass(frozen=True, slots=True)
class DeclaredQuestion:
    """A question that is a declared task: it is asked with the task's own prompt."""

    task: TypedTask
    # Of each answer of the question, in its order, what the task's records call it.
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Of each question, in their order, the task that it is, or how it is asked."""

    parts: tuple[DeclaredQuestion | AskedQuestion, ...]

    @property
    def made_up(self) -> list[AskedQuestion]:
        """The questions that are no declared task."""
        return [part for part in self.parts if isinstance(part, AskedQuestion)]

    def tasks(self, priors: Priors, owner: str | None) -> list[TaskKind]:
        """Return what the service is asked for; `priors` remember for `owner`."""
        declared = {part.task.name: part.task for part in self.parts if isinstance(part, DeclaredQuestion)}
        made_up = [Decision(self.made_up, priors, owner)] if self.made_up else []
        return [*declared.values(), *made_up]

    @property
    def chars(self) -> int:
        """How many characters of the questions the model reads."""
        return sum(len(question.prompt) for question in self.made_up)


def plan(questions: Sequence[AnyQuestion], tasks: Sequence[TypedTask]) -> Plan:
    """Return how some questions are asked."""
    by_name = {task.name: task for task in tasks}
    return Plan(tuple(_declared(each, by_name.get(each.name or "")) or _made_up(each) for each in questions))


def _declared(question: AnyQuestion, task: TypedTask | None) -> DeclaredQuestion | None:
    """Return a question as the task of its name, if it has the same type and the same answers."""
    if task is None or task.kind != question.type:
        return None
    if isinstance(question, Predicate):
        return DeclaredQuestion(task, task.values)
    if isinstance(question, ScoreQuestion):
        labels = tuple(level.label for level in question.levels)
        return DeclaredQuestion(task, task.values) if labels in (task.values, task.words) else None
    choices = [choice.value for choice in question.choices]
    for names in (task.values, task.words):
        value_of = dict(zip(names, task.values, strict=True))
        if len(choices) == len(names) and all(isinstance(c, str) and c in value_of for c in choices):
            return DeclaredQuestion(task, tuple(value_of[str(choice)] for choice in choices))
    return None


def _made_up(question: AnyQuestion) -> AskedQuestion:
    return AskedQuestion(question.type, question.told, _options(question))


def _options(question: AnyQuestion) -> tuple[Option, ...]:
    if isinstance(question, ChoiceQuestion):
        values = [choice.value for choice in question.choices]
        truths = _truths({value for value in values if isinstance(value, str)})
        words = [value if isinstance(value, str) else truths[not value] for value in values]
        described = [choice.description or "" for choice in question.choices]
        return tuple(map(Option, words, described))
    if isinstance(question, ScoreQuestion):
        return tuple(Option(level.label, level.description or "") for level in question.levels)
    return ()


def _truths(taken: set[str]) -> tuple[str, str]:
    """Return words for true and false that are no choice themselves, in whatever case."""
    known = {word.casefold() for word in taken}
    numbered = ((f"true {number}", f"false {number}") for number in count(1))
    return next(pair for pair in chain(TRUTHS, numbered) if known.isdisjoint(pair))
