"""Which language a visitor reads: the one that was chosen on the page, else the browser's."""

from collections.abc import Mapping
from typing import Protocol

from ui.texts.page import LANGUAGES
from ui.texts.words import Words

COOKIE = "lang"


class Visit(Protocol):
    """What tells it: a request of Starlette's or of Gradio's."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What the browser says of itself."""

    @property
    def cookies(self) -> Mapping[str, str]:
        """What the page has noted in the browser."""


def words_for(visit: Visit) -> Words:
    """Return the page's texts for a visitor."""
    chosen = visit.cookies.get(COOKIE, "")
    return LANGUAGES[chosen] if chosen in LANGUAGES else choose(visit.headers.get("accept-language"))


def choose(accept_language: str | None) -> Words:
    """Return the texts in the browser's first language that there is, else in English."""
    for part in (accept_language or "").lower().split(","):
        for name, words in LANGUAGES.items():
            if part.strip().startswith(name):
                return words
    return LANGUAGES["en"]
