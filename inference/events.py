"""The events that the caller of the service gets for one message."""

from dataclasses import dataclass

from inference.types import Answers, Chunk, Label


@dataclass(frozen=True, slots=True)
class Accepted:
    """The message has a request id, which all later events share."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A task ended without its result."""

    task: str
    error: Exception


Event = Accepted | Label | Answers | Chunk | Failed
