"""Lines that are nested too deep for whoever reads them are told without reading them."""

import json
import re
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.record.lenient import MAX_NESTING, is_nested_too_deep


def nested(depth: int, leaf: Any, is_array: bool) -> Any:
    """Return a value in so many arrays or objects."""
    for level in range(depth):
        leaf = [leaf, level] if is_array else {"a]}": leaf, "b": level}
    return leaf


@pytest.mark.parametrize("is_array", [True, False])
@pytest.mark.parametrize("depth", [1, MAX_NESTING - 1, MAX_NESTING, MAX_NESTING + 1, 3 * MAX_NESTING])
def test_json_is_nested_as_deep_as_its_deepest_value(depth: int, is_array: bool) -> None:
    """Whatever stands beside that; brackets in texts are none."""
    beside = [{}, [[]], "[" * 500, nested(3, "}", True)]
    value = [beside, nested(depth - 1, 5, is_array), beside]
    assert is_nested_too_deep(json.dumps(value).encode()) == (depth > MAX_NESTING)


@given(st.lists(st.sampled_from(["[", "]", "{", "}", "[[[[{", "}]", "[]", '"["', " 1,"]), max_size=120))
def test_no_line_that_is_too_deep_passes(parts: list[str]) -> None:
    """Whether it is JSON or not: more brackets are open somewhere in it."""
    line = "".join(["[" * 60, *parts]).encode()
    steps = (1 if mark in b"[{" else -1 for mark in re.findall(rb"[\[\]{}]", line.replace(b'"["', b"")))
    if max(accumulate(steps)) > MAX_NESTING:
        assert is_nested_too_deep(line)
