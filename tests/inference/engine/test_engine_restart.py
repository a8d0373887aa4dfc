"""Tests of `inference.engine`: whatever breaks in the engine's thread, nobody waits for ever."""

import threading
from collections.abc import Iterator, Sequence
from queue import Queue
from typing import Any, cast

import pytest
import torch

from inference.engine.engine import Engine
from inference.errors import EngineFailed
from inference.model.batch import SequenceSlice
from inference.model.language_model import Model
from inference.types import Caller, Chunk, Finished, Message, Sampling
from tests.fakes import FakeModel, FakeTextStream
from tests.inference.asking import ask_reply
from tests.inference.doubles import SteppedModel, make_config

HI = [Message("user", "hi")]


class Panic(BaseException):
    """What a library in Rust raises is no Exception."""


class Broken:
    """Raises an error when it is called, once the test asks for it."""

    def __init__(self, error: BaseException) -> None:
        self.error: BaseException | None = None
        self._kind = error

    def breaks(self) -> None:
        """Raise from now on."""
        self.error = self._kind

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if self.error is not None:
            raise self.error
        return False


class Events:
    """Keep what the engine tells of itself."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, object]]] = []
        self.told = threading.Event()

    def __call__(self, event: str, message: str, level: int, /, **fields: object) -> None:
        self.seen.append((event, fields))
        self.told.set()


class Waiting:
    """A reply that is waited for."""

    def __init__(self, engine: Engine, text: str = "hi", cancelled: Any = lambda: False) -> None:
        self.results: Queue[Chunk | Finished] = Queue()
        prompt = [Message("user", text)]
        self.request = engine.prepare_reply(
            prompt, Sampling(), self.results.put, cancelled, Caller("a", text)
        )
        engine.submit([self.request])

    def end(self) -> Exception | None:
        """Wait for the end, and return its error."""
        while not isinstance(result := self.results.get(timeout=30), Finished):
            pass
        return result.error


@pytest.fixture
def events() -> Events:
    """What the engine has told of itself."""
    return Events()


@pytest.fixture
def model() -> SteppedModel:
    """A model that waits for the test."""
    return SteppedModel()


@pytest.fixture
def engine(model: SteppedModel, events: Events) -> Iterator[Engine]:
    """An engine of two replies at once."""
    engine = Engine(cast(Model, model), make_config(max_batch=2), on_event=events)
    yield engine
    model.allow()
    engine.close()


@pytest.mark.parametrize("error", [KeyError("no such request"), Panic("index 7"), MemoryError()])
def test_a_broken_engine_answers_everybody_and_starts_again(
    engine: Engine, model: SteppedModel, events: Events, error: BaseException
) -> None:
    """An error outside of any request ends all of them by name, running or not, is told, and is over then."""
    broken = Broken(error)
    waiting = [Waiting(engine, "one", broken), *(Waiting(engine, text) for text in ("two", "three", "four"))]
    model.await_pass()
    broken.breaks()
    model.allow(1)
    for each in waiting:
        failure = each.end()
        assert isinstance(failure, EngineFailed)
        assert type(error).__name__ in str(failure)
    assert events.told.wait(30)
    ((event, fields),) = events.seen
    assert event == "engine.restarted"
    assert (fields["error_type"], fields["ended"]) == (type(error).__name__, 4)
    model.allow()
    assert ask_reply(engine, HI, Sampling()).text == "hello"


def test_a_caller_that_breaks_does_not_keep_others_from_their_answers(
    engine: Engine, model: SteppedModel, events: Events, caplog: pytest.LogCaptureFixture
) -> None:
    """A callback that raises at every result, its end included, ends its own request alone."""

    def raise_always(result: object) -> None:
        raise LookupError("the caller's own")

    engine.submit([engine.prepare_reply(HI, Sampling(), raise_always)])
    other = Waiting(engine, "other")
    model.allow()
    assert other.end() is None
    assert events.seen == []
    assert "LookupError: the caller's own" in caplog.text
    assert ask_reply(engine, HI, Sampling()).text == "hello"


class PanickingStream(FakeTextStream):
    def step(self, token_id: int) -> str:
        raise Panic("no such token")


class PanickingModel(FakeModel):
    """A model that panics: in the pass of a prompt, or with the text of a reply."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def forward(self, batch: Sequence[SequenceSlice]) -> list[torch.Tensor | None]:
        prompts = [bytes(part.tokens) for part in batch if len(part.tokens) > 1]
        if self.where == "pass" and any(b"bad" in prompt for prompt in prompts):
            raise Panic("index 7")
        return super().forward(batch)

    def text_stream(self) -> FakeTextStream:
        return PanickingStream() if self.where == "text" else FakeTextStream()


@pytest.mark.parametrize("where", ["pass", "text"])
def test_a_panic_ends_only_its_own_request(where: str, events: Events) -> None:
    """A panic for one prompt or its reply is the error of that request; the engine need not start again."""
    model = PanickingModel(where)
    engine = Engine(cast(Model, model), make_config(), on_event=events)
    failure = Waiting(engine, "bad").end()
    assert isinstance(failure, EngineFailed)
    assert "Panic" in str(failure)
    model.where = ""
    assert ask_reply(engine, HI, Sampling()).text == "hello"
    assert events.seen == []
    engine.close()


def test_what_is_remembered_is_forgotten(engine: Engine, model: SteppedModel) -> None:
    """After a start anew no conversation is remembered: its keys and values may no longer fit its tokens."""
    model.allow()
    assert Waiting(engine, "one").end() is None
    assert engine.kv_bytes > 0
    broken = Broken(KeyError("x"))
    broken.breaks()
    assert isinstance(Waiting(engine, "two", broken).end(), EngineFailed)
    assert engine.kv_bytes == 0


def test_a_pass_that_hangs_does_not_keep_the_app_from_ending() -> None:
    """Closing waits for a running pass, but not for ever."""
    model = SteppedModel()
    engine = Engine(cast(Model, model), make_config(), close_seconds=0.0)
    waiting = Waiting(engine)
    model.await_pass()
    engine.close()
    assert waiting.results.empty()
    model.allow()
    waiting.end()
