"""Read `key=value` as logfmt has it, and the spans in braces of Rust's tracing."""

import re
from itertools import islice
from typing import Any

from monitoring.formats.programs.names import are_of_a_record

# So many pairs of a line are read, so many spans, and so many parts of a span's fields. No program writes
# as many.
MAX_PAIRS = 500
MAX_SPANS = 30
MAX_SPAN_PARTS = 1000
# A value in quotes may hold spaces.
_PAIR = re.compile(r'([A-Za-z_@][\w.@/-]{0,200}+)=("(?:[^"\\]|\\.)*+"|[^\s"]*+)(?:\s++|$)')
_TIMES = frozenset({"time", "ts", "timestamp", "t"})
_TEXTS = frozenset({"level", "lvl", "msg"})
# A span's name and the brace that opens its fields; a whole string, or one without its end, and brackets.
_SPAN = re.compile(r"([A-Za-z_][\w.:-]{0,200}+)\{")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{(\[]|[})\]]|\s++|[^"{}()\[\]\s]++')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_KEY = re.compile(r"([A-Za-z_][\w.]{0,200}+)=(.*)", re.DOTALL)


def read_logfmt(text: str) -> dict[str, Any] | None:
    """Return the pairs of a line of logfmt; None where it is none.

    A line whose time stands in its wrapper is nothing but pairs, one of which has a usual name.
    """
    fields, end = _pairs(text)
    if not _TIMES.isdisjoint(fields) and not _TEXTS.isdisjoint(fields):
        return fields
    is_whole = end == len(text) and len(fields) > 1
    return fields if is_whole and are_of_a_record(fields) else None


def pairs_of(text: str) -> dict[str, str]:
    """Return the pairs at the beginning of a text, up to the first thing that is none."""
    return _pairs(text)[0]


def read_spans(text: str) -> tuple[dict[str, str], str] | None:
    """Return the fields of the spans in front of a message, the inner ones last, and the message.

    Each is a name with fields in braces, such as `request{id=5 user=User { name: "a" }}:`; None without any.
    """
    fields: dict[str, str] = {}
    names: list[str] = []
    place = 0
    while len(names) < MAX_SPANS and (found := _SPAN.match(text, place)) is not None:
        inner, end = _span(text, found.end())
        if not inner or text[end : end + 1] != ":":
            return None
        fields |= inner
        names.append(found[1])
        place = end + 1
    return (fields | {"span": ":".join(names)}, text[place:].strip()) if names else None


def _pairs(text: str) -> tuple[dict[str, str], int]:
    """Return the pairs at the beginning of a text, and where they end."""
    fields: dict[str, str] = {}
    place = 0
    for _ in range(MAX_PAIRS):
        if (found := _PAIR.match(text, place)) is None:
            break
        fields[found[1]] = _unquoted(found[2])
        place = found.end()
    return fields, place


def _span(text: str, place: int) -> tuple[dict[str, str], int]:
    """Return the fields of a span whose brace is open, and the place behind the brace that closes it.

    There are none where no brace closes it within `MAX_SPAN_PARTS`.
    """
    fields: dict[str, str] = {}
    depth, start = 0, place
    for token in islice(_TOKEN.finditer(text, place), MAX_SPAN_PARTS):
        mark = token[0]
        depth += (mark in "{([") - (mark in "})]")
        # The value of a struct goes on behind a space: `user=User { name: "a" }`.
        is_gap = depth == 0 and mark.isspace() and text[token.end() : token.end() + 1] != "{"
        if depth < 0 or is_gap:
            if (pair := _KEY.fullmatch(text, start, token.start())) is not None:
                fields[pair[1]] = _unquoted(pair[2])
            start = token.end()
        if depth < 0:
            return fields, token.end()
    return {}, len(text)


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] == '"'
    if not is_quoted:
        return value
    return _ESCAPED.sub(_unescaped, value[1:-1]) if "\\" in value else value[1:-1]


def _unescaped(found: "re.Match[str]") -> str:
    return {"n": "\n", "t": "\t"}.get(found[1], found[1])
