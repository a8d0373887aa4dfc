"""What the model is asked to do: the chat, and the typed questions that files of tasks declare."""

from collections.abc import Iterable

from inference.tasks.chat import Chat
from inference.tasks.task import TaskKind
from inference.tasks.tasks_file import load_tasks
from inference.tasks.typed_task import TypedTask

__all__ = ["TypedTask", "load_tasks", "tasks_of_message"]


def tasks_of_message(typed: Iterable[TypedTask]) -> tuple[TaskKind, ...]:
    """Return the tasks that run for each message of the chat, in the order in which they are submitted."""
    return (*(task for task in typed if task.is_on), Chat)
