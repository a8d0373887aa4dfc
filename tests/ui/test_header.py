"""What stands above the tabs."""

import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from inference import Loader
from inference.errors import ModelStalled
from inference.loader import Failure
from inference.weights.progress import Progress, Report, Stage
from ui.guard.config import GuardConfig
from ui.guard.operators import Operators
from ui.header import TITLE, header, model_status
from ui.roles import Role
from ui.texts.page import EN, ZH
from ui.texts.words import Words

if TYPE_CHECKING:
    from inference.engine.engine import Engine

HOSTILE = "<img src=x onerror=alert(1)>"
WORKING: tuple[Stage, ...] = (
    "checking",
    "waiting",
    "damaged",
    "downloading",
    "verifying",
    "converting",
    "loading",
)
HOUR = 3600.0


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


def head_of(words: Words, loader: Loader | None = None, role: Role = Role.VISITOR, **settings: object) -> str:
    """Return the head for somebody, in an app with some settings of its guard."""
    operators = Operators(GuardConfig(**settings), b"key")  # type: ignore[arg-type]
    return header(loader or at(Progress("checking")), operators, role, words)


def ended(name: str = "", origin: str = "", error: Exception | None = None) -> Loader:
    """Return a loader that has an engine, or an error."""
    done = threading.Event()

    def load(report: Report) -> "tuple[Engine, str]":
        if error is not None:
            raise error
        return cast("Engine", NamedEngine(name)), origin

    loader = Loader(load, lambda _: done.set(), folders=[Path("/srv/my models")], first_pause=HOUR)
    loader.start()
    assert done.wait(20)
    return loader


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_the_head_has_title_and_tagline(words: Words) -> None:
    """The head names the app in the reader's language."""
    head = head_of(words)
    assert f"<h1>{TITLE}</h1>" in head
    assert words["tagline"] in head


@pytest.mark.parametrize(
    ("words", "other", "name"), [(EN, "zh", "中文"), (ZH, "en", "English")], ids=["en", "zh"]
)
def test_the_head_switches_to_the_other_language(words: Words, other: str, name: str) -> None:
    """One button leads to the other language, named and marked as who reads it knows it."""
    head = head_of(words)
    assert f"<button type='button' data-language='{other}' lang='{other}'>{name}</button>" in head
    assert head.count("data-language") == 1


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_the_head_switches_between_light_and_dark(words: Words) -> None:
    """The button that switches the colours has a name for screen readers."""
    head = head_of(words)
    assert f"<button type='button' data-theme aria-label='{words['switch_theme']}'>" in head


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("stage", WORKING)
def test_each_stage_is_shown(stage: Stage, words: Words) -> None:
    """While the model is on its way, the page says what happens, to what."""
    status = model_status(at(Progress(stage, "qwen")), Role.VISITOR, words)
    assert words[f"stage_{stage}"].format(subject="qwen") in status
    assert "role='status'" in status


def test_progress_is_shown_where_it_is_known() -> None:
    """A download has a bar with its bytes and a text in MiB; other stages have a bar without an end."""
    status = model_status(at(Progress("downloading", "qwen", 3 << 20, 12 << 20)), Role.VISITOR, EN)
    assert "3 / 12 MiB" in status
    assert f"<progress value='{3 << 20}' max='{12 << 20}'>" in status
    assert "<progress></progress>" in model_status(at(Progress("loading", "qwen")), Role.VISITOR, EN)


def test_a_ready_model_is_named() -> None:
    """Once the model answers, its name, its engine and its origin stand there."""
    status = model_status(ended("qwen", "hub"), Role.VISITOR, EN)
    assert "qwen answers, on torch-fp32 · from hub" in status
    assert "<progress" not in status


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_failure_is_an_alert(words: Words) -> None:
    """A model that could not be loaded is said, with the reason, and when it is tried again."""
    status = model_status(ended(error=RuntimeError("no source")), Role.VISITOR, words)
    assert "role='alert'" in status
    before, after = words["stage_retry"].split("{seconds}")
    assert re.search(re.escape(f"{words['stage_failed']} {before}") + r"\d+" + re.escape(after), status)
    assert "no source" in status
    assert "<progress" not in status


