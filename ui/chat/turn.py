"""One message with the results of all its tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from inference import Message
from inference.errors import InferenceError
from inference.events import Accepted, Event, Failed
from inference.tasks.chat import Chat
from inference.types import Chunk, Label

CHAT = Chat.name


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one task so far."""

    label: Label | None = None
    text: str = ""
    last: Chunk | None = None  # the newest chunk, whose counters count the whole text
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A message, and the outcome of each task that has produced anything."""

    message: str
    # The names of the typed questions that are asked of it.
    asked: tuple[str, ...] = ()
    request_id: str = ""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    def after(self, event: Event) -> "Turn":
        """Return the turn as it is after one more event."""
        if isinstance(event, Accepted):
            return replace(self, request_id=event.request_id)
        outcome = self.of(event.task)
        match event:
            case Label():
                outcome = replace(outcome, label=event)
            case Chunk():
                outcome = replace(outcome, text=outcome.text + event.text, last=event)
            case Failed():
                outcome = replace(outcome, error=event.error)
        return replace(self, outcomes={**self.outcomes, event.task: outcome})

    def of(self, task: str) -> Outcome:
        """Return the outcome of a task; an empty one before its first event."""
        return self.outcomes.get(task, Outcome())

    @property
    def chat(self) -> Outcome:
        """The outcome of the chat task."""
        return self.of(CHAT)

    @property
    def answers(self) -> dict[str, Outcome]:
        """The outcomes of the typed questions by their names, also of those that have none yet."""
        asked = {task: self.of(task) for task in self.asked}
        return asked | {task: outcome for task, outcome in self.outcomes.items() if outcome.label is not None}

    @property
    def others(self) -> dict[str, Outcome]:
        """The outcomes of all other tasks by their names, in the order of their first events."""
        known = {CHAT, *self.answers}
        return {task: outcome for task, outcome in self.outcomes.items() if task not in known}

    @property
    def is_rejected(self) -> bool:
        """Whether the message was rejected before the model answered it."""
        error = self.chat.error
        return isinstance(error, InferenceError) and error.status == "rejected"


def history(turns: Sequence[Turn]) -> list[Message]:
    """Return the conversation as messages for the model."""
    messages = []
    for turn in turns:
        messages.append(Message("user", turn.message))
        if turn.chat.text:
            messages.append(Message("assistant", turn.chat.text))
    return messages


def readable(message: object) -> str:
    """Return a message as it can be shown: "" for what is no text, and no half characters."""
    if not isinstance(message, str):
        return ""
    return message.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
