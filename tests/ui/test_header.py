"""What stands above the tabs."""

import threading
from typing import TYPE_CHECKING, cast

import pytest

from inference import Loader
from inference.weights.progress import Progress, Report, Stage
from ui.header import TITLE, header, model_status
from ui.texts.page import EN, ZH
from ui.texts.words import Words

if TYPE_CHECKING:
    from inference.engine.engine import Engine

HOSTILE = "<img src=x onerror=alert(1)>"
WORKING: tuple[Stage, ...] = ("checking", "waiting", "downloading", "verifying", "converting", "loading")


class NamedEngine:
    def __init__(self, model_name: str) -> None:
        self.model_name = model_name
        self.kind = "torch-fp32"


class SettlingLoader(Loader):
    """A loader whose model becomes ready just after `ready` was read."""

    def __init__(self) -> None:
        super().__init__(never)
        self.progress = Progress("loading", "m")

    @property
    def ready(self) -> bool:
        self.progress = Progress("ready", "m")
        return False


def never(report: Report) -> "tuple[Engine, str]":
    """Load nothing; for loaders that are not started."""
    raise AssertionError("this loader must not be started")


def at(progress: Progress) -> Loader:
    """Return a loader that stands at some point of its way."""
    loader = Loader(never)
    loader.progress = progress
    return loader


def ended(name: str = "", origin: str = "", error: Exception | None = None) -> Loader:
    """Return a loader that has an engine, or an error."""
    done = threading.Event()

    def load(report: Report) -> "tuple[Engine, str]":
        if error is not None:
            raise error
        return cast("Engine", NamedEngine(name)), origin

    loader = Loader(load, lambda _: done.set())
    loader.start()
    assert done.wait(20)
    return loader


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_the_head_has_title_and_tagline(words: Words) -> None:
    """The head names the app in the reader's language."""
    head = header(at(Progress("checking")), words)
    assert f"<h1>{TITLE}</h1>" in head
    assert words["tagline"] in head


@pytest.mark.parametrize(
    ("words", "other", "name"), [(EN, "zh", "中文"), (ZH, "en", "English")], ids=["en", "zh"]
)
def test_the_head_switches_to_the_other_language(words: Words, other: str, name: str) -> None:
    """One button leads to the other language, named and marked as who reads it knows it."""
    head = header(at(Progress("checking")), words)
    assert f"<button type='button' data-language='{other}' lang='{other}'>{name}</button>" in head
    assert head.count("data-language") == 1


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_the_head_switches_between_light_and_dark(words: Words) -> None:
    """The button that switches the colours has a name for screen readers."""
    head = header(at(Progress("checking")), words)
    assert f"<button type='button' data-theme aria-label='{words['switch_theme']}'>" in head


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("stage", WORKING)
def test_each_stage_is_shown(stage: Stage, words: Words) -> None:
    """While the model is on its way, the page says what happens, to what."""
    status = model_status(at(Progress(stage, "qwen")), words)
    assert words[f"stage_{stage}"].format(subject="qwen") in status
    assert "role='status'" in status


def test_progress_is_shown_where_it_is_known() -> None:
    """A download has a bar with its bytes and a text in MiB; other stages have a bar without an end."""
    status = model_status(at(Progress("downloading", "qwen", 3 << 20, 12 << 20)), EN)
    assert "3 / 12 MiB" in status
    assert f"<progress value='{3 << 20}' max='{12 << 20}'>" in status
    assert "<progress></progress>" in model_status(at(Progress("loading", "qwen")), EN)


def test_a_ready_model_is_named() -> None:
    """Once the model answers, its name, its engine and its origin stand there."""
    status = model_status(ended("qwen", "hub"), EN)
    assert "qwen answers, on torch-fp32 · from hub" in status
    assert "<progress" not in status


def test_a_failure_is_an_alert() -> None:
    """A model that could not be loaded is said, with the reason."""
    status = model_status(ended(error=RuntimeError("no source")), EN)
    assert "role='alert'" in status
    assert EN["stage_failed"] in status
    assert "no source" in status


def test_names_are_shown_as_text() -> None:
    """Markup in names, origins and errors is escaped."""
    loaders = (
        at(Progress("loading", HOSTILE)),
        ended(HOSTILE, HOSTILE),
        ended(error=RuntimeError(HOSTILE)),
    )
    for loader in loaders:
        status = model_status(loader, EN)
        assert "<img" not in status
        assert "&lt;img" in status


def test_a_model_that_gets_ready_meanwhile_does_no_harm() -> None:
    """A model that becomes ready while the header is built shows its last stage once more."""
    assert EN["stage_loading"].format(subject="m") in model_status(SettlingLoader(), EN)
