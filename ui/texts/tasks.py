"""The names of declared tasks and of their labels, among the texts of the page."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from ui.texts.page import LANGUAGES


class Named(Protocol):
    """A task that has names for people."""

    @property
    def name(self) -> str:
        """What records call it."""

    def texts(self, language: str) -> Mapping[str, str]:
        """Return its texts in a language by their keys: its own name, and those of its labels."""


def add_task_words(tasks: Iterable[Named]) -> None:
    """Add the texts of tasks to those of the page; a text that a task does not have stays as it is."""
    for language, words in LANGUAGES.items():
        for task in tasks:
            words.update(task.texts(language))
