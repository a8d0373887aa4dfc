"""Check the text of a message."""

import unicodedata

from inference.errors import InputError

ALLOWED_CONTROLS = "\t\n\r"


def check_characters(text: str) -> None:
    """Let a text pass whose characters a model can read.

    Raises:
        InputError: it has control characters or unpaired surrogates.
    """
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs" or (category == "Cc" and character not in ALLOWED_CONTROLS):
            name = f"U+{ord(character):04X}"
            raise InputError(
                "control_character",
                f"the message holds {name}, a control character or half of a character: remove it",
                character=name,
            )


def check_message(text: object, max_chars: int) -> str:
    """Return the message without surrounding whitespace.

    Raises:
        InputError: it is not text, empty, too long, or has control characters or unpaired surrogates.
    """
    if not isinstance(text, str):
        raise InputError("not_text", f"a message must be text, got {type(text).__name__}")
    if len(text) > max_chars:
        raise InputError(
            "too_long",
            f"the message has {len(text)} characters, {max_chars} are allowed: shorten it",
            length=len(text),
            limit=max_chars,
        )
    check_characters(text)
    if not any(c.isprintable() and not c.isspace() for c in text):
        raise InputError("empty", "the message is empty: write something first")
    return text.strip()
