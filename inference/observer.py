"""The observers of tasks and of the model, and the fields of a record that come from counters."""

from contextlib import AbstractContextManager
from typing import Protocol

from inference.types import Chunk, Usage


class Span(Protocol):
    """The record of one task while the task runs."""

    def set(self, **fields: object) -> None:
        """Note fields of the record; a later value replaces an earlier one."""


class Observer(Protocol):
    """The receiver of one record per task."""

    def track(self, task_type: str, request_id: str, **fields: object) -> AbstractContextManager[Span]:
        """Return a context manager that is entered when the task starts, and left when it ends in any way."""


class ModelEvents(Protocol):
    """Is told what happens to the model itself, such as a crash of its engine."""

    def __call__(self, event: str, message: str, level: int, /, **fields: object) -> None:
        """Take one event: its name, a line for a person, the level of `logging`, and more fields."""


def no_events(event: str, message: str, level: int, /, **fields: object) -> None:
    """Take an event and do nothing."""


def usage_fields(usage: Usage) -> dict[str, int]:
    """Return the token counts of a record."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "cached_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
    }


def chunk_fields(chunk: Chunk) -> dict[str, object]:
    """Return the fields of a record that come from a chunk."""
    ended = {"status": "cancelled"} if chunk.finish_reason == "cancelled" else {}
    return {
        "queue_wait_ms": chunk.queue_wait_ms,
        "ttft_ms": chunk.ttft_ms,
        "tokens_per_second": chunk.tokens_per_second,
        "finish_reason": chunk.finish_reason,
        **ended,
        **usage_fields(chunk.usage),
    }
