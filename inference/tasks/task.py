"""The protocol of a task: it turns a message into a request to the engine, and results into events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

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
    """A task for the model; each instance serves one message.

    To add a task, subclass `ReplyTask` or `LabelTask` in a module of this package, append it to
    `inference.tasks.TASKS`, and give it a name in the page's texts (`task_<name>`).
    """

    name: ClassVar[str]  # the `task_type` of its records, and the `task` of its events

    @staticmethod
    def first_prompt(text: str) -> Sequence[Message]:
        """Return the prompt of a conversation's first message; its constant prefix is read once and kept."""

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
