"""The body of `POST /v1/decisions`, as OpenAI's clients send it.

What a model that reads text cannot take, such as images, is refused by its name.
"""

import json
from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Discriminator,
    Field,
    StrictBool,
    StrictStr,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from inference.errors import InputError
from inference.tasks.declaration import MAX_LABELS
from inference.tasks.message import check_characters

MAX_QUESTIONS = 400
MAX_LEVELS = 10
MAX_MESSAGES = 1000
# Objects and lists within each other.
MAX_DEPTH = 32
# All questions of a call together may have so many times the characters of an input.
QUESTIONS_TO_INPUT = 20
REFUSED = {
    "input_image": "images",
    "function_call": "function calls",
    "function_call_output": "function calls",
    "custom_tool_call": "tool calls",
    "custom_tool_call_output": "tool calls",
}


def _readable(text: str) -> str:
    """Let a text pass that the model can read."""
    try:
        check_characters(text)
    except InputError as error:
        raise PydanticCustomError("control_character", "{told}", {"told": str(error)}) from error
    return text


def _supported(value: Any) -> Any:
    """Refuse what the model cannot read, by its name."""
    kind = value.get("type") if isinstance(value, dict) else None
    if isinstance(kind, str) and (what := REFUSED.get(kind)) is not None:
        raise PydanticCustomError("unsupported_input", "{what} are not supported: send text", {"what": what})
    return value


def _is_within(value: Any, depth: int) -> bool:
    """Return whether a value is nested at most so deep."""
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(_is_within(each, depth - 1) for each in inner)


Text = Annotated[StrictStr, AfterValidator(_readable)]
Word = Annotated[Text, Field(min_length=1, max_length=100)]
Name = Annotated[Text, Field(max_length=256)]


class TextPart(BaseModel):
    """A piece of text."""

    type: Literal["input_text", "output_text"]
    text: Text

    @property
    def rendered(self) -> str:
        """The text as the model reads it."""
        return self.text


class RefusalPart(BaseModel):
    """A refusal in an earlier answer of an assistant."""

    type: Literal["refusal"]
    refusal: Text

    @property
    def rendered(self) -> str:
        """The text as the model reads it."""
        return self.refusal


class JsonPart(BaseModel):
    """An object, or some; it is rendered as compact JSON."""

    type: Literal["input_json"]
    data: dict[str, Any] | list[dict[str, Any]]

    @model_validator(mode="after")
    def _is_readable(self) -> "JsonPart":
        if not _is_within(self.data, MAX_DEPTH):
            raise PydanticCustomError("too_deep", "the data is nested deeper than 32 levels")
        _readable(self.rendered)
        return self

    @property
    def rendered(self) -> str:
        """The text as the model reads it."""
        return json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))


Part = Annotated[
    Annotated[TextPart | JsonPart | RefusalPart, Field(discriminator="type")], BeforeValidator(_supported)
]
_BY_TRUTH = Discriminator(lambda value: "boolean" if isinstance(value, bool) else "text")
# A list or not, so that an error tells what is wrong in it, and not that it is no text as well.
_BY_FORM = Discriminator(lambda value: "list" if isinstance(value, list) else "text")
Content = Annotated[Annotated[Text, Tag("text")] | Annotated[list[Part], Tag("list")], _BY_FORM]


class InputMessage(BaseModel):
    """A message of a conversation that is judged."""

    type: Literal["message"] = "message"
    role: Literal["user", "system", "developer", "assistant"]
    content: Content


Messages = Annotated[
    list[Annotated[InputMessage, BeforeValidator(_supported)]], Field(min_length=1, max_length=MAX_MESSAGES)
]


class Described(BaseModel):
    """An answer that is possible."""

    description: Text | None = None


class Choice(Described):
    """One of the values of a choice; a string and a boolean of the same text are two."""

    value: Annotated[Annotated[StrictBool, Tag("boolean")] | Annotated[Word, Tag("text")], _BY_TRUTH]


class Level(Described):
    """One of the levels of a score; the first one counts 0."""

    label: Word


class Asked(BaseModel):
    """What all questions have."""

    name: Name | None = None
    instructions: Content

    @model_validator(mode="after")
    def _says_something(self) -> "Asked":
        if not self.told.strip():
            raise PydanticCustomError("empty", "the instructions are empty")
        return self

    @property
    def told(self) -> str:
        """The instructions as the model reads them."""
        return rendered(self.instructions)


class Predicate(Asked):
    """How likely it is that something is true."""

    type: Literal["predicate"]


class ChoiceQuestion(Asked):
    """Which of some values is right."""

    type: Literal["choice"]
    choices: Annotated[list[Choice], Field(min_length=2, max_length=MAX_LABELS)]

    @model_validator(mode="after")
    def _all_differ(self) -> "ChoiceQuestion":
        counts = Counter((type(each.value), each.value) for each in self.choices)
        (_, value), count = counts.most_common(1)[0]
        if count > 1:
            raise PydanticCustomError("same_choices", "two choices are {value}", {"value": repr(value)})
        return self


class ScoreQuestion(Asked):
    """Which place on a scale is right."""

    type: Literal["score"]
    levels: Annotated[list[Level], Field(min_length=2, max_length=MAX_LEVELS)]


AnyQuestion = Predicate | ChoiceQuestion | ScoreQuestion


class DecisionRequest(BaseModel):
    """Some questions about one input."""

    model: StrictStr | None = None
    input: Annotated[Annotated[Text, Tag("text")] | Annotated[Messages, Tag("list")], _BY_FORM]
    questions: Annotated[
        list[Annotated[AnyQuestion, Field(discriminator="type")]],
        Field(min_length=1, max_length=MAX_QUESTIONS),
    ]
    safety_identifier: StrictStr | None = None

    @property
    def text(self) -> str:
        """The input as the model reads it: a text, or a conversation with the role before each message."""
        if isinstance(self.input, str):
            return self.input
        if len(self.input) == 1:
            return rendered(self.input[0].content)
        return "\n".join(f"{message.role}: {rendered(message.content)}" for message in self.input)


def rendered(content: str | list[TextPart | JsonPart | RefusalPart]) -> str:
    """Return a content as the model reads it: its parts below each other."""
    return content if isinstance(content, str) else "\n".join(part.rendered for part in content)
