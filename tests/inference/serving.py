"""A service with a fake model, and an observer that keeps its records."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter

import torch

from inference.engine.engine import Engine
from inference.events import Accepted, Event, Failed
from inference.loader import Loader
from inference.model.batch import SequenceSlice
from inference.service import Service
from inference.types import Chunk, Label
from tests.fakes import FakeModel
from tests.inference.doubles import SteppedModel, make_config, make_engine


class Record:
    """The record of one task, and the span through which its fields are set."""

    def __init__(self, task_type: str, request_id: str, fields: dict[str, object]) -> None:
        self.task_type = task_type
        self.request_id = request_id
        self.fields = fields
        self.error: BaseException | None = None

    def set(self, **fields: object) -> None:
        self.fields.update(fields)

    @property
    def status(self) -> object:
        """The status that was set, else `ok` or `error`."""
        return self.fields.get("status", "ok" if self.error is None else "error")


class RecordingObserver:
    """An observer that keeps the record of each task when the task ends."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    @contextmanager
    def track(self, task_type: str, request_id: str, **fields: object) -> Iterator[Record]:
        record = Record(task_type, request_id, fields)
        try:
            yield record
        except BaseException as error:
            record.error = error
            raise
        finally:
            self.records.append(record)

    @property
    def statuses(self) -> dict[str, object]:
        """The status of each task; it fails if a task has more than one record."""
        assert len({record.task_type for record in self.records}) == len(self.records)
        return {record.task_type: record.status for record in self.records}

    def of(self, task_type: str) -> Record:
        """Return the one record of a task."""
        (record,) = (record for record in self.records if record.task_type == task_type)
        return record


class FailingModel(FakeModel):
    """A model that fails in the first pass of the named tasks."""

    def __init__(self, *tasks: str) -> None:
        super().__init__()
        marks = {"sentiment": b"Classify the sentiment", "chat": b"helpful assistant"}
        self._marks = [marks[task] for task in tasks]

    def forward(self, batch: Sequence[SequenceSlice]) -> list[torch.Tensor | None]:
        prompts = [
            bytes([*sequence.cache.tokens, *sequence.tokens])
            for sequence in batch
            if len(sequence.tokens) > 1
        ]
        if any(mark in prompt for mark in self._marks for prompt in prompts):
            raise LookupError("broken model")
        return super().forward(batch)


class Serving:
    """A service whose engine is loaded, with its observer."""

    def __init__(self, engine: Engine, **settings: object) -> None:
        self.engine = engine
        self.observer = RecordingObserver()
        loaded = threading.Event()
        self.loader = Loader(lambda report: (engine, "a test"), lambda loader: loaded.set())
        self.loader.start()
        assert loaded.wait(30)
        self.service = Service(self.loader, self.observer, make_config(temperature=0, **settings))

    def answer(self, text: object, session_id: str | None = None) -> list[Event]:
        """Return all events of one message."""
        return list(self.service.respond(text, (), session_id))


@contextmanager
def serving(model: FakeModel, **settings: object) -> Iterator[Serving]:
    """Yield a service with a fake model, and close its engine after the test."""
    served = Serving(make_engine(model, perf_counter, **settings), **settings)
    try:
        yield served
    finally:
        if isinstance(model, SteppedModel):
            model.allow()
        served.engine.close()


def kinds(events: Sequence[Event]) -> list[str]:
    """Name each event: accepted, a label's task, chunk or last (of the chat), or failed with its task."""
    names = []
    for event in events:
        match event:
            case Accepted():
                names.append("accepted")
            case Label(task=task):
                names.append(task)
            case Chunk(finish_reason=reason, task=task):
                name = "chunk" if reason is None else "last"
                names.append(name if task == "chat" else f"{task} {name}")
            case Failed(task=task):
                names.append(f"failed {task}")
    return names


def failures(events: Sequence[Event]) -> list[Exception]:
    """Return the errors among the events."""
    return [event.error for event in events if isinstance(event, Failed)]
