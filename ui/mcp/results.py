"""What the tools return; agents are told the types and the descriptions as schemas."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Result(BaseModel):
    """A value that does not change."""

    model_config = ConfigDict(frozen=True)


class Classified(_Result):
    """The answer to a typed question."""

    request_id: str
    label: str
    confidence: float = Field(description="The probability of the label, 0 to 1.")
    probabilities: dict[str, float] = Field(description="Of each label; their sum is 1.")
    unsure: bool = Field(description="Whether the confidence is below the limit of the task.")
    score: float | None = Field(description="Of a task that scores: the expectation.")
    probability: float | None = Field(description="Of a task of true or false: that it is true.")


class Replied(_Result):
    """The reply to a message, with its counters."""

    request_id: str
    reply: str
    finish_reason: str | None = Field(description="stop, or length where the reply was cut.")
    prompt_tokens: int
    cached_tokens: int = Field(description="The part of the prompt that the model remembered.")
    output_tokens: int
    ttft_ms: float | None = Field(description="The time to the first token.")
    tokens_per_second: float | None


class Row(_Result):
    """One finished task of the live log; what the caller may not see is null."""

    request_id: str | None
    time: str | None = Field(description="When it ended, in UTC.")
    task: str | None
    status: str | None
    response_time_ms: float | None
    label: str | None
    message: str | None = Field(description="What the log says of it, the first 200 characters.")
    input_text: str | None = Field(description="What the model was asked about, as far as the log keeps it.")


class Found(_Result):
    """The newest of the finished tasks that were looked for."""

    count: int = Field(description="How many there are in all.")
    rows: list[Row] = Field(description="The newest first.")


class Shown(_Result):
    """The records of one request."""

    records: list[dict[str, Any]] = Field(description="The oldest first.")
