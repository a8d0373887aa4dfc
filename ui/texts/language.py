"""Choose a visitor's language: the one chosen on the page, else the first known one of the browser."""

from collections.abc import Mapping
from typing import Protocol

from ui.texts.page import LANGUAGES
from ui.texts.words import Words

COOKIE = "lang"


class Visit(Protocol):
    """The parts of a request, by Starlette or Gradio, that the choice depends on."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The HTTP headers."""

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies of this page."""


def words_for(visit: Visit) -> Words:
    """Return the page's texts for a visitor."""
    chosen = visit.cookies.get(COOKIE, "")
    return LANGUAGES[chosen] if chosen in LANGUAGES else choose(visit.headers.get("accept-language"))


def choose(accept_language: str | None) -> Words:
    """Return the texts of the first known language in the header `Accept-Language`, else English."""
    for part in (accept_language or "").lower().split(","):
        for name, words in LANGUAGES.items():
            if part.strip().startswith(name):
                return words
    return LANGUAGES["en"]
