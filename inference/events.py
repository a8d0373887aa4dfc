"""What the caller of the service is told about one message."""

from dataclasses import dataclass

from inference.types import Chunk, Label


@dataclass(frozen=True, slots=True)
class Accepted:
    """The request has its id; all events that follow belong to it."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A task ended without its result."""

    task: str
    error: Exception


Event = Accepted | Label | Chunk | Failed
