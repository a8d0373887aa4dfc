"""What stands around a program's line."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.formats.programs.wrappers import (
    Inner,
    of_object,
    of_stamped_text,
    of_text,
    prefixed_object,
    records_of_batch,
)

TIME = "2026-01-21T16:00:00.5Z"


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        (f"{TIME} stdout F {{}}", Inner("{}", TIME, None, False, "CRI", "stdout")),
        (f"{TIME} stderr P a", Inner("a", TIME, None, True, "CRI", "stderr")),
        (f"{TIME} stdout F", Inner("", TIME, None, False, "CRI", "stdout")),
        (f"[pod/a-1/web] {TIME} x", Inner("x", TIME, None, False, "kubectl")),
        ("web-1  | {}", Inner("{}", None, None, False, "docker compose")),
        ("\x1b[36mweb-1  | \x1b[0m{}", Inner("{}", None, None, False, "docker compose")),
        ("hello", None),
    ],
)
def test_wrappers_of_text_are_taken_off(text: str, inner: Inner | None) -> None:
    """They tell a time, and whether the line goes on."""
    assert of_text(text) == inner


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("Jan 21 16:00:00 host app[1]: a", Inner("a", "Jan 21 16:00:00", None, False, "journald")),
        (f"{TIME} a", Inner("a", TIME, None, False, "text with a time")),
        (f"[{TIME}] a", Inner("a", TIME, None, False, "text with a time")),
        (f"a {TIME}", None),
    ],
)
def test_a_time_in_front_is_taken_off(text: str, inner: Inner | None) -> None:
    """Syslog's head, or a time alone."""
    assert of_stamped_text(text) == inner


@pytest.mark.parametrize(
    ("fields", "inner"),
    [
        (
            {"log": "a\n", "stream": "stdout", "time": TIME},
            Inner("a", TIME, None, False, "docker json-file", "stdout"),
        ),
        (
            {"log": "a", "stream": "stdout", "time": TIME},
            Inner("a", TIME, None, True, "docker json-file", "stdout"),
        ),
        ({"date": 5.5, "log": "a", "logtag": "F"}, Inner("a", 5.5, None, False, "fluent-bit")),
        (
            {"__REALTIME_TIMESTAMP": "5", "MESSAGE": [104, 105], "PRIORITY": "6"},
            Inner("hi", "5", "6", False, "journald"),
        ),
        ({"@timestamp": TIME, "message": ' {"a":1} '}, Inner(' {"a":1} ', TIME, None, False, "collector")),
        ({"__REALTIME_TIMESTAMP": "5", "MESSAGE": [1000]}, None),
        ({"__REALTIME_TIMESTAMP": "5", "MESSAGE": None}, None),
        ({"log": {"level": "info"}, "stream": "a"}, None),
        ({"message": "text"}, None),
        ({"message": '{"a":1}', "task_type": "chat"}, None),
    ],
)
def test_wrappers_that_are_objects_are_taken_off(fields: dict[str, Any], inner: Inner | None) -> None:
    """Docker's, journald's and collectors' records hold a line."""
    assert of_object(fields) == inner


def test_a_batch_holds_several_records() -> None:
    """OpenTelemetry's and CloudWatch's are told one by one."""
    record = {
        "timeUnixNano": "0",
        "observedTimeUnixNano": "1769011200000000000",
        "severityNumber": 17,
        "body": {"stringValue": "boom"},
        "attributes": [
            {"key": "n", "value": {"intValue": "5"}},
            {"key": "bad", "value": {"intValue": "x"}},
            {"key": "list", "value": {"arrayValue": {"values": [{"boolValue": True}]}}},
            {
                "key": "map",
                "value": {"kvlistValue": {"values": [{"key": "a", "value": {"doubleValue": 1.5}}]}},
            },
            "no attribute",
        ],
        "traceId": "abc",
    }
    batch = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record, 5]}, None]}, "no group"]}
    assert records_of_batch(batch) == [
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
    events = {"logEvents": [{"id": "1", "timestamp": 5, "message": "a"}]}
    assert records_of_batch(events) == [{"timestamp": 5, "message": "a"}]
    assert records_of_batch({"events": [1]}) is None
    assert records_of_batch({"message": "a"}) is None


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["scopeLogs", "logRecords", "attributes", "key", "value", "body", "intValue", "kvlistValue"]
            )
            | st.sampled_from(
                ["arrayValue", "values", "severityNumber", "severityText", "timeUnixNano", "message"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(["resourceLogs", "logEvents", "log", "MESSAGE", "message", "time"]), ANYTHING
    )
)
def test_no_object_ends_it(fields: dict[str, Any]) -> None:
    """Values of any type may stand where wrappers have theirs."""
    of_object(fields)
    of_object({"__REALTIME_TIMESTAMP": "1", "stream": "stdout", **fields})
    records_of_batch(fields)


def test_an_object_may_stand_behind_anything() -> None:
    """A short beginning is passed over, a long one is not."""
    assert prefixed_object('app[1] {"a":1}\n') == '{"a":1}\n'
    assert prefixed_object('{"a":1}') is None
    assert prefixed_object("x" * 300 + '{"a":1}') is None
    assert prefixed_object("a {b") is None
