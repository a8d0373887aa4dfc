"""Stand-ins that several test modules of `inference` share."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import cast

import torch

from inference.config import EngineConfig
from inference.engine.engine import Engine
from inference.model.batch import SequenceSlice
from inference.model.language_model import Model
from inference.weights.progress import Progress
from tests.fakes import FakeModel


class Reports:
    """Keep every progress report."""

    def __init__(self) -> None:
        self.seen: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        self.seen.append(progress)

    @property
    def stages(self) -> list[str]:
        return [progress.stage for progress in self.seen]


class SteppedModel(FakeModel):
    """A model that waits before each forward pass until the test allows it.

    `reached` is released when a pass begins to wait, `gate` lets one pass go on.
    """

    def __init__(self, reply: str = "hello", *, fail_after: int | None = None) -> None:
        self.gate = threading.Semaphore(0)
        self.reached = threading.Semaphore(0)
        super().__init__(reply, gate=self.gate, fail_after=fail_after)

    def forward(self, batch: Sequence[SequenceSlice]) -> list[torch.Tensor | None]:
        self.reached.release()
        return super().forward(batch)

    def allow(self, passes: int = 1000) -> None:
        """Allow this number of passes."""
        for _ in range(passes):
            self.gate.release()

    def await_pass(self) -> None:
        """Return when the next pass has begun and waits."""
        assert self.reached.acquire(timeout=30), "the model was expected to begin a pass"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0  # s

    def __call__(self) -> float:
        return self.now


def make_config(**settings: object) -> EngineConfig:
    """Return settings for tests, independent of the environment."""
    return EngineConfig.model_validate({"model": "fake", "max_batch": 4, "max_waiting": 32, **settings})


@contextmanager
def running_engine(
    model: FakeModel, clock: Callable[[], float] = perf_counter, **settings: object
) -> Iterator[Engine]:
    """Yield an engine with a fake model, and close it after the test."""
    engine = make_engine(model, clock, **settings)
    try:
        yield engine
    finally:
        if isinstance(model, SteppedModel):
            model.allow()
        engine.close()


def make_engine(model: FakeModel, clock: Callable[[], float] = perf_counter, **settings: object) -> Engine:
    """Return an engine with a fake model."""
    return Engine(cast(Model, model), make_config(**settings), clock)
