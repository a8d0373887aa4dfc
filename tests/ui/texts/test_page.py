"""The page's texts in both languages."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring.analysis.incidents import EVENTS
from monitoring.formats.row_decoder import BROKEN_KINDS
from ui.texts.page import EN, ZH

ROOT = Path(__file__).parents[3]
PUT_TOGETHER = ("fine_print", "too_long")  # by page.py, from texts and the settings
SOURCES = sorted([*(ROOT / "ui").rglob("*.py"), *(ROOT / "monitoring").rglob("*.py")])


def asked_for(source: str) -> Iterator[tuple[str, bool]]:
    """Yield each text that a source asks for, and whether that is its whole key or only its begin."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Subscript(value=ast.Name(id="words"), slice=key):
                pass
            case ast.Call(func=ast.Name(id="i18n"), args=[key]):
                pass
            case _:
                continue
        match key:
            case ast.Constant(value=str(text)):
                yield text, True
            case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
                yield text, False


def placeholders(text: str) -> set[str]:
    """Return the names in braces; fails where the text is no format string."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_texts() -> None:
    """No text is missing in one language."""
    assert set(EN) == set(ZH)


@pytest.mark.parametrize("key", EN)
def test_a_text_has_the_same_placeholders_in_both_languages(key: str) -> None:
    """A translation takes the same values as its original, all of them by name."""
    assert placeholders(EN[key]) == placeholders(ZH[key])
    assert all(name.isidentifier() for name in placeholders(EN[key]))


@pytest.mark.parametrize("key", EN)
def test_no_text_is_empty(key: str) -> None:
    """Every key says something in each language."""
    assert EN[key].strip()
    assert ZH[key].strip()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_that_is_asked_for_is_there(path: Path) -> None:
    """A text that a page or a chart names, wholly or by its begin, exists."""
    for text, is_whole in asked_for(path.read_text(encoding="utf-8")):
        if text not in PUT_TOGETHER:
            assert text in EN if is_whole else any(key.startswith(text) for key in EN), text


def test_the_texts_that_are_asked_for_are_really_found() -> None:
    """The check sees texts of the page, of the dashboard and of the charts, however they are asked for."""
    found = {key for path in SOURCES for key in asked_for(path.read_text(encoding="utf-8"))}
    assert {("no_data", True), ("latency_title", True), ("tab_chat", True), ("measure_", False)} <= found
    assert len(found) > 100


@pytest.mark.parametrize(
    "name", ["task_sentiment", "task_chat", "task_unknown", *EVENTS, "wait", "prefill", "decode", "run"]
)
def test_whatever_charts_show_has_a_name(name: str) -> None:
    """Tasks, marks and phases, whose names are looked up as they come, are in both languages."""
    assert name in EN
    assert name in ZH


@pytest.mark.parametrize("kind", BROKEN_KINDS)
def test_every_kind_of_broken_line_has_a_name(kind: str) -> None:
    """Whatever the decoder counts can be said in both languages."""
    assert f"broken_{kind}" in EN
    assert f"broken_{kind}" in ZH


def test_the_texts_carry_no_markup() -> None:
    """Texts stand in HTML unescaped: none holds a character that HTML reads."""
    assert not [key for words in (EN, ZH) for key in words if set(words[key]) & set("<>&")]
