"""A wrapper of the model that a drill can slow down or make fail."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from inference.model.batch import SequenceSlice

if TYPE_CHECKING:
    from inference.model.language_model import Model


class Disturbance:
    """A function that a drill runs before each prefill or each decode pass, if a drill runs.

    It runs in the thread that owns the model, so it slows down, or fails, the requests of all users.
    """

    def __init__(self) -> None:
        self.before: dict[str, Callable[[], None]] = {}  # keyed by "prompt" and "token"

    @contextmanager
    def of(self, what: str, disturb: Callable[[], None]) -> Iterator[None]:
        """Disturb the model before each `"prompt"` or `"token"` while the block runs."""
        self.before[what] = disturb
        try:
            yield
        finally:
            del self.before[what]

    def wrap(self, model: "Model") -> "Model":
        """Return the model with this disturbance before its passes."""
        return cast("Model", _DisturbedModel(model, self))


class _DisturbedModel:
    def __init__(self, model: "Model", disturbance: Disturbance) -> None:
        self._model = model
        self._before = disturbance.before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def forward(self, batch: Sequence[SequenceSlice]) -> Any:
        for kind in {"token" if len(sequence.tokens) == 1 else "prompt" for sequence in batch}:
            if disturb := self._before.get(kind):
                disturb()
        return self._model.forward(batch)
