"""The type of a language's texts, and the name of a task in them."""

from collections.abc import Mapping

Words = Mapping[str, str]
MAX_NAME_CHARS = 128  # of a name that a log gives


def task_name(task: str, words: Words) -> str:
    """Return a task's name for the reader; a task without a text keeps its name from the log."""
    return words.get(f"task_{task}", task[:MAX_NAME_CHARS])


def label_name(label: str, words: Words) -> str:
    """Return a label as the page calls it, as the log has it where the texts do not know it."""
    return words.get(f"label_{label}", label[:MAX_NAME_CHARS])
