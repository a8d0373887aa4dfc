"""Tests of `inference.loader`."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from inference.config import EngineConfig
from inference.engine.engine import Engine
from inference.errors import EngineClosed, ModelError, ModelNotReady, WeightsError
from inference.loader import Loader, load_engine
from inference.model.language_model import Model
from inference.tasks import TASKS
from inference.types import Message, Sampling
from inference.weights.builder import Weights
from inference.weights.progress import Progress, Report
from tests.fakes import FakeModel
from tests.inference.asking import ask_reply
from tests.inference.doubles import Reports, make_config, make_engine

HI = [Message("user", "hi")]


class Loading:
    """A load function that waits for the test, and a record of how it ended."""

    def __init__(self, error: Exception | None = None) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()
        self.done = threading.Event()
        self.ends: list[Exception | None] = []
        self.ended_in: list[str] = []
        self.engine = make_engine(FakeModel())
        self._error = error

    def __call__(self, report: Report) -> tuple[Engine, str]:
        report(Progress("downloading", "fake", 1, 2))
        self.begun.set()
        assert self.go.wait(30)
        if self._error is not None:
            raise self._error
        return self.engine, "a test"

    def on_done(self, loader: Loader) -> None:
        self.ends.append(loader.error)
        self.ended_in.append(threading.current_thread().name)
        self.done.set()

    def finish(self) -> None:
        self.go.set()
        assert self.done.wait(30)


def test_nothing_happens_before_the_start() -> None:
    """A loader that was not started has no engine, and says that it is being loaded."""
    loading = Loading()
    loader = Loader(loading)
    assert (loader.ready, loader.progress, loader.error) == (False, Progress("checking"), None)
    assert not loading.begun.is_set()
    loading.engine.close()


def test_progress_while_loading() -> None:
    """While the model is loaded the latest progress can be read, and the engine is not ready."""
    loading = Loading()
    loader = Loader(loading, loading.on_done)
    loader.start()
    assert loading.begun.wait(30)
    assert loader.progress == Progress("downloading", "fake", 1, 2)
    assert not loader.ready
    with pytest.raises(ModelNotReady, match="still being loaded"):
        _ = loader.engine
    loading.finish()
    loader.close()


def test_ready() -> None:
    """After loading the engine answers, its origin is known, and `on_done` was called once."""
    loading, reports = Loading(), Reports()
    loader = Loader(loading, loading.on_done, reports)
    loader.start()
    loading.finish()
    assert loader.ready
    assert loader.engine is loading.engine
    assert loader.origin == "a test"
    assert loader.progress == Progress("ready", "fake")
    assert reports.stages == ["downloading", "ready"]
    assert (loading.ends, loading.ended_in) == ([None], ["loader"])
    loader.close()


def test_failure_says_why() -> None:
    """If loading fails, the error is kept, and its text is in the error of each access to the engine."""
    error = WeightsError("no weights for MODEL='auto'")
    loading, reports = Loading(error), Reports()
    loading.engine.close()
    loader = Loader(loading, loading.on_done, reports)
    loader.start()
    loading.finish()
    assert not loader.ready
    assert loader.error is error
    assert reports.stages == ["downloading", "failed"]
    assert loading.ends == [error]
    with pytest.raises(ModelNotReady, match="could not be loaded: no weights for MODEL='auto'") as caught:
        _ = loader.engine
    assert caught.value.status == "rejected"
    loader.close()


def test_close_before_it_is_ready() -> None:
    """An engine that arrives after the close is closed at once."""
    loading = Loading()
    loader = Loader(loading, loading.on_done)
    loader.start()
    assert loading.begun.wait(30)
    loader.close()
    loading.finish()
    with pytest.raises(EngineClosed):
        ask_reply(loading.engine, HI, Sampling())


def test_close_after_it_is_ready() -> None:
    """Closing the loader closes its engine; a second call does nothing."""
    loading = Loading()
    loader = Loader(loading, loading.on_done)
    loader.start()
    loading.finish()
    assert ask_reply(loader.engine, HI, Sampling()).text == "hello"
    loader.close()
    loader.close()
    with pytest.raises(EngineClosed):
        ask_reply(loader.engine, HI, Sampling())


def test_close_without_start() -> None:
    """A loader that was never started can be closed."""
    loading = Loading()
    Loader(loading).close()
    loading.engine.close()


def test_load_engine_fetches_then_loads(tmp_path: Path) -> None:
    """The weights are obtained with the settings, their loading is reported, and the engine uses them."""
    loaded: list[tuple[Path, str, str, int]] = []
    model = FakeModel()

    def obtain(config: EngineConfig, report: Report) -> Weights:
        report(Progress("checking", config.model))
        return Weights("tiny", tmp_path, "a test")

    def load(folder: Path, name: str, dtype: str, threads: int) -> Model:
        loaded.append((folder, name, dtype, threads))
        return cast(Model, model)

    reports = Reports()
    config = make_config(model="owner/tiny", dtype="bf16", threads=2)
    engine, origin = load_engine(config, reports, obtain=obtain, load_model=load)
    assert origin == "a test"
    assert loaded == [(tmp_path, "tiny", "bf16", 2)]
    assert reports.seen == [Progress("checking", "owner/tiny"), Progress("loading", "tiny")]
    assert model.passes == len(TASKS), "the constant prefix of each task is read before the first request"
    assert ask_reply(engine, HI, Sampling()).text == "hello"
    engine.close()


def test_failure_is_told_without_paths() -> None:
    """What visitors may read of an error names no folder of the machine but by its last part."""
    error = WeightsError("no weights in /home/anna/my models/tiny, nor in /srv/cache")
    loading = Loading(error)
    loading.engine.close()
    loader = Loader(loading, loading.on_done, folders=[Path("/home/anna/my models/tiny")])
    assert loader.problem == ""
    loader.start()
    loading.finish()
    assert loader.problem == "no weights in …/tiny, nor in …/cache"
    with pytest.raises(ModelNotReady, match=r"be loaded: no weights in …/tiny, nor in …/cache$"):
        _ = loader.engine
    assert str(loader.error) == str(error)


class Panic(BaseException):
    """What a library in Rust raises is no Exception."""


class BrokenModel(FakeModel):
    """A model whose chat template does not take our prompts."""

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        raise ValueError("only user and assistant roles are supported")


@pytest.mark.parametrize("error", [KeyError("model_type"), OSError("no such file"), Panic("index 7")])
def test_broken_folder_is_a_model_error(tmp_path: Path, error: BaseException) -> None:
    """Whatever the libraries raise is one named error with the model, its folder and the reason."""

    def load(folder: Path, name: str, dtype: str, threads: int) -> Model:
        raise error

    with pytest.raises(ModelError) as caught:
        load_engine(make_config(), Reports(), obtain=given(tmp_path), load_model=load)
    expected = f"the model tiny in {tmp_path} cannot be used: {type(error).__name__}: {error}"
    assert str(caught.value) == expected
    assert caught.value.__cause__ is error


def test_model_that_takes_no_prompt_is_a_model_error(tmp_path: Path) -> None:
    """A template that refuses the prompts of the tasks is found at the start, and the engine is closed."""
    threads = threading.active_count()
    with pytest.raises(ModelError, match="cannot be used: ValueError: only user and assistant roles"):
        load_engine(
            make_config(), Reports(), obtain=given(tmp_path), load_model=lambda *_: cast(Model, BrokenModel())
        )
    assert threading.active_count() == threads


def given(folder: Path) -> Callable[[EngineConfig, Report], Weights]:
    """Return a function that obtains the weights of a folder."""
    return lambda config, report: Weights("tiny", folder, "a test")
