"""Characters that nobody sees are shown, so that a text of the log looks like what it is."""

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.record.visible import visible, visible_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("photo\u202egnp.exe", r"photo\u202egnp.exe"),
        ("\u2066a\u2069 \u200f\u061c", r"\u2066a\u2069 \u200f\u061c"),
        ("pay\u200bpal\ufeff\xad", r"pay\u200bpal\ufeff\u00ad"),
        ("\x1b[31m\x9b\x00\x7f", r"\u001b[31m\u009b\u0000\u007f"),
        ("a\nb\tc\u2028d", r"a\nb\tc\u2028d"),
        ("\ud83d", r"\ud83d"),
        ("a\u200db", r"a\u200db"),
        ("\U000e0041\u3164\u115f", r"\udb40\udc41\u3164\u115f"),
    ],
)
def test_what_cannot_be_seen_is_escaped(text: str, shown: str) -> None:
    """Controls of direction, of terminals and of lines, joiners, fillers and tags."""
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello ~",
        "情感分析完成: 正面\u3000全角",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f \U0001f44d\U0001f3fd",
        "naïve שלום مرحبا",
        "e\u0301 a\xa0b",
    ],
)
def test_what_can_be_seen_stays(text: str) -> None:
    """Every script, spaces, accents and pictures, also those that are joined from several."""
    assert visible(text) == text


def test_every_control_and_every_hidden_character_of_unicode_is_shown() -> None:
    """All characters of formatting are escaped, but for those that Arabic, Syriac and Kaithi print."""
    categories = {"Cc", "Cf", "Zl", "Zp", "Cs"}
    hidden = [chr(c) for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)) in categories]
    kept = {character for character in hidden if visible(character) == character}
    assert {unicodedata.name(character).split()[0] for character in kept} <= {"ARABIC", "SYRIAC", "KAITHI"}


@given(st.dictionaries(st.text(), st.text()))
def test_json_stays_the_same_json(value: dict[str, str]) -> None:
    """The escapes are those of JSON, so that a line can still be read by programs."""
    assert json.loads(visible(json.dumps(value, ensure_ascii=False))) == value


def test_ends_of_lines_can_be_kept() -> None:
    """A text of several lines keeps them."""
    assert visible_lines("a\u202e\nb\r") == "a\\u202e\nb\\r"
