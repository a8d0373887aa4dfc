"""Whatever a line holds, its records are ours, for every reader of JSON."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.formats.parts import NotARecordError
from monitoring.formats.translator import Record, Translator
from monitoring.record.encode import to_line

TIME = "2026-01-21T16:00:00.000Z"
OURS = (
    "timestamp",
    "level",
    "message",
    "event",
    "status",
    "pid",
    "seq",
    "truncated",
    "request_id",
    "task_type",
)
THEIRS = ("time", "ts", "msg", "duration", "latency_s", "error", "log", "stream", "event_name", "http_status")
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(TIME),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)
OBJECTS = st.dictionaries(
    st.sampled_from(OURS) | st.sampled_from(THEIRS) | st.text(max_size=6), VALUES, max_size=6
)
PIECES = st.sampled_from(
    (f"{TIME} ", "stdout F ", "stdout P ", "a | ", "INFO ", "[", "]", '{"a":1}', "x=1 ", "\0")
)


def with_time(fields: dict[str, Any]) -> bytes:
    """Return the line of an object that tells a time, in UTF-8 as it is."""
    return json.dumps({"timestamp": TIME, **fields}, ensure_ascii=False).encode(errors="replace")


LINES = (
    OBJECTS.map(lambda fields: json.dumps(fields).encode())
    | OBJECTS.map(with_time)
    | st.lists(PIECES, max_size=6).map(lambda parts: "".join(parts).encode())
    | st.binary(max_size=80)
)


def records_of(line: bytes) -> list[Record]:
    """Return the records of a line; none where it is broken."""
    try:
        return Translator().records(line)
    except NotARecordError:
        return []


def refuse(name: str) -> float:
    """Refuse NaN and infinities, as strict readers do."""
    raise ValueError(name)


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_a_record_of_ours_reads_back_to_itself(line: bytes) -> None:
    """No bytes end it; what a line became is read as the same again, by strict readers of JSON, too."""
    for record in records_of(line):
        written = to_line(record.fields)
        json.loads(written, parse_constant=refuse)
        (again,) = records_of(written)
        assert to_line(again.fields) == written
        assert again.microseconds == record.microseconds // 1000 * 1000


@pytest.mark.parametrize("depth", [20, 90, 5000])
def test_nesting_ends_nothing(depth: int) -> None:
    """A record is nested as deep as readers go, or is none."""
    line = b'{"timestamp":"%s","a":%s%s}' % (TIME.encode(), b"[" * depth, b"]" * depth)
    assert len(records_of(line)) == (depth < 100)
