"""A line may hold several records, in whatever stands around them."""

import json
from typing import Any

import pytest

from monitoring.formats.parts import MAX_BROKEN
from monitoring.formats.row_decoder import RowDecoder
from monitoring.formats.translator import Translator

TIME = "2026-01-21T16:00:00.000Z"
FIRST: dict[str, Any] = {"time": TIME, "msg": "first"}
SECOND: dict[str, Any] = {"time": TIME, "msg": "second"}


def messages(line: str) -> list[str]:
    """Return the messages of the records of a line."""
    return [record.fields["message"] for record in Translator().records(line.encode())]


def docker(text: str) -> str:
    """Return a line as Docker keeps it."""
    return json.dumps({"log": text + "\n", "stream": "stdout", "time": "2026-01-21T16:00:01Z"})


def otlp(*bodies: str) -> str:
    """Return records with these texts as OpenTelemetry's collector writes them."""
    records = [{"timeUnixNano": "1769011200000000000", "body": {"stringValue": body}} for body in bodies]
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]})


SEVERAL = [
    json.dumps([FIRST, SECOND]),
    json.dumps([[FIRST], [SECOND]]),
    json.dumps(FIRST) + json.dumps(SECOND),
    json.dumps(FIRST) + " " + json.dumps(SECOND),
    otlp("first", "second"),
]


@pytest.mark.parametrize("text", SEVERAL)
def test_each_object_of_a_line_is_a_record(text: str) -> None:
    """Also within what a container puts around it, and within another batch."""
    assert messages(text) == ["first", "second"]
    assert messages(docker(text)) == ["first", "second"]
    assert messages(f"2026-01-21T16:00:01Z stdout F {text}") == ["first", "second"]


def test_a_batch_may_be_the_text_of_a_batch() -> None:
    """So it is where one collector sends to another one that reads lines."""
    text = otlp("first", "second")
    for _ in range(3):
        text = otlp(text, "third")
    assert messages(text) == ["first", "second", "third", "third", "third"]


def test_as_many_wrappers_as_a_line_can_hold_are_taken_off() -> None:
    """Each one of Docker's doubles the backslashes of those in it."""
    text, depth = json.dumps(FIRST), 0
    while len(more := docker(text)) < 1 << 16:
        text, depth = more, depth + 1
    assert depth > 5
    assert messages(text) == ["first"]


@pytest.mark.parametrize(
    "text",
    [
        '[{"role":"user","content":"hi"},{"role":"user","content":"more"}]',
        '[{"type":"text","text":"hi"}]',
        '{"a":1}{"a":2}',
        "{a} {b}",
        "[1, 2]",
        "[INFO] {",
    ],
)
def test_values_that_are_no_records_stay_a_text(text: str) -> None:
    """Programs print lists of anything."""
    assert messages(docker(text)) == [text]


def test_a_part_that_is_no_record_is_one_broken_line() -> None:
    """The others of its line are records."""
    decoder = RowDecoder(("message",))
    torn = json.dumps(FIRST) + '{"no":"time"}' + json.dumps(SECOND) + '{"time":'
    assert [row.message for row in decoder.rows(torn.encode())] == ["first", "second"]
    assert +decoder.broken == {"no_time": 1, "torn": 1}


def test_a_batch_of_nothing_but_broken_records_costs_little() -> None:
    """So many of them are counted, and one for the rest; their fields are named."""
    decoder = RowDecoder(())
    record = {"attributes": [{"key": "when", "value": {"intValue": "5"}}]}
    line = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record] * 900}]}]})
    assert decoder.rows(line.encode()) == []
    assert +decoder.broken == {"no_time": MAX_BROKEN + 1}
    assert "when" in [field.name for field in decoder.found_fields.all()]


def test_a_batch_multiplies_no_long_name() -> None:
    """The name of a resource is in each of its records, of which a line may have thousands."""
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "x" * 5000}}]}
    scope = {"scope": {"name": "y" * 5000}, "logRecords": [{"timeUnixNano": "1769011200000000000"}] * 1000}
    line = json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]})
    kept = RowDecoder(()).rows_and_lines(line.encode())[1]
    assert len(kept) == 1000
    assert max(map(len, kept)) < 1000
