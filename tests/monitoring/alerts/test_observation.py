"""What the rules see of a record."""

import json
import math
from typing import Any

import pytest

from monitoring.alerts.observation import IN_FULL, Observation, of_batch, of_frame
from monitoring.record.timestamps import moment_of
from monitoring.window.line_decoder import LineDecoder
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import MOMENT, a_record, lines_of, stamp

VARIED = [
    a_record(0, ttft_ms=50.0, output_tokens=7, tokens_per_second=9.5, queue_wait_ms=1.5, repetition=0.25),
    a_record(1, task_type="sentiment", label="负面", confidence=0.75, request_id="abc"),
    a_record(2, event="resource.sample", task_type="system", status=None, response_time_ms=None),
    a_record(3, event="log.dropped", dropped=12, status=None, response_time_ms=None),
    a_record(4, event="app.started", cpu_cores=2, memory_total_mb=4096.0, response_time_ms=None),
    a_record(5, event="alert.silenced", rule="slow_task", until=stamp(60), response_time_ms=None),
    a_record(6, event="alert.fired", rule="slow_task", value=3000, requests=["a"], response_time_ms=None),
    a_record(7, status="rejected"),
]


def from_lines(data: bytes, mapping: dict[str, str] | None = None) -> list[Observation]:
    """Return what the rules see of a log's lines."""
    decoder = LineDecoder(mapping or {})
    return list(of_batch(decoder.decode(data), decoder))


def test_numbers_and_texts_are_those_of_the_record() -> None:
    """Each field that the rules ask for is there, NaN and "" where the record does not say."""
    first, second, *_ = from_lines(lines_of(*VARIED))
    assert (first.time, first.task_type, first.event, first.status) == (MOMENT, "chat", "task.finished", "ok")
    assert (first.ttft_ms, first.output_tokens, first.tokens_per_second) == (50, 7, 9.5)
    assert (first.queue_wait_ms, first.repetition, first.response_time_ms) == (1.5, 0.25, 100)
    assert (first.label, math.isnan(first.confidence), math.isnan(first.dropped)) == ("", True, True)
    assert (second.label, second.confidence, second.request_id) == ("负面", 0.75, "abc")
    assert math.isnan(second.ttft_ms)


def test_rare_records_are_told_in_full() -> None:
    """Of starts and alerts all fields are there; of others none, which would cost with each request."""
    seen = from_lines(lines_of(*VARIED))
    assert [each.event for each in seen if each.fields] == ["app.started", "alert.silenced", "alert.fired"]
    assert {each.event for each in seen if each.fields} <= set(IN_FULL)
    assert (seen[4].fields["cpu_cores"], seen[5].fields["rule"]) == (2, "slow_task")
    assert seen[6].fields["requests"] == ["a"]


def test_live_and_replayed_records_look_the_same() -> None:
    """A window's frame and lines of a file give the rules the same."""
    assert repr(list(of_frame(frame_of(*VARIED)))) == repr(from_lines(lines_of(*VARIED)))


def test_a_part_of_a_frame_tells_its_own_fields() -> None:
    """Fields belong to their record, wherever in the window it stands."""
    part = frame_of(*VARIED).tail(4)
    assert [each.fields.get("rule") for each in of_frame(part)] == [None, "slow_task", "slow_task", None]


def test_nothing_gives_nothing() -> None:
    """An empty frame, and lines that are no records, have nothing to see."""
    assert list(of_frame(frame_of())) == []
    assert from_lines(b"\n\ntorn\n[1]\n") == []


def test_broken_lines_do_not_shift_the_others() -> None:
    """Fields are those of their own line, whatever stands between the lines."""
    data = (
        b"torn\n" + lines_of(VARIED[0]) + b"\n{}\n" + lines_of(VARIED[4]) + b'{"a":\n' + lines_of(VARIED[5])
    )
    assert [(each.event, each.fields.get("rule")) for each in from_lines(data)] == [
        ("task.finished", None),
        ("app.started", None),
        ("alert.silenced", "slow_task"),
    ]


@pytest.mark.parametrize(
    ("fields", "event", "status"),
    [
        ({"latency": 5}, "task.finished", "ok"),
        ({"latency": 5, "status": "error"}, "task.finished", "error"),
        ({"event": "task.finished"}, "task.finished", "ok"),
        ({"latency": 5, "event": "other"}, "task.finished", "ok"),
        ({"event": "other", "message": "a"}, "other", ""),
        ({"level": "INFO"}, "log", ""),
    ],
)
def test_a_foreign_record_with_a_time_is_a_request(fields: dict[str, Any], event: str, status: str) -> None:
    """What tells a time but no event of ours is a request, and one without a status ended ok."""
    line = json.dumps({"timestamp": stamp(), **fields}).encode()
    (seen,) = from_lines(line, {"latency": "response_time_ms"})
    assert (seen.event, seen.status) == (event, status)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (stamp(1.5), MOMENT + 1.5),
        ("2023-11-14T22:13:20", MOMENT),
        ("2023-11-15T06:13:20+08:00", MOMENT),
        ("soon", None),
        ("", None),
        (None, None),
        (1_700_000_000, None),
        (["2023"], None),
    ],
)
def test_a_moment_is_read_from_a_field(text: object, moment: float | None) -> None:
    """A time without a zone is in UTC; what is no time is None."""
    assert moment_of(text) == moment
