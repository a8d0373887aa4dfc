"""Frozen records that travel between the engine, the tasks and the service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "cancelled", "timeout"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: each client has limits, and a conversation is remembered for its session alone."""

    client: str | None = None  # address; None for the operator, who has no limit
    session: str | None = None  # None: nothing is remembered


NOBODY = Caller()


@dataclass(frozen=True, slots=True)
class Sampling:
    """The parameters for choosing the next token; `temperature` 0 is greedy."""

    temperature: float = 0.7
    top_p: float = 0.8  # share of probability mass kept, 0..1
    top_k: int = 20  # number of tokens kept; 0 keeps all
    repetition_penalty: float = 1.05  # 1.0 means no penalty
    max_new_tokens: int = 512
    seed: int | None = None  # None draws a random one
    frequency_penalty: float = 0.0  # taken off the logit of a token for each time that the reply has it
    presence_penalty: float = 0.0  # taken off once
    stop: tuple[str, ...] = ()  # texts that end the reply, none of them empty; nothing of them is sent
    # How many of the most probable tokens are told beside each token; None tells no probabilities.
    top_logprobs: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens that a request has used so far."""

    prompt_tokens: int = 0
    cached_tokens: int = 0  # part of the prompt that came from the KV cache
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """How probable the model itself found a token, before temperature, cuts and penalties."""

    content: bytes  # may be a part of a character
    logprob: float  # natural logarithm
    top: tuple["TokenLogprob", ...] = ()  # the most probable tokens in its place, the best first

    @property
    def text(self) -> str:
        """The token as text, with a replacement for what is no whole character."""
        return self.content.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a reply, with the request's counters so far."""

    text: str  # the text since the previous chunk
    usage: Usage
    queue_wait_ms: float  # from the submission to the first pass
    ttft_ms: float | None  # time to first token, from the submission
    tokens_per_second: float | None  # decoded tokens over decode time
    finish_reason: FinishReason | None = None  # set on the last chunk only
    task: str = ""  # name of the task; the engine, which knows no tasks, leaves it empty
    # Of the tokens whose text begins here, where they were asked for; not of the one that ends a reply.
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt, and the replies of which the model is to choose one."""

    messages: Sequence[Message]
    labels: Sequence[str]  # two or more, all different
    lead: str = ""  # how the reply begins, before the label


@dataclass(frozen=True, slots=True)
class Score:
    """The probability of each label of a question."""

    probabilities: tuple[float, ...]  # in the order of the labels; their sum is 1
    usage: Usage
    queue_wait_ms: float


@dataclass(frozen=True, slots=True)
class Label:
    """The answer to a typed question."""

    task: str  # name of the task
    label: str
    confidence: float  # probability of the label among the task's labels, 0..1
    probabilities: Mapping[str, float]  # of each label, in their order; their sum is 1
    probability: float | None = None  # of a predicate: that it is true
    score: float | None = None  # of a score: the expectation of its number
    is_unsure: bool = False  # whether the confidence is below the task's limit
    tone: Literal["positive", "negative"] | None = None  # of a label that is good or bad news
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to the questions of a call."""

    task: str
    # Of each question the probability of each answer, in the order of the question's words; their sum is 1.
    # None: the question cannot be asked.
    probabilities: tuple[tuple[float, ...] | None, ...]
    usage: Usage


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a request, after its last result; `error` is what ended it, if anything did."""

    error: Exception | None = None