@pytest.mark.parametrize(
    ("role", "shown"), [(Role.VISITOR, "in …/my models/tiny"), (Role.OPERATOR, "in /srv/my models/tiny")]
)
def test_only_the_operator_reads_paths(role: Role, shown: str) -> None:
    """The operator reads the whole reason, and visitors read it without the machine's folders."""
    status = model_status(ended(error=RuntimeError("no weights in /srv/my models/tiny")), role, EN)
    assert f"<pre>no weights {shown}</pre>" in status


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_another_try_shows_its_progress(words: Words) -> None:
    """While loading is tried again, the last failure stays, and the progress stands below."""
    loader = ended(error=RuntimeError("no source"))
    assert loader.failure is not None
    loader.failure = replace(loader.failure, retry_at=None)
    loader.progress = Progress("downloading", "hub", 3 << 20, 12 << 20)
    status = model_status(loader, Role.VISITOR, words)
    assert f"{words['stage_failed']} {words['stage_retried']}" in status
    assert "no source" in status
    assert "3 / 12 MiB" in status


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_stall_is_said(words: Words) -> None:
    """A load without progress is said as such, not as one that goes on."""
    loader = at(Progress("downloading", "hub", 3 << 20, 12 << 20))
    loader.failure = Failure(ModelStalled("no progress for 61 s"), "no progress for 61 s", 0)
    status = model_status(loader, Role.VISITOR, words)
    assert words["stage_stalled"] in status
    assert "no progress for 61 s" in status
    assert "3 / 12 MiB" in status


def test_names_are_shown_as_text() -> None:
    """Markup in names, origins and errors is escaped."""
    loaders = (
        at(Progress("loading", HOSTILE)),
        ended(HOSTILE, HOSTILE),
        ended(error=RuntimeError(HOSTILE)),
    )
    for loader in loaders:
        status = model_status(loader, Role.VISITOR, EN)
        assert "<img" not in status
        assert "&lt;img" in status


def test_a_model_that_gets_ready_meanwhile_does_no_harm() -> None:
    """A model that becomes ready while the header is built shows its last stage once more."""
    assert EN["stage_loading"].format(subject="m") in model_status(SettlingLoader(), Role.VISITOR, EN)


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_visitor_may_sign_in(words: Words) -> None:
    """Where there is a password, a visitor finds a button and a dialog that ask for it."""
    head = head_of(words, operator_password="correct horse")
    assert "data-sign-in data-of='visitor'>" in head
    assert "data-sign-out data-of='operator' hidden>" in head
    assert "<dialog" in head
    assert words["password"] in head
    assert "correct horse" not in head


def test_the_operator_may_sign_out() -> None:
    """Who is signed in sees that, and can end it."""
    head = head_of(EN, role=Role.OPERATOR, operator_password="correct horse")
    assert "data-sign-out data-of='operator'>" in head


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_the_operator_may_sign_in_again(words: Words) -> None:
    """A sign-in can end while the page is open: what signs in, and what tells of it, stand there already."""
    head = head_of(words, role=Role.OPERATOR, operator_password="correct horse")
    assert "data-sign-in data-of='visitor' hidden>" in head
    assert "<dialog" in head
    assert f"<small role='status' data-ended='{words['sign_in_ended']}'></small>" in head


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("settings", [{"gradio_server_name": "0.0.0.0"}, {"space_id": "me/qwen"}])
def test_the_page_says_why_nobody_is_the_operator(words: Words, settings: dict[str, Any]) -> None:
    """An app that strangers reach, without a password, says that the operator's part is off, and why."""
    head = head_of(words, **settings)
    assert words["operator_off"] in head
    assert "data-sign-in" not in head


def test_whoever_comes_from_elsewhere_reads_who_is_the_operator() -> None:
    """Without a password, a visitor who was passed on by a proxy reads why he is no operator."""
    assert EN["operator_elsewhere"] in head_of(EN)


def test_on_ones_own_machine_there_is_nothing_to_sign_in_to() -> None:
    """Without a password, on loopback, the head says nothing of operators."""
    head = head_of(EN, role=Role.OPERATOR)
    assert "sign" not in head
    assert EN["operator_off"] not in head


def test_on_a_space_hugging_face_tells_who_it_is() -> None:
    """With the names of operators alone, the head leads to Hugging Face, in a window of its own."""
    head = head_of(EN, space_id="me/qwen", operator_users="me")
    assert "<a href='login/huggingface' target='_blank' data-of='visitor'>" in head
    assert "<dialog" not in head
    head = head_of(EN, role=Role.OPERATOR, space_id="me/qwen", operator_users="me")
    assert "<a href='login/huggingface' target='_blank' data-of='visitor' hidden>" in head


def test_the_dialog_leads_to_hugging_face_too() -> None:
    """With a password and the names of operators, the link stands in the dialog alone."""
    head = head_of(EN, space_id="me/qwen", operator_users="me", operator_password="correct horse")
    assert head.count("login/huggingface") == 1
    assert "<a href='login/huggingface' target='_blank'>" in head
