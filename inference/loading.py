"""Fetch the weights of a model, and build the engine that serves it."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from inference.config import EngineConfig
from inference.errors import InferenceError, ModelError
from inference.kernels.compile_cache import choose_compile_cache, remove_unreadable
from inference.memory_budget import fit_to_memory
from inference.observer import ModelEvents, no_events
from inference.tasks import TypedTask, load_tasks, tasks_of_message
from inference.tasks.task import TaskKind
from inference.weights.progress import Progress, Report

if TYPE_CHECKING:
    from inference.engine.engine import Engine
    from inference.model.language_model import Model
    from inference.weights.builder import Weights


def load_engine(
    config: EngineConfig,
    report: Report,
    prepare: "Callable[[Model], Model] | None" = None,
    on_event: ModelEvents = no_events,
    *,
    tasks: Sequence[TaskKind] | None = None,
    obtain: "Callable[[EngineConfig, Report], Weights] | None" = None,
    load_model: "Callable[[Path, str, str, int], Model] | None" = None,
) -> "tuple[Engine, str]":
    """Fetch the weights of `config.model` and build the engine; return it with their origin.

    `prepare` may wrap the model before it serves, and `on_event` is told what happens to it later. The
    constant prefixes of `tasks` are read at once; None stands for the shipped ones. `obtain` and `load_model`
    replace the functions that fetch the weights, and that load the model from its folder, name, type of
    weights and number of threads.

    Raises:
        WeightsError: no source gave the weights.
        NoSpaceError: the disk has no room for them.
        ModelError: the weights are there, but no model can be made of them, or it cannot be asked one of the
            tasks.
    """
    choose_compile_cache(config.cache)
    weights = _obtained(config, report, obtain)
    # Imported here, because importing torch takes seconds, and the page must be up first.
    from inference.engine.engine import Engine
    from inference.model.language_model import Model, choose_dtype, uses_graphics_card

    with _model_errors(weights):
        if not uses_graphics_card(dtype := choose_dtype(config.dtype)):
            config = fit_to_memory(config, weights.folder, dtype, on_event)
        model = _loaded(load_model or Model, weights, config)
        engine = Engine(prepare(model) if prepare else model, config, on_event=on_event)
    tasks = tasks_of_message(load_tasks()) if tasks is None else tasks
    try:
        with _model_errors(weights):
            for task in tasks:
                engine.pin(task.first_prompt)
        for task in tasks:
            if isinstance(task, TypedTask):
                _check(task, engine)
    except ModelError:
        engine.close()
        raise
    return engine, weights.origin


def _check(task: TypedTask, engine: "Engine") -> None:
    """Refuse a task that no message could ever be asked: its words are the same to the model, or too many."""
    try:
        engine.tokenize(task.question("A"))
    except InferenceError as error:
        text = (
            f"the task {task.name!r} cannot be asked of {engine.model_name}, even about one letter: {error}"
        )
        raise ModelError(f"{text}. Change it in the file of TASKS, or leave it out of TASKS_ON.") from error


def _obtained(
    config: EngineConfig, report: Report, obtain: "Callable[[EngineConfig, Report], Weights] | None"
) -> "Weights":
    """Return the weights; torch is imported meanwhile, which takes longer than to check the cache's files."""
    from inference.weights import obtain as weights_module

    with ThreadPoolExecutor(1) as executor:
        importing = executor.submit(import_module, "inference.engine.engine")
        # What is fetched is converted with torch, and two threads that import its parts may see half of them.
        known = partial(weights_module.obtain, before_fetch=importing.result)
        weights = (obtain or known)(config, report)
        report(Progress("loading", weights.name))
        importing.result()
    return weights


def _loaded(
    load_model: "Callable[[Path, str, str, int], Model]", weights: "Weights", config: EngineConfig
) -> "Model":
    """Return the model, for which compiled loops that cannot be read are compiled anew."""
    try:
        return load_model(weights.folder, weights.name, config.dtype, config.threads)
    except Exception as error:
        if not remove_unreadable(error):
            raise
    return load_model(weights.folder, weights.name, config.dtype, config.threads)


@contextmanager
def _model_errors(weights: "Weights") -> Iterator[None]:
    """Turn whatever a folder's content makes the libraries raise into ModelError."""
    try:
        yield
    except BaseException as error:  # a panic in the tokenizer's Rust code is no Exception
        reason = str(error) if isinstance(error, ModelError) else f"{type(error).__name__}: {error}"
        raise ModelError(
            f"the model {weights.name} in {weights.folder} cannot be used: {reason}. {_advice(error)}"
        ) from error


def _advice(error: BaseException) -> str:
    if isinstance(error, MemoryError) or "memory" in str(error).lower():
        return "Give the app more memory, or choose a smaller MODEL."
    return "Check that its files belong together, or choose another MODEL."
