"""The model, with a place where a drill may disturb it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from inference.model.batch import SequenceSlice


class Disturbance:
    """What a drill does to the model: nothing, or something before each prompt or each further token.

    It is done in the thread that owns the model: that is slow, or fails, for everybody.
    """

    def __init__(self) -> None:
        self.before: dict[str, Callable[[], None]] = {}  # by "prompt" and "token"

    @contextmanager
    def of(self, what: str, disturb: Callable[[], None]) -> Iterator[None]:
        """Disturb the model before each `"prompt"` or `"token"` while the block runs."""
        self.before[what] = disturb
        try:
            yield
        finally:
            del self.before[what]

    def wrap(self, model: Any) -> Any:
        """Return a model that can be disturbed."""
        return _DisturbedModel(model, self)


class _DisturbedModel:
    def __init__(self, model: Any, disturbance: Disturbance) -> None:
        self._model = model
        self._before = disturbance.before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def forward(self, parts: Sequence[SequenceSlice]) -> Any:
        for what in {"token" if len(part.tokens) == 1 else "prompt" for part in parts}:
            if disturb := self._before.get(what):
                disturb()
        return self._model.forward(parts)
