"""A wrapper of the model that a drill can slow down or make fail."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, cast

from inference.model.batch import SequenceSlice

if TYPE_CHECKING:
    from inference.model.language_model import Model

Phase = Literal["prefill", "decode"]


class Disturbance:
    """The functions that a drill runs before prefill passes and before decode passes.

    They run in the thread that owns the model, so they delay, or fail, the requests of all users.
    """

    def __init__(self) -> None:
        self.actions: dict[Phase, Callable[[], None]] = {}

    @contextmanager
    def before(self, phase: Phase, action: Callable[[], None]) -> Iterator[None]:
        """While the block runs, call `action` before each pass that has a sequence in this phase."""
        self.actions[phase] = action
        try:
            yield
        finally:
            del self.actions[phase]

    def wrap(self, model: "Model") -> "Model":
        """Return a model that calls the actions before its passes."""
        return cast("Model", _DisturbedModel(model, self))


class _DisturbedModel:
    def __init__(self, model: "Model", disturbance: Disturbance) -> None:
        self._model = model
        self._actions = disturbance.actions

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def forward(self, batch: Sequence[SequenceSlice]) -> Any:
        for phase in {_phase(sequence) for sequence in batch}:
            if action := self._actions.get(phase):
                action()
        return self._model.forward(batch)


def _phase(sequence: SequenceSlice) -> Phase:
    return "decode" if len(sequence.tokens) == 1 else "prefill"
