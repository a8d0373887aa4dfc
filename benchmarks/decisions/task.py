"""The sentiment task as the service asks it, without the API."""

from benchmarks.engine.ours import Ours
from inference.config import EngineConfig
from inference.tasks.tasks_file import shipped_task
from tests.inference.asking import ask_score


class Task(Ours):
    """This project's engine with the sentiment task."""

    def __init__(self, config: EngineConfig) -> None:
        super().__init__(config)
        self._task = shipped_task("sentiment")

    def label(self, text: str) -> str:
        """Return the label of a text, in the words of the task."""
        score = ask_score(self._engine, self._task.first_prompt(text.strip()), self._task.words)
        value = self._task.answer(score.probabilities).label
        return dict(zip(self._task.values, self._task.words, strict=True))[value]
