"""Decode lines that strict JSON refuses, as other programs, killed ones and hostile ones write them."""

import json
import math
import re
from typing import Any

# A line whose arrays and objects are nested deeper is no record: whoever reads it later has less stack left.
MAX_NESTING = 100
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
# Nothing but brackets, both kinds alike.
_AS_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
# JSON that is no object, as far as its first and last character tell.
_OTHER_VALUE = re.compile(
    rb'\s*(?:\[.*\]|".*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)\s*', re.DOTALL
)
# A double holds no number that needs more digits than this; a number of 64 bits has 20.
_MAX_DIGITS = 20


def parse_leniently(line: bytes) -> Any:
    """Decode a line that may hold NaN, half a character, an endless number or a byte order mark.

    What no JSON number can be is None: NaN, infinities, 1e999. A whole number of more than 64 bits becomes a
    float, and half a character becomes U+FFFD, so that the value can be encoded again.

    Raises:
        ValueError: the line is no JSON, or is nested deeper than `MAX_NESTING`.
    """
    if is_nested_too_deep(line):
        raise ValueError(f"it is nested deeper than {MAX_NESTING} times")
    value = _decoder.decode(line.lstrip().removeprefix(BYTE_ORDER_MARK).decode())
    if _SURROGATE.search(line) is None:
        return value
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def kind_of_broken(line: bytes) -> str:
    """Return why a line is no object: `too_deep`, `torn`, `not_object` (other JSON), or `not_json`."""
    if is_nested_too_deep(line):
        return "too_deep"
    if line.lstrip().removeprefix(BYTE_ORDER_MARK).lstrip()[:1] == b"{":
        return "torn"
    return "not_object" if _OTHER_VALUE.fullmatch(line) else "not_json"


def brackets(text: bytes) -> int:
    """Return how many arrays and objects may begin in a text: no value is nested deeper."""
    # To search is ten times as fast as to count, and most texts have no arrays.
    return text.count(b"{") + (text.count(b"[") if b"[" in text else 0)


def is_nested_too_deep(line: bytes) -> bool:
    """Tell whether a line's arrays and objects are nested deeper than `MAX_NESTING`.

    Of a line that is no JSON, since brackets are left open, it may tell so when they are less deep.
    """
    if brackets(line) <= MAX_NESTING:
        return False
    marks = _STRING.sub(b"", line).translate(_AS_BRACKETS, _NO_BRACKETS)
    # Each round takes off the innermost pairs of all places at once.
    rounds = 0
    while (fewer := marks.replace(b"[]", b"")) != marks:
        marks, rounds = fewer, rounds + 1
        if rounds > MAX_NESTING:
            return True
    left_open = len(marks.lstrip(b"]"))
    return left_open > 0 and rounds + left_open > MAX_NESTING


def _whole(digits: str) -> int | float | None:
    if len(digits) <= _MAX_DIGITS and -(2**63) <= (value := int(digits)) < 2**64:
        return value
    return _finite(digits)


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


_decoder = json.JSONDecoder(parse_int=_whole, parse_float=_finite, parse_constant=lambda name: None)
