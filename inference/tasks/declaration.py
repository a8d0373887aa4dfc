"""What a file of tasks may say of a task."""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

# The names of a task are those of fields, charts and addresses everywhere.
NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]{0,39}$"
# Tasks of the app itself, and what records call a task that is not known.
TAKEN_NAMES = frozenset({"chat", "decision", "system", "unknown"})
# As many as the API takes for a question (docs/api.md).
MAX_LABELS = 255
MAX_LEVEL = 100

Kind = Literal["predicate", "choice", "score"]
# What the model reads has no control characters, beside ends of lines and tabs.
PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$"
Word = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True, pattern=PLAIN)]
# It is shown in charts, whose texts are marked up.
Title = Annotated[
    str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True, pattern=r"^[^<>&\x00-\x1f]+$")
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True, pattern=PLAIN)]


class Table(BaseModel):
    """A table of the file; a key that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelTable(Table):
    """One answer: the word that the model is asked for, and what records and people call it."""

    word: Word
    # What stands in records; without it, the word.
    value: Word | None = None
    en: Title | None = None
    zh: Title | None = None
    tone: Literal["positive", "negative"] | None = None


def mistake(key: str, text: str) -> PydanticCustomError:
    """Return the error about a key of a task that does not go with the others."""
    return PydanticCustomError("mistake", "{text}", {"key": key, "text": text})


def _as_label(value: Any) -> Any:
    """Take a word alone for a label."""
    return {"word": value} if isinstance(value, str) else value


Label = Annotated[LabelTable, BeforeValidator(_as_label)]


class TaskTable(Table):
    """A question that the model answers about a text, with a probability for each answer.

    A `predicate` is true or false; its labels, if it names any, are the words for true and for false. A
    `choice` is one of its labels. A `score` is a number of the scale `lowest` to `highest`, whose labels, if
    it names any, stand for its numbers in that order.
    """

    type: Kind
    instructions: Text
    labels: Annotated[tuple[Label, ...], Field(max_length=MAX_LABELS)] = ()
    lowest: Annotated[int, Field(ge=0, le=MAX_LEVEL)] = 1
    highest: Annotated[int, Field(ge=0, le=MAX_LEVEL)] = 5
    # Pairs of a text and the word that is right for it.
    examples: Annotated[tuple[tuple[Text, Word], ...], Field(max_length=50)] = ()
    # Whether it is asked of each message of the chat, where TASKS_ON does not say.
    on: StrictBool = True
    # An answer whose probability is less is "unsure".
    unsure_below: Annotated[float, Field(ge=0, le=1)] = 0.0
    en: Title | None = None
    zh: Title | None = None

    @model_validator(mode="after")
    def _labels_fit_the_type(self) -> "TaskTable":
        self._check_scale()
        self._check_amount()
        if self.type != "choice" and any(label != LabelTable(word=label.word) for label in self.labels):
            what = "true and false" if self.type == "predicate" else "numbers"
            raise mistake("labels", f"the labels of a {self.type} are words alone: records call them {what}")
        words = [label.word for label in self.all_labels]
        values = [label.value or label.word for label in self.all_labels]
        for name, found in (("word", words), ("value", values)):
            if twice := sorted({each for each in found if found.count(each) > 1}):
                raise mistake("labels", f"two labels have the same {name}: {', '.join(twice)}")
        for _, word in self.examples:
            if word not in words:
                text = f"the word of an example is no label: {word!r}; allowed are {', '.join(words)}"
                raise mistake("examples", text)
        return self

    def _check_scale(self) -> None:
        for key in ("lowest", "highest"):
            if self.type != "score" and key in self.model_fields_set:
                raise mistake(key, f"only a score has a scale, and this is a {self.type}")
        if self.highest <= self.lowest:
            raise mistake("highest", f"highest = {self.highest} is not above lowest = {self.lowest}")

    def _check_amount(self) -> None:
        count = len(self.labels)
        if self.type == "choice" and count < 2:
            raise mistake("labels", f"a choice has 2 to {MAX_LABELS} labels, this one has {count}")
        if self.type == "predicate" and count not in (0, 2):
            text = f"a predicate has two labels, for true and for false, or none; this one has {count}"
            raise mistake("labels", text)
        if self.type == "score" and count not in (0, self.highest - self.lowest + 1):
            text = f"a score from {self.lowest} to {self.highest} has as many labels, or none; not {count}"
            raise mistake("labels", text)

    @property
    def all_labels(self) -> tuple[LabelTable, ...]:
        """The labels, also where the file names none."""
        if self.type == "choice":
            return self.labels
        words = values = tuple(str(number) for number in range(self.lowest, self.highest + 1))
        if self.type == "predicate":
            words, values = ("Yes", "No"), ("true", "false")
        labels = self.labels or tuple(LabelTable(word=word) for word in words)
        return tuple(
            label.model_copy(update={"value": value}) for label, value in zip(labels, values, strict=True)
        )
