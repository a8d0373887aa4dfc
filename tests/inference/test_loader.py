"""Tests of `inference.loader`."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from inference.engine.engine import Engine
from inference.errors import (
    EngineClosed,
    ModelFailed,
    ModelNotReady,
    ModelRetried,
    ModelStalled,
    WeightsError,
)
from inference.loader import DOWNLOAD_STALL_SECONDS, LONGEST_PAUSE_SECONDS, STALL_SECONDS, Loader
from inference.types import Message, Sampling
from inference.weights.progress import Progress, Report
from tests.fakes import FakeModel
from tests.inference.asking import ask_reply
from tests.inference.doubles import Clock, Reports, make_engine
from tests.threads import threads_named

HI = [Message("user", "hi")]
HOUR = 3600.0


class Loading:
    """A load function that waits for the test before each try, and fails in the first ones."""

    def __init__(self, *errors: BaseException) -> None:
        self.begun = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.changed = threading.Semaphore(0)
        self.changes: list[str] = []
        self.changed_in: list[str] = []
        self.engine = make_engine(FakeModel())
        self._errors = list(errors)

    def __call__(self, report: Report) -> tuple[Engine, str]:
        report(Progress("downloading", "fake", 1, 2))
        self.begun.release()
        assert self.go.acquire(timeout=30)
        if self._errors:
            raise self._errors.pop(0)
        return self.engine, "a test"

    def on_change(self, loader: Loader) -> None:
        self.changes.append("ready" if loader.failure is None else str(loader.failure.error))
        self.changed_in.append(threading.current_thread().name)
        self.changed.release()

    def await_begin(self) -> None:
        """Return when a try has begun."""
        assert self.begun.acquire(timeout=30)

    def finish(self) -> None:
        """Let one try end, and return when its end was told."""
        self.go.release()
        assert self.changed.acquire(timeout=30)


def reason_of(loader: Loader) -> ModelNotReady:
    """Return the error of whoever asks for the engine now."""
    with pytest.raises(ModelNotReady) as caught:
        _ = loader.engine
    assert caught.value.status == "rejected"
    return caught.value


def test_nothing_happens_before_the_start() -> None:
    """A loader that was not started has no engine, and says that it is being loaded."""
    loading = Loading()
    loader = Loader(loading)
    assert (loader.ready, loader.progress, loader.failure) == (False, Progress("checking"), None)
    assert not loading.begun.acquire(blocking=False)
    loading.engine.close()


def test_progress_while_loading() -> None:
    """While the model is loaded the latest progress can be read, and the engine is not ready."""
    loading = Loading()
    loader = Loader(loading, loading.on_change)
    loader.start()
    loading.await_begin()
    assert loader.progress == Progress("downloading", "fake", 1, 2)
    assert not loader.ready
    assert "still being loaded" in str(reason_of(loader))
    loading.finish()
    loader.close()


def test_ready() -> None:
    """After loading the engine answers, its origin is known, and that was told once."""
    loading, reports = Loading(), Reports()
    loader = Loader(loading, loading.on_change, reports)
    loader.start()
    loading.finish()
    assert loader.ready
    assert loader.engine is loading.engine
    assert loader.origin == "a test"
    assert loader.progress == Progress("ready", "fake")
    assert reports.stages == ["downloading", "ready"]
    assert (loading.changes, loading.changed_in) == (["ready"], ["loader"])
    loader.close()


def test_failure_says_why_and_when_it_is_tried_again() -> None:
    """If loading fails, whoever asks for the engine reads the reason, and how long the pause still is."""
    error = WeightsError("no weights for MODEL='auto'")
    loading, reports, clock = Loading(error), Reports(), Clock()
    loader = Loader(loading, loading.on_change, reports, first_pause=HOUR, clock=clock)
    loader.start()
    loading.finish()
    assert not loader.ready
    assert loader.failure is not None
    assert (loader.failure.error, loader.failure.failures) == (error, 1)
    assert reports.stages == ["downloading", "failed"]
    assert loading.changes == [str(error)]
    clock.now += HOUR - 20
    reason = reason_of(loader)
    assert isinstance(reason, ModelFailed)
    assert str(reason) == f"the model could not be loaded: {error}\nIt is tried again in 20 s."
    assert reason.details == {"reason": str(error), "seconds": 20}
    loader.close()
    loading.engine.close()


def test_it_is_tried_again_until_it_succeeds() -> None:
    """Each failure is told, and once the cause is gone the model answers."""
    loading = Loading(WeightsError("no network"), WeightsError("still no network"))
    loader = Loader(loading, loading.on_change, first_pause=0)
    loader.start()
    for count in (1, 2):
        loading.await_begin()
        loading.finish()
        loading.await_begin()
        assert loader.failure is not None
        assert (loader.failure.failures, loader.failure.retry_at) == (count, None)
        assert isinstance(reason_of(loader), ModelRetried)
        loading.begun.release()
    loading.finish()
    assert loading.changes == ["no network", "still no network", "ready"]
    assert loader.failure is None
    assert ask_reply(loader.engine, HI, Sampling()).text == "hello"
    loader.close()


def test_pauses_grow_to_a_bound() -> None:
    """Each pause is twice as long as the one before, up to five minutes."""
    loader = Loader(Loading(), first_pause=10)
    pauses = [loader.pause_after(failures) for failures in (1, 2, 3, 4, 5, 6, 7, 5000)]
    assert pauses == [10, 20, 40, 80, 160, 300, 300, LONGEST_PAUSE_SECONDS]


class Panic(BaseException):
    """What a library in Rust raises is no Exception."""


@pytest.mark.parametrize("error", [Panic("index 7"), MemoryError(), OSError(5, "Input/output error")])
def test_no_error_ends_the_loader(error: BaseException) -> None:
    """Whatever a load raises, the next one is tried."""
    loading = Loading(error)
    loader = Loader(loading, loading.on_change, first_pause=0)
    loader.start()
    loading.finish()
    loading.finish()
    assert loader.ready
    loader.close()


def test_what_a_failed_load_held_is_freed() -> None:
    """The error that is kept does not keep what was loaded when it came: the next try needs the memory."""
    error = WeightsError("broken")
    error.__cause__ = KeyError("why")
    loading = Loading(error)
    loader = Loader(loading, loading.on_change, first_pause=HOUR)
    loader.start()
    loading.finish()
    held: list[object] = [error.__traceback__, error.__cause__, error.__context__]
    assert held == [None, None, None]
    loader.close()
    loading.engine.close()


def test_a_terminal_that_is_gone_does_no_harm() -> None:
    """Reports and changes that cannot be written do not end the loader."""

    def fail(_: object) -> None:
        raise BrokenPipeError

    loading = Loading(WeightsError("no network"))
    done = threading.Event()

    def on_change(loader: Loader) -> None:
        if loader.ready:
            done.set()
        raise BrokenPipeError

    loader = Loader(loading, on_change, fail, first_pause=0)
    loader.start()
    loading.go.release(2)
    assert done.wait(30)
    loader.close()


@pytest.mark.parametrize(
    ("stage", "patience"), [("downloading", DOWNLOAD_STALL_SECONDS), ("converting", STALL_SECONDS)]
)
def test_a_stall_is_told_once(stage: str, patience: float) -> None:
    """A load without progress is told as a stall, with what it does; when it goes on, that is over."""
    clock, reports, changes = Clock(), list[Report](), list[str]()
    begun, go = threading.Event(), threading.Event()

    def load(report: Report) -> tuple[Engine, str]:
        report(Progress(stage, "fake"))  # type: ignore[arg-type]  # a text of the test's own
        reports.append(report)
        begun.set()
        assert go.wait(30)
        raise WeightsError("given up")

    def on_change(loader: Loader) -> None:
        changes.append(type(loader.failure.error).__name__ if loader.failure else "ready")

    loader = Loader(load, on_change, first_pause=HOUR, clock=clock)
    loader.start()
    assert begun.wait(30)
    clock.now += patience
    loader.check_stall()
    assert changes == []
    clock.now += 1
    for _ in range(3):
        loader.check_stall()
    assert changes == ["ModelStalled"]
    reason = reason_of(loader)
    assert isinstance(reason, ModelStalled)
    assert f"no progress for {patience + 1:.0f} s ({stage} fake)" in str(reason)
    reports[0](Progress(stage, "fake", 1, 2))  # type: ignore[arg-type]  # as above
    assert loader.failure is None
    assert "still being loaded" in str(reason_of(loader))
    go.set()
    loader.close()


def test_a_pause_is_no_stall() -> None:
    """While the loader waits to try again, nothing stalls."""
    loading, clock = Loading(WeightsError("no network")), Clock()
    loader = Loader(loading, loading.on_change, first_pause=HOUR, clock=clock)
    loader.start()
    loading.finish()
    clock.now += HOUR - 1
    loader.check_stall()
    assert loading.changes == ["no network"]
    loader.close()
    loading.engine.close()


def test_close_before_it_is_ready() -> None:
    """An engine that arrives after the close is closed at once."""
    loading = Loading()
    loader = Loader(loading, loading.on_change)
    loader.start()
    loading.await_begin()
    loader.close()
    loading.finish()
    with pytest.raises(EngineClosed):
        ask_reply(loading.engine, HI, Sampling())


def test_close_ends_the_pause() -> None:
    """A loader that waits to try again ends when it is closed."""
    loading = Loading(WeightsError("no network"))
    loader = Loader(loading, loading.on_change, first_pause=HOUR)
    others = set(threads_named("loader"))
    loader.start()
    loading.finish()
    (thread,) = set(threads_named("loader")) - others
    loader.close()
    thread.join(30)
    assert not thread.is_alive()
    loading.engine.close()


def test_close_after_it_is_ready() -> None:
    """Closing the loader closes its engine; a second call does nothing."""
    loading = Loading()
    loader = Loader(loading, loading.on_change)
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


def test_failure_is_told_without_paths() -> None:
    """What visitors may read of an error names no folder of the machine but by its last part."""
    error = WeightsError("no weights in /home/anna/my models/tiny, nor in /srv/cache")
    loading = Loading(error)
    loading.engine.close()
    folders: Sequence[Path] = [Path("/home/anna/my models/tiny")]
    loader = Loader(loading, loading.on_change, folders=folders, first_pause=HOUR)
    loader.start()
    loading.finish()
    assert loader.failure is not None
    assert loader.failure.problem == "no weights in …/tiny, nor in …/cache"
    assert "be loaded: no weights in …/tiny, nor in …/cache\n" in str(reason_of(loader))
    assert str(loader.failure.error) == str(error)
    loader.close()
