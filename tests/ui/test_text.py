"""The page's texts in both languages."""

import string

import pytest

from monitoring.decoder import KINDS
from ui.text import EN, ZH


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


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_broken_line_has_a_name(kind: str) -> None:
    """Whatever the decoder counts can be said in both languages."""
    assert f"broken_{kind}" in EN
    assert f"broken_{kind}" in ZH


def test_the_texts_carry_no_markup() -> None:
    """Texts stand in HTML unescaped: none holds a character that HTML reads."""
    assert not [key for words in (EN, ZH) for key in words if set(words[key]) & set("<>&")]
