"""Frozen records that travel between the engine, the tasks and the service."""

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


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens that a request has used so far."""

    prompt_tokens: int = 0
    cached_tokens: int = 0  # part of the prompt that came from the KV cache
    output_tokens: int = 0


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


@dataclass(frozen=True, slots=True)
class Score:
    """The probability of each of a few labels."""

    probabilities: tuple[float, ...]  # in the order of the labels; their sum is 1
    usage: Usage
    queue_wait_ms: float


@dataclass(frozen=True, slots=True)
class Label:
    """The result of a task that chooses one of a few labels."""

    task: str  # name of the task
    label: str
    confidence: float  # probability of the label among the task's labels, 0..1


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a request, after its last result; `error` is what ended it, if anything did."""

    error: Exception | None = None
