"""The texts of a language, and the name of a task in them."""

from collections.abc import Mapping

Words = Mapping[str, str]


def task_name(task: str, words: Words) -> str:
    """Return a task's name as the page calls it, as the log has it where the texts do not know it."""
    return words.get(f"task_{task}", task)
