"""What a caller of the chat may send, as OpenAI's clients send it."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from inference.types import Message, Sampling

MAX_STOPS = 4
MAX_STOP_CHARS = 256
MAX_TOP_LOGPROBS = 20
INT64 = 1 << 63

T = TypeVar("T")


def _whole(text: str) -> str:
    """Refuse half a character, which no tokenizer and no log can take."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("half_character", "the text holds half of a character: remove it")
    return text


Text = Annotated[str, AfterValidator(_whole)]
Penalty = Annotated[float | None, Field(ge=-2, le=2)]
StopString = Annotated[Text, Field(min_length=1, max_length=MAX_STOP_CHARS)]


class _Body(BaseModel):
    """Other fields are allowed; `unsupported.py` knows those that would change the answer."""

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False, protected_namespaces=())


class Part(_Body):
    """A part of a message: a text, or what an assistant refused with."""

    type: Text
    text: Text | None = None
    refusal: Text | None = None

    @property
    def content(self) -> str:
        """The text of the part."""
        return (self.refusal if self.type == "refusal" else self.text) or ""

    @model_validator(mode="after")
    def _refuse_others(self) -> "Part":
        if self.type not in ("text", "refusal"):
            text = "a part of type {kind} is not supported: send parts of type text"
            raise PydanticCustomError("unsupported_content", text, {"kind": self.type[:40]})
        if (self.text if self.type == "text" else self.refusal) is None:
            raise PydanticCustomError("missing", "the part has no {kind}", {"kind": self.type})
        return self


def _parts(content: Any) -> Any:
    """Read a text as one part, and no content as none."""
    if content is None:
        return []
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _texts(stop: Any) -> Any:
    """Read one text as a list of it, and nothing as no texts."""
    if stop is None:
        return []
    return [stop] if isinstance(stop, str) else stop


class ChatMessage(_Body):
    """A message of the conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[
        list[Part], BeforeValidator(_parts, json_schema_input_type=str | list[Part] | None)
    ] = []

    @property
    def message(self) -> Message:
        """The message as the model reads it; several parts are joined by ends of lines."""
        role = "system" if self.role == "developer" else self.role
        return Message(role, "\n".join(part.content for part in self.content))


class StreamOptions(_Body):
    """What a stream tells beside the reply."""

    include_usage: bool | None = None


class ChatRequest(_Body):
    """A conversation, and how it is answered; a field that is null counts as left out."""

    model: Text | None = None
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    top_k: int | None = Field(None, ge=0, le=1_000_000)
    seed: int | None = Field(None, ge=-INT64, lt=INT64)
    stop: Annotated[
        list[StopString],
        Field(max_length=MAX_STOPS),
        BeforeValidator(_texts, json_schema_input_type=str | list[str] | None),
    ] = []
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    frequency_penalty: Penalty = None
    presence_penalty: Penalty = None
    repetition_penalty: float | None = Field(None, ge=0.1, le=2)
    logprobs: bool | None = None
    top_logprobs: int | None = Field(None, ge=0, le=MAX_TOP_LOGPROBS)
    user: Text | None = None

    @property
    def conversation(self) -> list[Message]:
        """The messages as the model reads them."""
        return [each.message for each in self.messages]

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with the tokens that were used."""
        return self.stream_options is not None and bool(self.stream_options.include_usage)

    def sampling(self, temperature: float, max_new_tokens: int) -> Sampling:
        """Return how the reply is drawn: what is not said is as in the app's own chat.

        A longer reply than the app allows is not refused: it ends with `length` at the app's limit.
        """
        usual = Sampling()
        limit = self.max_completion_tokens or self.max_tokens or max_new_tokens
        return Sampling(
            temperature=_or(self.temperature, temperature),
            top_p=_or(self.top_p, usual.top_p),
            top_k=_or(self.top_k, usual.top_k),
            repetition_penalty=_or(self.repetition_penalty, usual.repetition_penalty),
            max_new_tokens=min(limit, max_new_tokens),
            seed=self.seed,
            frequency_penalty=_or(self.frequency_penalty, usual.frequency_penalty),
            presence_penalty=_or(self.presence_penalty, usual.presence_penalty),
            stop=tuple(self.stop),
            top_logprobs=self.top_logprobs or 0 if self.logprobs else None,
        )


def _or(value: T | None, usual: T) -> T:
    """Return a value, or what is usual where there is none."""
    return usual if value is None else value
