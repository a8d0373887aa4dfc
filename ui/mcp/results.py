"""What the tools return; the types are the schemas that agents are told."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Classified:
    """The answer to a typed question."""

    request_id: str
    label: str
    confidence: float  # probability of the label, 0 to 1
    probabilities: dict[str, float]  # of each label; their sum is 1
    unsure: bool  # whether the confidence is below the limit of the task
    score: float | None = None  # of a task that scores: the expectation
    probability: float | None = None  # of a task of true or false: that it is true


@dataclass(frozen=True, slots=True)
class Replied:
    """The reply to a message, with its counters."""

    request_id: str
    reply: str
    finish_reason: str | None  # stop, or length where the reply was cut
    prompt_tokens: int
    cached_tokens: int  # part of the prompt that the model remembered
    output_tokens: int
    ttft_ms: float | None  # time to first token
    tokens_per_second: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One finished task of the live log; what the caller may not see is null."""

    request_id: str | None
    time: str | None  # UTC
    task: str | None
    status: str | None
    response_time_ms: float | None
    label: str | None
    message: str | None  # what the log says of it, its first 200 characters
    input_text: str | None  # what somebody wrote, its first 200 characters, as LOG_CONTENT lets them be kept


@dataclass(frozen=True, slots=True)
class Found:
    """The newest of the finished tasks that were looked for."""

    count: int  # how many there are in all
    rows: list[Row] = field(default_factory=list)  # the newest first


@dataclass(frozen=True, slots=True)
class Shown:
    """The records of one request, the oldest first; docs/log-record.md explains the fields."""

    records: list[dict[str, Any]]
