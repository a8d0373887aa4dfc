"""A line of any program becomes records of ours."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitoring.formats.counted_names import MAX_NAMES
from monitoring.formats.parts import NotARecordError
from monitoring.formats.row_decoder import BROKEN_KINDS
from monitoring.formats.translator import MAX_SHAPES, MAX_STREAMS, Translator
from monitoring.record.schema import MAX_LINE_BYTES

TIME = "2026-01-21T16:00:00.000Z"


def read(fields: object, **options: Any) -> dict[str, Any]:
    """Return the one record that an object, or a line, is read as."""
    line = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    (record,) = Translator(**options).records(line)
    return record.fields


def kind_of(line: bytes) -> str:
    """Return why a line is no record."""
    with pytest.raises(NotARecordError) as error:
        Translator().records(line)
    return error.value.kind


def test_a_request_is_what_tells_how_long_it_took() -> None:
    """Its event is ours, and its status follows from its level where it tells none."""
    assert read({"time": TIME, "durationMs": 5}) == {
        "timestamp": TIME,
        "response_time_ms": 5,
        "task_type": "unknown",
        "event": "task.finished",
        "status": "ok",
    }
    assert read({"time": TIME, "durationMs": 5, "level": "error"})["status"] == "error"
    assert read({"time": TIME, "durationMs": 5, "status": 502, "level": "info"})["status"] == "error"
    assert read({"time": TIME, "durationMs": 5, "status": 502})["http_status"] == 502


def test_any_other_record_is_a_message() -> None:
    """Its event is `log`, and it has no status that it does not tell."""
    assert read({"time": TIME, "msg": "a"}) == {
        "timestamp": TIME,
        "message": "a",
        "task_type": "unknown",
        "event": "log",
    }


@pytest.mark.parametrize(
    ("told", "event", "message", "event_name"),
    [
        ({"event": "a b"}, "log", "a b", None),
        ({"event": "cache.miss", "message": "m"}, "cache.miss", "m", None),
        ({"event": "a sentence of words", "message": "m"}, "log", "m", "a sentence of words"),
        ({"event": "search", "message": "m", "duration_ms": 5}, "task.finished", "m", "search"),
        ({"event": "feedback", "message": "m", "duration_ms": 5}, "feedback", "m", None),
        ({"event": "", "message": "m"}, "log", "m", None),
    ],
)
def test_the_event_of_another_program(
    told: dict[str, Any], event: str, message: str, event_name: str | None
) -> None:
    """It is the text of a record without one, stays where it is a name, and stands aside in a request."""
    found = read({"timestamp": TIME, **told})
    assert (found["event"], found.get("message"), found.get("event_name")) == (event, message, event_name)


def test_a_level_under_the_name_of_a_status_is_a_level() -> None:
    """Some programs write their severity there."""
    found = read({"timestamp": TIME, "status": "warn", "message": "m"})
    assert (found.get("status"), found["level"]) == (None, "WARNING")


def test_a_status_that_nobody_knows_is_counted() -> None:
    """It stays as it is."""
    translator = Translator()
    line = json.dumps({"timestamp": TIME, "duration_ms": 5, "status": "odd"}).encode()
    (record,) = translator.records(line)
    assert record.fields["status"] == "odd"
    assert translator.unknown_statuses == {"odd": 1}


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ({"duration": 0.5}, ["duration:UNIT=response_time_ms"]),
        ({"duration": "0.5"}, ["duration:UNIT=response_time_ms"]),
        ({"run": {"latency": 5, "ttft": 1}}, ["run.latency:UNIT=response_time_ms", "run.ttft:UNIT=ttft_ms"]),
        ({"duration": 0.5, "latency_ms": 3}, []),
        ({"duration": "5 ms"}, []),
        ({"duration": "long"}, []),
        ({"duration": {"a": 1}}, []),
        ({"level": "INFO", "msg": "a", "time": TIME, "duration": 1500}, []),
        ({"level": "INFO", "msg": "a", "time": TIME, "duration": 0.5}, ["duration:UNIT=response_time_ms"]),
        ({"level": "INFO", "msg": "a", "time": TIME, "duration": "9"}, ["duration:UNIT=response_time_ms"]),
        ({"level": "INFO", "msg": "a", "time": TIME, "duration": 0}, []),
        ({"level": "INFO", "msg": "a", "time": TIME, "duration_ns": 0.5}, []),
    ],
)
def test_a_duration_of_unknown_unit_is_counted_and_never_guessed(
    told: dict[str, Any], counted: list[str]
) -> None:
    """Go's programs count whole nanoseconds: fractions and tiny numbers are somebody else's."""
    translator = Translator()
    (record,) = translator.records(json.dumps({"timestamp": TIME, **told}).encode())
    assert list(translator.unknown_units) == counted
    if any("response" in each for each in counted):
        assert "response_time_ms" not in record.fields


def test_endless_names_and_statuses_are_counted_within_a_bound() -> None:
    """A hostile file may have a new one in each line."""
    translator = Translator()
    for number in range(MAX_NAMES + 50):
        line = {"timestamp": TIME, "status": f"odd {number}", f"name{number}": {"duration": 5}}
        translator.records(json.dumps(line).encode())
    assert len(translator.unknown_units) == len(translator.unknown_statuses) == MAX_NAMES
    long = {"timestamp": TIME, "x" * 60_000: {"duration": 5}}
    translator = Translator()
    translator.records(json.dumps(long).encode())
    assert max(map(len, translator.unknown_units)) < 200


def test_other_fields_stay_and_those_that_were_read_do_not_come_twice() -> None:
    """A value of a wrong type under a name of ours is left out; an object there keeps its fields."""
    fields = {"ts": TIME, "latency": "5ms", "shard": {"a": 1}, "status": {"phase": 7}, "seq": "x"}
    found = read(fields)
    assert found["response_time_ms"] == 5
    assert {"shard": {"a": 1}, "status.phase": 7}.items() <= found.items()
    assert not {"ts", "latency", "seq"} & set(found)


def test_the_zone_is_that_of_times_without_one() -> None:
    """Others keep theirs."""
    zone = ZoneInfo("Asia/Shanghai")
    assert read({"time": "2026-01-22 00:00:00", "msg": "a"}, zone=zone)["timestamp"] == TIME
    assert read({"time": TIME, "msg": "a"}, zone=zone)["timestamp"] == TIME


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"{", "torn"),
        (b'{"a":', "torn"),
        (b"hello", "not_json"),
        (b"\0" * 100, "not_json"),
        (b"5", "not_object"),
        (b"[1]", "not_object"),
        (b"{}", "no_time"),
        (b'{"a":1}', "no_time"),
        (b'{"resourceLogs":[]}', "no_time"),
    ],
)
def test_what_is_no_record_says_why(line: bytes, kind: str) -> None:
    """The kind is one of those that are counted."""
    assert kind_of(line) == kind
    assert kind in BROKEN_KINDS


@pytest.mark.parametrize("line", [b"", b" \r", b"\xef\xbb\xbf"])
def test_an_empty_line_is_nothing(line: bytes) -> None:
    """It is no record, and not broken."""
    assert Translator().records(line) == []


@pytest.mark.parametrize(
    "line",
    [
        b'\0\0{"timestamp":"%s","message":"%s"}\r',
        b'\xef\xbb\xbf{"timestamp":"%s","message":"%s"}',
        b'%s {"message":"%s"}',
        b'%s stdout F {"message":"%s"}',
        b'web-1 | {"timestamp":"%s","message":"%s"}',
        b'{"time":"%s","stream":"stdout","log":"{\\"message\\":\\"%s\\"}\\n"}',
    ],
)
def test_a_record_within_anything(line: bytes) -> None:
    """Padding, marks and wrappers are taken off."""
    found = read(line % (TIME.encode(), "情感分析完成".encode()))
    assert (found["timestamp"], found["message"]) == (TIME, "情感分析完成")


def test_lines_of_other_encodings_are_read() -> None:
    """Everyday Chinese in GB 18030 is read as such, and bytes of no encoding are replaced."""
    line = b'{"timestamp":"%s","message":"%s"}'
    assert read(line % (TIME.encode(), "情感分析完成".encode("gb18030")))["message"] == "情感分析完成"
    assert read(line % (TIME.encode(), b"a\xff\xfeb"))["message"] == "a\ufffd\ufffdb"


def test_parts_of_a_line_are_put_together() -> None:
    """Each stream has its own."""
    translator = Translator()
    parts = (
        f'{TIME} stdout P {{"mess',
        f"{TIME} stderr F {TIME} INFO other",
        f"{TIME} stdout P age",
        f'{TIME} stdout F ":"whole"}}',
    )
    found = [record.fields["message"] for part in parts for record in translator.records(part.encode())]
    assert found == ["other", "whole"]


def test_what_is_held_is_bounded() -> None:
    """Streams and lines that never end, and endlessly many shapes, take no memory without end."""
    translator = Translator()
    for number in range(50):
        part = json.dumps({"time": TIME, "stream": f"s{number}", "log": "x" * 50_000})
        assert translator.records(part.encode()) == []
        translator.records(part.encode())
    assert len(translator._held) <= MAX_STREAMS
    assert max(map(len, translator._held.values())) <= MAX_LINE_BYTES + 1
    for number in range(MAX_SHAPES + 100):
        translator.records(json.dumps({"timestamp": TIME, f"name{number}": 1}).encode())
    assert len(translator._plans) == MAX_SHAPES


def test_a_line_without_a_time_has_that_of_the_line_before() -> None:
    """If a known program writes such lines; the first one has none."""
    line = b"INFO:     Started server process [1]"
    assert kind_of(line) == "text_no_time"
    translator = Translator()
    translator.records(json.dumps({"timestamp": TIME, "message": "a"}).encode())
    (record,) = translator.records(line)
    assert record.fields["timestamp"] == TIME


def test_a_request_of_google_cloud_has_a_message_and_an_id() -> None:
    """Its record has neither, but what they are made of."""
    request = {"requestMethod": "POST", "requestUrl": "https://x/chat?a=1", "status": 200, "latency": "0.5s"}
    line = {"severity": "INFO", "timestamp": TIME, "httpRequest": request, "trace": "projects/p/traces/6f"}
    (record,) = Translator().records(json.dumps(line).encode())
    assert record.fields["message"] == "POST /chat 200"
    assert record.fields["request_id"] == "projects/p/traces/6f"
