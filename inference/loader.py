"""Load the model in a background thread, again where it fails, and report the progress."""

import gc
import math
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from inference.errors import ModelError, ModelFailed, ModelNotReady, ModelRetried, ModelStalled
from inference.public_text import without_paths
from inference.weights.progress import Progress, Report, Stage

if TYPE_CHECKING:
    from inference.engine.engine import Engine

FIRST_PAUSE_SECONDS = 10.0  # before the second try; each later pause is twice as long as the one before
LONGEST_PAUSE_SECONDS = 300.0
# After so long without progress a load is said to stall. A conversion tells none for some minutes.
STALL_SECONDS = 300.0
DOWNLOAD_STALL_SECONDS = 60.0
WATCH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no model."""

    error: Exception  # its text is for whoever runs the app
    problem: str  # the same without the machine's paths
    failures: int  # how often loading has failed by now
    retry_at: float | None = None  # s, of the loader's clock; None while it is being tried again, or stalls


class Loader:
    """Load the engine and hold it; until it is loaded, `progress` and `failure` tell the state.

    `load` reports its progress, and returns the engine with the origin of its weights. Where it fails it is
    called again, after a pause that grows. `on_change` is called with the loader after each success and each
    failure, and once when loading makes no progress. `folders` are those that the error may name.
    """

    def __init__(
        self,
        load: "Callable[[Report], tuple[Engine, str]]",
        on_change: "Callable[[Loader], object]" = lambda loader: None,
        report: Report = lambda progress: None,
        folders: Sequence[Path] = (),
        first_pause: float = FIRST_PAUSE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._on_change = on_change
        self._report = report
        self._folders = folders
        self._first_pause = first_pause
        self._clock = clock
        self._engine: Engine | None = None
        self._closed = threading.Event()
        self._ended = threading.Event()  # no more tries
        self._lock = threading.Lock()
        self._advanced_at = clock()  # the moment of the last progress
        self.progress = Progress("checking")
        self.failure: Failure | None = None
        self.origin = ""
        self.ready_since = math.inf  # s, of a monotonic clock
        self._thread = threading.Thread(target=self._run, name="loader", daemon=True)
        self._watch = threading.Thread(target=self._watch_for_stalls, name="loader-watch", daemon=True)

    def start(self) -> None:
        """Start loading in a background thread."""
        self._advanced_at = self._clock()
        self._thread.start()
        self._watch.start()

    @property
    def engine(self) -> "Engine":
        """The engine.

        Raises:
            ModelNotReady: the engine is still being loaded; a subclass says that loading failed or stalls.
        """
        if self._engine is not None:
            return self._engine
        raise self._reason()

    @property
    def ready(self) -> bool:
        """Return whether the engine is loaded."""
        return self._engine is not None

    def retry_seconds(self, failure: Failure) -> int:
        """Return how many seconds are left until loading is tried again."""
        return 0 if failure.retry_at is None else max(0, math.ceil(failure.retry_at - self._clock()))

    def close(self) -> None:
        """Close the engine; if it is still being loaded, close it as soon as it is loaded."""
        with self._lock:
            self._closed.set()
            if self._engine is not None:
                self._engine.close()

    def check_stall(self) -> None:
        """Note that loading makes no progress, once, where it has made none for too long."""
        with self._lock:
            progress, failure = self.progress, self.failure
            is_told = failure is not None and isinstance(failure.error, ModelStalled)
            is_pausing = failure is not None and failure.retry_at is not None
            silent = self._clock() - self._advanced_at
            if is_told or is_pausing or self.ready or silent <= _patience(progress.stage):
                return
            self.failure = self._failure(_stalled(progress, silent), failure.failures if failure else 0)
        self._tell()

    def pause_after(self, failures: int) -> float:
        """Return how long to wait after so many failures, in s."""
        longest = max(self._first_pause, LONGEST_PAUSE_SECONDS)
        return min(self._first_pause * 2.0 ** min(failures - 1, 30), longest)

    def _reason(self) -> ModelNotReady:
        """Return the error of a message that comes while there is no engine."""
        if (failure := self.failure) is None:
            return ModelNotReady("the model is still being loaded")
        if isinstance(failure.error, ModelStalled):
            return ModelStalled(failure.problem, **failure.error.details)
        text = f"the model could not be loaded: {failure.problem}"
        if failure.retry_at is None:
            return ModelRetried(f"{text}\nIt is being tried again now.", reason=failure.problem)
        seconds = self.retry_seconds(failure)
        again = f"{text}\nIt is tried again in {seconds} s."
        return ModelFailed(again, reason=failure.problem, seconds=seconds)

    def _run(self) -> None:
        failures = 0
        while (error := self._try()) is not None:
            failures += 1
            pause = self.pause_after(failures)
            with self._lock:
                self.failure = self._failure(error, failures, self._clock() + pause)
            self._note(Progress("failed"))
            self._tell()
            # What has been loaded of the model is freed before the next try needs the memory.
            del error
            gc.collect()
            if self._closed.wait(pause):
                break
            with self._lock:
                self.failure = replace(self.failure, retry_at=None)
            self._note(Progress("checking"))
        self._ended.set()

    def _try(self) -> BaseException | None:
        """Load once; return the error where there is no engine."""
        try:
            engine, origin = self._load(self._note)
        except BaseException as error:  # the thread's edge: the error is shown on the page and in the log
            return error
        with self._lock:
            self._engine, self.origin, self.failure = engine, origin, None
            self.ready_since = time.monotonic()
            if self._closed.is_set():
                engine.close()
        self._note(Progress("ready", engine.model_name))
        self._tell()
        return None

    def _failure(self, error: BaseException, failures: int, retry_at: float | None = None) -> Failure:
        # The frames of the traceback would keep what has been loaded of the model.
        error.__traceback__ = error.__cause__ = error.__context__ = None
        known = error if isinstance(error, Exception) else ModelError(f"{type(error).__name__}: {error}")
        return Failure(known, without_paths(str(known), self._folders), failures, retry_at)

    def _note(self, progress: Progress) -> None:
        with self._lock:
            if progress != self.progress:
                self._advanced_at = self._clock()
                if self.failure is not None and isinstance(self.failure.error, ModelStalled):
                    self.failure = None
            self.progress = progress
        with suppress(OSError):  # the terminal may be gone
            self._report(progress)

    def _tell(self) -> None:
        with suppress(OSError):  # the terminal may be gone
            self._on_change(self)

    def _watch_for_stalls(self) -> None:
        while not (self._ended.wait(WATCH_SECONDS) or self._closed.is_set()):
            self.check_stall()


def _patience(stage: Stage) -> float:
    """Return how many seconds a stage may take without progress."""
    return DOWNLOAD_STALL_SECONDS if stage == "downloading" else STALL_SECONDS


def _stalled(progress: Progress, silent: float) -> ModelStalled:
    doing = f"{progress.stage} {progress.subject}".strip()
    return ModelStalled(
        f"loading the model has made no progress for {silent:.0f} s ({doing}): check the network, the disk "
        "of MODEL_CACHE, and whether another process builds the same model, or start the app again",
        seconds=round(silent),
    )
