"""Tests of `inference.loading`: from the settings to an engine."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from inference.config import EngineConfig
from inference.errors import ModelError
from inference.loading import load_engine
from inference.model.language_model import Model
from inference.tasks import TypedTask, load_tasks, tasks_of_message
from inference.tasks.declaration import TaskTable
from inference.types import Message, Sampling
from inference.weights.builder import Weights
from inference.weights.progress import Progress, Report
from tests.fakes import FakeModel
from tests.inference.asking import ask_reply
from tests.inference.doubles import Reports, make_config

HI = [Message("user", "hi")]


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
    # The constant prefix of each task is read before the first request.
    assert model.passes == len(tasks_of_message(load_tasks()))
    assert ask_reply(engine, HI, Sampling()).text == "hello"
    engine.close()


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
    assert str(caught.value) == (
        f"the model tiny in {tmp_path} cannot be used: {type(error).__name__}: {error}. "
        "Check that its files belong together, or choose another MODEL."
    )
    assert caught.value.__cause__ is error


def test_model_that_takes_no_prompt_is_a_model_error(tmp_path: Path) -> None:
    """A template that refuses the prompts of the tasks is found at the start, and the engine is closed."""
    threads = threading.active_count()
    with pytest.raises(ModelError, match="cannot be used: ValueError: only user and assistant roles"):
        load_engine(
            make_config(), Reports(), obtain=given(tmp_path), load_model=lambda *_: cast(Model, BrokenModel())
        )
    assert threading.active_count() == threads


class Deaf(FakeModel):
    """A model to which all words are the same."""

    def encode(self, text: str) -> list[int]:
        return [1]


@pytest.mark.parametrize(
    ("model", "examples", "told"),
    [
        (Deaf(), 0, "the labels .* are not two or more that differ"),
        (FakeModel(), 50, "are allowed: shorten it"),
    ],
)
def test_a_task_that_can_never_be_asked_is_told(
    tmp_path: Path, model: FakeModel, examples: int, told: str
) -> None:
    """The model is refused with the task's name, since each message would be refused otherwise."""
    table = TaskTable(type="predicate", instructions="Is it?", examples=(("a" * 4000, "Yes"),) * examples)
    with pytest.raises(ModelError, match=rf"the task 'wide' cannot be asked of .*: .*{told}.*TASKS_ON"):
        load_engine(
            make_config(),
            Reports(),
            tasks=[TypedTask.declared("wide", table)],
            obtain=given(tmp_path),
            load_model=lambda *_: cast(Model, model),
        )


def given(folder: Path) -> Callable[[EngineConfig, Report], Weights]:
    """Return a function that obtains the weights of a folder."""
    return lambda config, report: Weights("tiny", folder, "a test")
