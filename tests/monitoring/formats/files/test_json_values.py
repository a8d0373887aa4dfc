"""JSON that does not stand one value a line."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.formats.files import json_values
from monitoring.formats.files.json_values import JsonValues

TEXTS = st.text(alphabet='a"\\{}[],:\n\r 情', max_size=8)
OBJECTS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.dictionaries(
        TEXTS, TEXTS | st.integers() | st.lists(st.dictionaries(TEXTS, TEXTS, max_size=2), max_size=2)
    ),
    max_size=5,
)


def cut(text: bytes, is_array: bool, size: int, max_line_bytes: int = 1 << 16) -> bytes:
    """Return the values of a text that comes in parts of `size` bytes, one a line."""
    values = JsonValues(is_array, max_line_bytes)
    parts = [values.add(text[start : start + size]) for start in range(0, len(text), size)]
    return b"".join(parts) + values.end()


@given(OBJECTS, st.booleans(), st.sampled_from([None, 2, "\t"]), st.booleans(), st.integers(1, 40))
def test_any_values_come_back_one_a_line(
    records: list[dict[str, Any]], is_array: bool, indent: int | str | None, is_ascii: bool, size: int
) -> None:
    """However they are laid out, and wherever a part of the text ends, strings are never taken for marks."""
    dumped = [json.dumps(each, indent=indent, ensure_ascii=is_ascii) for each in records]
    text = f"[{', '.join(dumped)}]" if is_array else "\n".join(dumped)
    lines = cut(text.encode(), is_array, size).splitlines()
    assert [json.loads(line) for line in lines] == records


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_value_that_is_too_long_stays_too_long(size: int) -> None:
    """Only its beginning is held, whether it is one string or many values, and the next one is whole."""
    for long in (b'{"a":"%s"}' % (b"x" * 500), b'{"a":[%s1]}' % (b"1," * 250)):
        first, second = cut(long + b'\n{"b":1}', False, size, 100).splitlines()
        assert len(first) == 101
        assert second == b'{"b":1}'


@pytest.mark.parametrize("text", [b'{"a":1', b'{"a":"x', b'{"a":"x\\', b'[{"a":{"b":[1,2'])
def test_what_has_no_end_is_left_at_the_end(text: bytes) -> None:
    """A file that was cut off has a torn last line."""
    assert cut(text, text.startswith(b"["), 3) == text.removeprefix(b"[")


@given(st.binary(max_size=80), st.booleans(), st.integers(1, 20))
def test_no_bytes_end_it(data: bytes, is_array: bool, size: int) -> None:
    """Closing marks without opening ones are nothing."""
    cut(data, is_array, size)


class CountedPattern:
    """A pattern that counts what it finds."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self.found = 0
        self._pattern = pattern

    def finditer(self, text: bytes) -> Iterator[re.Match[bytes]]:
        """Find what the pattern finds."""
        for each in self._pattern.finditer(text):
            self.found += 1
            yield each


@pytest.mark.parametrize(
    ("text", "is_array", "values"),
    [
        (b"{} " * 20_000, False, 20_000),
        (b'{"a":1}' * 9_000, False, 9_000),
        (b"[" + b"{},\r\n" * 10_000 + b"{}]", True, 10_001),
        (b"[" + b"[]," * 20_000, True, 20_000),
        (b"{" * 60_000 + b"}" * 60_000, False, 1),
        (b"[" * 60_000, True, 0),
    ],
)
def test_a_step_takes_many_small_values_or_marks_at_once(
    text: bytes, is_array: bool, values: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line of nothing but brackets costs no more than one of text."""
    pattern = CountedPattern(json_values._TOKEN)
    monkeypatch.setattr(json_values, "_TOKEN", pattern)
    assert JsonValues(is_array).add(text).count(b"\n") == values
    assert pattern.found < 10
