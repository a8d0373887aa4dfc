"""A task: the question that it puts to the engine for each message, and its result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from inference.events import Event
from inference.observer import Span
from inference.types import Message, Sampling

if TYPE_CHECKING:  # torch takes seconds to import, and the page comes first
    from inference.engine.engine import Engine
    from inference.engine.request import Request


@dataclass(frozen=True, slots=True)
class UserMessage:
    """A checked message with the conversation before it."""

    text: str
    history: Sequence[Message] = ()
    sampling: Sampling = field(default_factory=Sampling)


class Task(Protocol):
    """What the model is asked about a message; each instance serves one message.

    `ReplyTask` and `LabelTask` are the two kinds that the engine serves: a new task is a subclass of one of
    them, and a line in `inference.tasks.TASKS`.
    """

    name: ClassVar[str]  # `task_type` of its records, and `task` of its events

    @staticmethod
    def first_prompt(text: str) -> Sequence[Message]:
        """Return the prompt of a conversation's first message; its constant prefix is read only once."""

    def prepare(
        self,
        engine: "Engine",
        message: UserMessage,
        on_result: Callable[[Any], object],
        cancelled: Callable[[], bool],
    ) -> "Request[Any]":
        """Return the request to submit; `on_result` gets its results, then its `Finished`.

        Raises:
            InputError: the prompt does not fit the context.
        """

    def on_result(self, result: Any, span: Span) -> Event | None:
        """Note a result's fields in the task's record; return what the caller is told before the end."""

    def on_end(self, span: Span) -> Event:
        """Note the last fields; return what the caller is told once the record is written.

        Raises:
            RequestTimeout: the request took too long.
        """
