"""The protocol of a task: it turns a message into a request to the engine, and results into events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from inference.events import Event
from inference.observer import Span
from inference.types import Caller, Message, Sampling

if TYPE_CHECKING:  # importing torch takes seconds, and the page must be up first
    from inference.engine.engine import Engine
    from inference.engine.request import Request


@dataclass(frozen=True, slots=True)
class UserMessage:
    """A checked message with the conversation before it."""

    text: str
    history: Sequence[Message] = ()
    sampling: Sampling = field(default_factory=Sampling)
    caller: Caller = field(default_factory=Caller)


class Task(Protocol):
    """A task that runs for one message."""

    @property
    def name(self) -> str:
        """The `task_type` of its record, and the `task` of its events."""

    def prepare(
        self,
        engine: "Engine",
        message: UserMessage,
        on_result: Callable[[Any], object],
        cancelled: Callable[[], bool],
    ) -> "Request[Any]":
        """Return the request to submit; `on_result` gets its results, then its `Finished`.

        Raises:
            InputError: the prompt does not fit into the context.
            KVMemoryTooSmall: its keys and values would never have room in memory.
        """

    def on_result(self, result: Any, span: Span) -> Event | None:
        """Set the fields of a result in the record; return an event for the caller, if there is one yet."""

    def on_end(self, span: Span) -> Event:
        """Set the last fields of the record; return the event that the caller gets after it is written.

        Raises:
            RequestTimeout: the request took too long.
        """


class TaskKind(Protocol):
    """A task that the app has; calling it starts it for one message.

    A typed question is declared in a file of tasks. A task that streams a text is a subclass of `ReplyTask`.
    """

    @property
    def name(self) -> str:
        """The `task_type` of its records, and the `task` of its events."""

    def first_prompt(self, text: str, /) -> Sequence[Message]:
        """Return the prompt of a conversation's first message; its constant prefix is read once and kept."""

    def __call__(self) -> Task:
        """Start the task for one message."""
