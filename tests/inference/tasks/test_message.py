"""Tests of `inference.tasks.message`."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import InputError
from inference.tasks.message import check_message


def refuse(text: object, limit: int = 2000) -> InputError:
    """Return the error that a message is refused with."""
    with pytest.raises(InputError) as caught:
        check_message(text, limit)
    assert caught.value.status == "rejected"
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "一个好天气",
        "👍",
        "👨‍👩‍👧‍👦 family",
        "🇨🇳",
        "שלום עולם",
        "\u202bمرحبا\u202c",
        "e\u0301",
        "line\nline\r\n\tindented",
        "a\u200bb",
        "\U0001f600" * 10,
        ".",
    ],
)
def test_any_language_is_accepted(text: str) -> None:
    """Emoji, right-to-left text, combined characters and line breaks pass unchanged."""
    assert check_message(text, 2000) == text


def test_surrounding_space_is_cut() -> None:
    """Space around a message is left out, space inside it stays."""
    assert check_message(" \n\t two  words \u3000", 2000) == "two  words"


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t\r", "\u3000\u00a0", "\u200b", "\ufeff\u200d\u2060", "\u200e \u200f"]
)
def test_nothing_to_read_is_empty(text: str) -> None:
    """No character, space alone, and invisible characters alone are an empty message."""
    assert refuse(text).code == "empty"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a\x00b", "U+0000"),
        ("\x1b[31mred", "U+001B"),
        ("a\x7f", "U+007F"),
        ("\x85next", "U+0085"),
        ("half \ud83d of a face", "U+D83D"),
        ("\udc80", "U+DC80"),
    ],
)
def test_control_character_is_named(text: str, name: str) -> None:
    """A control character or a lone surrogate is refused by its code point, in printable text."""
    error = refuse(text)
    assert (error.code, error.details) == ("control_character", {"character": name})
    assert name in str(error)
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("value", "kind"), [(None, "NoneType"), (3, "int"), (b"x", "bytes"), (["x"], "list")]
)
def test_no_text_is_refused(value: object, kind: str) -> None:
    """What is no text is refused, and its type is named."""
    error = refuse(value)
    assert error.code == "not_text"
    assert kind in str(error)


def test_length_limit_is_exact() -> None:
    """As many characters as allowed pass, one more is refused with both numbers."""
    assert check_message("x" * 10, 10) == "x" * 10
    error = refuse("x" * 11, 10)
    assert (error.code, error.details) == ("too_long", {"length": 11, "limit": 10})


def test_huge_message_is_refused() -> None:
    """A message of 100 KB is refused for its length, and is not repeated in the error."""
    error = refuse("x" * 100_000)
    assert error.code == "too_long"
    assert len(str(error)) < 200


@given(st.text())
def test_accepted_text_is_clean(text: str) -> None:
    """Whatever comes is either refused by name, or comes back stripped, visible and encodable."""
    try:
        accepted = check_message(text, 50)
    except InputError as error:
        refused = error.code
    else:
        refused = ""
        assert accepted == text.strip()
        assert accepted.encode()
        assert len(accepted) <= 50
        assert not any(unicodedata.category(c) == "Cc" and c not in "\t\n\r" for c in accepted)
    assert refused in {"", "empty", "too_long", "control_character"}
