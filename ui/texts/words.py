"""The type of a language's texts, and the name of a task in them."""

from collections.abc import Mapping

Words = Mapping[str, str]


def task_name(task: str, words: Words) -> str:
    """Return a task's name for the reader; a task without a text keeps its name from the log."""
    return words.get(f"task_{task}", task)
