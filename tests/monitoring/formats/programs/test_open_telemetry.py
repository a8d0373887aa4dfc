"""Records in the JSON form of OpenTelemetry's protocol."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.formats.parts import NotARecordError
from monitoring.formats.programs.open_telemetry import records_of_resources
from monitoring.formats.translator import Translator

NANOSECONDS = "1769011200123000000"


def attribute(name: str, kind: str, value: object) -> dict[str, Any]:
    """Return an attribute, as the protocol has it."""
    return {"key": name, "value": {kind: value}}


def line_of(*attributes: dict[str, Any], **record: Any) -> bytes:
    """Return a line with one record of a service."""
    resource = {"attributes": [attribute("service.name", "stringValue", "shop")]}
    told = {"timeUnixNano": NANOSECONDS, "body": {"stringValue": "done"}, "attributes": attributes, **record}
    scope = {"scope": {"name": "shop.chat", "version": "1"}, "logRecords": [told]}
    return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}).encode()


def read(*attributes: dict[str, Any], **record: Any) -> dict[str, Any]:
    """Return the record that such a line is read as."""
    (found,) = Translator().records(line_of(*attributes, **record))
    return found.fields


def test_values_of_all_kinds_are_read() -> None:
    """Whole numbers are texts, a time of zero is unknown, and what has a wrong type is passed over."""
    record = {
        "timeUnixNano": "0",
        "observedTimeUnixNano": "1769011200000000000",
        "severityNumber": 17,
        "body": {"stringValue": "boom"},
        "attributes": [
            attribute("n", "intValue", "5"),
            attribute("bad", "intValue", "x"),
            attribute("list", "arrayValue", {"values": [{"boolValue": True}]}),
            attribute("map", "kvlistValue", {"values": [attribute("a", "doubleValue", 1.5)]}),
            "no attribute",
        ],
        "traceId": "abc",
    }
    assert list(records_of_resources([{"scopeLogs": [{"logRecords": [record, 5]}, None]}, "no group"])) == [
        {
            "n": 5,
            "bad": None,
            "list": [True],
            "map": {"a": 1.5},
            "timestamp": "1769011200000000000",
            "level": "ERROR",
            "message": "boom",
            "request_id": "abc",
        }
    ]


def test_where_a_record_comes_from_stays_with_it() -> None:
    """Service, logger, span and event; they are named as others name them."""
    found = read(traceId="abc", spanId="def", eventName="chat.done")
    told = {"service": "shop", "logger": "shop.chat", "span_id": "def", "request_id": "abc"}
    assert told.items() <= found.items()
    assert (found["event"], found["message"]) == ("chat.done", "done")
    own = read(
        attribute("service", "stringValue", "own"), attribute("request_id", "stringValue", "r"), traceId="abc"
    )
    assert (own["service"], own["request_id"], own["trace_id"]) == ("own", "r", "abc")


def test_a_line_says_who_wrote_it() -> None:
    """The page names the format."""
    translator = Translator()
    translator.records(line_of())
    assert translator.read_as == {"OpenTelemetry": 1}


def test_the_names_of_the_conventions_are_known() -> None:
    """Durations are in seconds there, though their names do not say so."""
    found = read(
        attribute("gen_ai.operation.name", "stringValue", "chat"),
        attribute("gen_ai.request.model", "stringValue", "qwen2.5"),
        attribute("gen_ai.usage.cache_read.input_tokens", "intValue", "3"),
        attribute("gen_ai.usage.input_tokens", "intValue", "30"),
        attribute("gen_ai.usage.output_tokens", "intValue", "40"),
        attribute("gen_ai.response.finish_reasons", "arrayValue", {"values": [{"stringValue": "stop"}]}),
        attribute("gen_ai.server.time_to_first_token", "doubleValue", 0.25),
        attribute("http.response.status_code", "intValue", "502"),
        attribute("http.server.request.duration", "doubleValue", 1.5),
        attribute("error.type", "stringValue", "timeout"),
        attribute("exception.message", "stringValue", "too slow"),
        attribute("exception.stacktrace", "stringValue", "at chat.py:5"),
    )
    assert {
        "task_type": "chat",
        "model": "qwen2.5",
        "cached_tokens": 3,
        "prompt_tokens": 30,
        "output_tokens": 40,
        "finish_reason": "stop",
        "ttft_ms": 250,
        "status": "error",
        "http_status": 502,
        "response_time_ms": 1500,
        "error_type": "timeout",
        "error_message": "too slow",
        "traceback": "at chat.py:5",
        "event": "task.finished",
    }.items() <= found.items()


@pytest.mark.parametrize(
    "name", ["gen_ai.client.operation.duration", "attributes.http.server.request.duration"]
)
def test_the_conventions_are_known_in_any_json(name: str) -> None:
    """Loggers write them without the protocol, too."""
    line = json.dumps({"timestamp": "2026-01-21T16:00:00Z", name: 0.5}).encode()
    (found,) = Translator().records(line)
    assert found.fields["response_time_ms"] == 500


NAMES = [
    "resource",
    "scope",
    "name",
    "scopeLogs",
    "logRecords",
    "attributes",
    "key",
    "value",
    "body",
    "intValue",
]
MORE_NAMES = ["kvlistValue", "arrayValue", "values", "severityNumber", "timeUnixNano", "spanId", "eventName"]
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES + MORE_NAMES), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(st.lists(ANYTHING, max_size=4))
def test_values_of_any_type_end_nothing(groups: list[Any]) -> None:
    """Whatever stands where the protocol has its own."""
    list(records_of_resources(groups))


@pytest.mark.parametrize(
    ("code", "attributes", "status"),
    [
        (0, [], "ok"),
        (2, [], "error"),
        ("STATUS_CODE_ERROR", [], "error"),
        (2, [attribute("http.response.status_code", "intValue", "429")], "rejected"),
    ],
)
def test_a_span_is_a_request(code: object, attributes: list[dict[str, Any]], status: str) -> None:
    """It tells when it ended, how long it took, what it was, and how it ended."""
    span = {
        "traceId": "abc",
        "spanId": "def",
        "parentSpanId": "fed",
        "name": "POST /chat",
        "startTimeUnixNano": "1769011200000000000",
        "endTimeUnixNano": "1769011200250000000",
        "attributes": attributes,
        "status": {"code": code, "message": "why"},
    }
    resource = {"attributes": [attribute("service.name", "stringValue", "shop")]}
    line = json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span, 5]}]}]})
    (found,) = Translator().records(line.encode())
    assert (
        found.fields
        | {
            "timestamp": "2026-01-21T16:00:00.250Z",
            "event": "task.finished",
            "message": "POST /chat",
            "response_time_ms": 250.0,
            "status": status,
            "request_id": "abc",
            "span_id": "def",
            "parent_span_id": "fed",
            "service": "shop",
        }
        == found.fields
    )
    assert found.fields.get("error_message") == (None if code == 0 else "why")


def test_metrics_are_told_as_metrics() -> None:
    """There is no field to name in them."""
    with pytest.raises(NotARecordError, match="metrics"):
        Translator().records(b'{"resourceMetrics":[{"scopeMetrics":[]}]}')
