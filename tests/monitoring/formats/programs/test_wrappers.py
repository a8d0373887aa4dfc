"""What stands around a program's line."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.formats.programs.wrappers import NO_MESSAGE, Inner, batch_of, of_object

TIME = "2026-01-21T16:00:00.5Z"


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
        ({"__REALTIME_TIMESTAMP": None, "MESSAGE": None}, None),
        ({"log": {"level": "info"}, "stream": "a"}, None),
        (
            {"time": TIME, "message": '{"a":1}', "service": "s", "pod": {"name": "p"}},
            Inner('{"a":1}', TIME, None, False, "collector", fields={"service": "s"}),
        ),
        ({"message": "text"}, None),
        ({"message": '{"a":1}', "task_type": "chat"}, None),
    ],
)
def test_wrappers_that_are_objects_are_taken_off(fields: dict[str, Any], inner: Inner | None) -> None:
    """Docker's, journald's and collectors' records hold a line."""
    assert of_object(fields) == inner


def test_a_batch_holds_several_records() -> None:
    """OpenTelemetry's and CloudWatch's are told one by one, under the name of who wrote them."""
    batch = batch_of({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "a"}}]}]}]})
    assert batch is not None
    assert (batch.name, [each["message"] for each in batch.records]) == ("OpenTelemetry", ["a"])
    events = batch_of({"logEvents": [{"id": "1", "timestamp": 5, "message": "a"}]})
    assert events is not None
    assert (events.name, list(events.records)) == ("CloudWatch", [{"timestamp": 5, "message": "a"}])
    assert batch_of({"events": [1]}) is None
    assert batch_of({"message": "a"}) is None


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"MESSAGE": None}, NO_MESSAGE),
        ({}, "(an entry without a message)"),
        ({"MESSAGE": "hi"}, "hi"),
    ],
)
def test_an_entry_of_the_journal_is_one_whatever_its_message_is(message: dict[str, Any], text: str) -> None:
    """Its program, unit and process stay, as far as they are texts and numbers."""
    entry = {
        "__REALTIME_TIMESTAMP": "5",
        "SYSLOG_IDENTIFIER": "qwen",
        "_SYSTEMD_UNIT": "qwen.service",
        "_PID": "7",
    }
    told = {"service": "qwen", "systemd_unit": "qwen.service", "pid": 7}
    assert of_object({**entry, **message}) == Inner(text, "5", None, False, "journald", fields=told)
    odd = {"__REALTIME_TIMESTAMP": "5", "SYSLOG_IDENTIFIER": ["a"], "_PID": "9" * 5000, "MESSAGE": "hi"}
    inner = of_object(odd)
    assert inner is not None
    assert len(str(inner.fields.get("pid", ""))) <= 20
    assert "service" not in inner.fields


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
    batch_of(fields)
