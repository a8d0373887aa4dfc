"""Bounds for the head of a request, before anything else looks at it."""

import re

from starlette.types import Scope

from ui.guard.limits import Refused
from ui.roles import OPERATOR_COOKIE
from ui.texts.language import COOKIE as LANGUAGE_COOKIE

STATE_COOKIE = "sign_in"  # of somebody who has left for Hugging Face
KNOWN_COOKIES = frozenset(name.encode() for name in (LANGUAGE_COOKIE, OPERATOR_COOKIE, STATE_COOKIE))
MAX_HEAD_BYTES = 16 << 10
MAX_HEADERS = 100
# The characters of our own cookies' values. Others, such as quotes, would cost a parser of cookies much time.
_PLAIN = re.compile(rb"[\w.~+/=:-]*", re.ASCII)


def check_head(scope: Scope) -> None:
    """Refuse a head that is too large, and leave only our own cookies in it.

    Whatever reads the request later, Gradio included, meets few and plain headers.

    Raises:
        Refused: it has too many bytes or headers; its headers are gone then.
    """
    headers: list[tuple[bytes, bytes]] = list(scope["headers"])
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    size += sum(len(name) + len(value) for name, value in headers)
    if size > MAX_HEAD_BYTES or len(headers) > MAX_HEADERS:
        scope["headers"] = []
        raise Refused(431, "head_large", limit=f"{MAX_HEAD_BYTES >> 10} KiB", most=MAX_HEADERS)
    cookies = b"; ".join(value for name, value in headers if name == b"cookie")
    headers = [(name, value) for name, value in headers if name != b"cookie"]
    if known := _known(cookies):
        headers.append((b"cookie", known))
    scope["headers"] = headers


def _known(cookies: bytes) -> bytes:
    """Return the cookies of ours among those of a header, the last one of each name."""
    kept: dict[bytes, bytes] = {}
    for cookie in cookies.split(b";"):
        name, _, value = cookie.strip().partition(b"=")
        if name in KNOWN_COOKIES and _PLAIN.fullmatch(value):
            kept[name] = value
    return b"; ".join(b"=".join(pair) for pair in kept.items())
