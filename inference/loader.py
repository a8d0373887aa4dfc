"""Load the model in a background thread, and report the progress."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from inference.config import EngineConfig
from inference.errors import ModelError, ModelNotReady
from inference.kernels.compile_cache import choose_compile_cache
from inference.public_text import without_paths
from inference.tasks import TASKS
from inference.weights.progress import Progress, Report

if TYPE_CHECKING:
    from inference.engine.engine import Engine
    from inference.model.language_model import Model
    from inference.weights.builder import Weights


def load_engine(
    config: EngineConfig,
    report: Report,
    prepare: "Callable[[Model], Model] | None" = None,
    *,
    obtain: "Callable[[EngineConfig, Report], Weights] | None" = None,
    load_model: "Callable[[Path, str, str, int], Model] | None" = None,
) -> "tuple[Engine, str]":
    """Fetch the weights of `config.model` and build the engine; return it with their origin.

    `prepare` may wrap the model before it serves. `obtain` and `load_model` replace the functions that fetch
    the weights, and that load the model from its folder, name, type of weights and number of threads.

    Raises:
        WeightsError: no source gave the weights.
        NoSpaceError: the disk has no room for them.
        ModelError: the weights are there, but no model can be made of them.
    """
    choose_compile_cache(config.cache)
    # Imported here, because importing torch takes seconds, and the page must be up first.
    from inference.engine.engine import Engine
    from inference.model.language_model import Model
    from inference.weights import obtain as weights_module

    weights = (obtain or weights_module.obtain)(config, report)
    report(Progress("loading", weights.name))
    with _model_errors(weights):
        model = (load_model or Model)(weights.folder, weights.name, config.dtype, config.threads)
    engine = Engine(prepare(model) if prepare else model, config)
    try:
        with _model_errors(weights):
            for task in TASKS:
                engine.pin(task.first_prompt)
    except ModelError:
        engine.close()
        raise
    return engine, weights.origin


@contextmanager
def _model_errors(weights: "Weights") -> Iterator[None]:
    """Turn whatever a folder's content makes the libraries raise into ModelError."""
    try:
        yield
    except BaseException as error:  # a panic in the tokenizer's Rust code is no Exception
        reason = str(error) if isinstance(error, ModelError) else f"{type(error).__name__}: {error}"
        text = f"the model {weights.name} in {weights.folder} cannot be used: {reason}"
        raise ModelError(text) from error


class Loader:
    """Load the engine and hold it; until it is loaded, `progress` tells the current stage.

    `load` reports its progress, and returns the engine with the origin of its weights. `on_done` is called
    once with the loader, in the loading thread, both after success and after a failure. `folders` are those
    that the error may name.
    """

    def __init__(
        self,
        load: "Callable[[Report], tuple[Engine, str]]",
        on_done: "Callable[[Loader], object]" = lambda loader: None,
        report: Report = lambda progress: None,
        folders: Sequence[Path] = (),
    ) -> None:
        self._load = load
        self._on_done = on_done
        self._report = report
        self._folders = folders
        self._engine: Engine | None = None
        self._closed = False
        self._lock = threading.Lock()
        self.progress = Progress("checking")
        self.error: Exception | None = None  # its text is for whoever runs the app
        self.origin = ""
        self.ready_since = math.inf  # s, of a monotonic clock
        self._thread = threading.Thread(target=self._run, name="loader", daemon=True)

    def start(self) -> None:
        """Start loading in a background thread."""
        self._thread.start()

    @property
    def engine(self) -> "Engine":
        """The engine.

        Raises:
            ModelNotReady: the engine is still being loaded, or loading failed; the text says which.
        """
        if self._engine is not None:
            return self._engine
        if self.error is not None:
            raise ModelNotReady(f"the model could not be loaded: {self.problem}")
        raise ModelNotReady("the model is still being loaded")

    @property
    def problem(self) -> str:
        """Why loading failed, without the machine's paths; empty where it did not."""
        return "" if self.error is None else without_paths(str(self.error), self._folders)

    @property
    def ready(self) -> bool:
        """Return whether the engine is loaded."""
        return self._engine is not None

    def close(self) -> None:
        """Close the engine; if it is still being loaded, close it as soon as it is loaded."""
        with self._lock:
            self._closed = True
            if self._engine is not None:
                self._engine.close()

    def _run(self) -> None:
        try:
            engine, self.origin = self._load(self._note)
        except Exception as error:  # the thread's edge: the error is shown on the page and in the log
            self.error = error
            self._note(Progress("failed"))
            self._on_done(self)
            return
        with self._lock:
            self._engine = engine
            self.ready_since = time.monotonic()
            if self._closed:
                engine.close()
        self._note(Progress("ready", engine.model_name))
        self._on_done(self)

    def _note(self, progress: Progress) -> None:
        self.progress = progress
        self._report(progress)
