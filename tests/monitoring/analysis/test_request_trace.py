"""What the log tells of one request."""

from typing import Any

import pytest

from monitoring.analysis.request_trace import Phase, RequestTrace, trace
from monitoring.window.line_decoder import LineDecoder
from monitoring.window.window import Window
from tests.monitoring.frames import frame_of, seconds
from tests.monitoring.helpers import MOMENT, a_record, lines_of

OWN = "a" * 32


def own(second: float = 10, **fields: object) -> dict[str, Any]:
    """Return a record of the request, of a task that ended at this second."""
    return a_record(second, request_id=OWN, **fields)


def chat(second: float = 10, **fields: object) -> dict[str, Any]:
    """Return the record of a whole chat of 1000 ms."""
    whole = {"response_time_ms": 1000, "queue_wait_ms": 100, "ttft_ms": 400, "prompt_tokens": 30}
    return own(second, **{**whole, "output_tokens": 20, **fields})


def a_sample(second: float) -> dict[str, Any]:
    """Return a sample of CPU and memory."""
    return a_record(
        second, event="resource.sample", task_type="system", request_id=None, response_time_ms=None
    )


def traced(*records: dict[str, Any], request_id: str = OWN) -> RequestTrace:
    """Return the trace of a request that is there."""
    found = trace(frame_of(*records), request_id)
    assert found is not None
    return found


def phases_of(found: RequestTrace) -> list[tuple[str, str, float, float, int | None]]:
    """Return the phases, rounded as the log rounds."""
    return [
        (phase.task, phase.name, round(phase.start_ms, 3), round(phase.length_ms, 3), phase.tokens)
        for phase in found.phases
    ]


@pytest.mark.parametrize("request_id", ["\0", f"{OWN}\0"])
def test_an_id_with_a_nul_is_no_request(request_id: str) -> None:
    """Records without an id make no request, and a NUL behind an id is part of it."""
    assert trace(frame_of(a_record(5, request_id=None), chat(10)), request_id) is None


def test_a_chat_waits_reads_and_writes() -> None:
    """Its phases follow each other, have their tokens, and add up to the response time."""
    found = traced(a_record(5), chat(10))
    assert phases_of(found) == [
        ("chat", "wait", 0, 100, None),
        ("chat", "prefill", 100, 300, 30),
        ("chat", "decode", 400, 600, 20),
    ]
    assert (round(found.start - MOMENT, 3), round(found.length_ms, 3)) == (9, 1000)
    assert found.request_id == OWN


def test_a_chat_that_did_not_wait_has_no_wait() -> None:
    """A phase of no length at the begin is left out."""
    for nothing in (0, None):
        assert [phase.name for phase in traced(chat(queue_wait_ms=nothing)).phases] == ["prefill", "decode"]


def test_a_label_only_reads() -> None:
    """Labels are scored in one pass over the prompt."""
    found = traced(own(task_type="sentiment", label="正面", queue_wait_ms=40, prompt_tokens=12, status="ok"))
    assert phases_of(found) == [("sentiment", "wait", 0, 40, None), ("sentiment", "prefill", 40, 60, 12)]


@pytest.mark.parametrize("task", ["chat", "sentiment", "search"])
def test_of_a_failed_task_only_the_whole_is_known(task: str) -> None:
    """Without a first token, a failure ran for as long as it took."""
    found = traced(own(task_type=task, status="error", queue_wait_ms=10, prompt_tokens=9))
    assert phases_of(found) == [(task, "wait", 0, 10, None), (task, "run", 10, 90, None)]


def test_the_tasks_of_a_request_are_in_order_of_the_log() -> None:
    """A sentiment that ended first comes first, and times count from the start of the earliest task."""
    found = traced(own(8.5, task_type="sentiment", label="正面", response_time_ms=200), chat(10))
    assert [(p.task, p.name, round(p.start_ms, 3)) for p in found.phases] == [
        ("sentiment", "prefill", 0),
        ("chat", "wait", 700),
        ("chat", "prefill", 800),
        ("chat", "decode", 1100),
    ]
    assert (round(found.start - MOMENT, 3), round(found.length_ms, 3)) == (8.3, 1700)


def test_a_longer_task_that_ends_later_may_have_begun_first() -> None:
    """The request's start is the earliest start of its tasks, not of its records."""
    found = traced(own(9.5, task_type="sentiment", response_time_ms=100), chat(10, response_time_ms=2000))
    assert round(found.start - MOMENT, 3) == 8
    assert round(min(phase.start_ms for phase in found.phases), 3) == 0
    assert round(found.length_ms, 3) == 2000


def test_records_that_are_no_task_belong_to_it() -> None:
    """Feedback and other programs' records with the id are there, as records of ours, but have no phases."""
    feedback = own(60, event="feedback", response_time_ms=None, rating="like")
    other = own(61, event=None, response_time_ms=None, message="another program's", extra=[1])
    foreign = own(9.2, event=None, task_type=None, response_time_ms=50)
    found = traced(foreign, chat(10), a_record(11), feedback, other)
    read = {**foreign, "event": "task.finished", "task_type": "unknown"}
    assert found.records == [read, chat(10), feedback, {**other, "event": "log"}]
    assert {phase.task for phase in found.phases} == {"unknown", "chat"}
    assert round(found.start + found.length_ms / 1000 - MOMENT, 3) == 10


def test_a_request_of_which_only_the_feedback_is_known_has_no_length() -> None:
    """It starts with its first record, and has no phases."""
    feedback = own(60, event="feedback", response_time_ms=None)
    found = traced(feedback, {**feedback, "message": "again"})
    assert (found.start, found.length_ms, found.phases, len(found.records)) == (MOMENT + 60, 0, [], 2)


def test_samples_around_it_come_in_order_of_time() -> None:
    """CPU and memory from six seconds before its start to six seconds after its end, sorted by time."""
    times = (2.9, 3, 16, 9.5, 16.1, 20, 5)
    found = traced(*map(a_sample, times[:4]), chat(10), *map(a_sample, times[4:]))
    assert seconds(found.samples) == [3, 5, 9.5, 10, 16]
    without = {**a_sample(8), "memory_usage_mb": None}
    assert seconds(traced(without, chat(10)).samples) == [10]


@pytest.mark.parametrize("request_id", ["", "b" * 32, OWN[:-1], OWN.upper()])
def test_an_id_that_no_record_has_gives_nothing(request_id: str) -> None:
    """Unknown ids and the empty one, which records without an id have, are no request."""
    assert trace(frame_of(chat(), a_record(request_id=None)), request_id) is None
    assert trace(frame_of(), request_id) is None


@pytest.mark.parametrize(
    "odd",
    [
        {"ttft_ms": -50},
        {"ttft_ms": 1e12},
        {"ttft_ms": 50},  # before the wait's end
        {"queue_wait_ms": -50},
        {"queue_wait_ms": 1e12},
        {"queue_wait_ms": 1e12, "ttft_ms": -1},
        {"ttft_ms": True, "prompt_tokens": False},
        {"ttft_ms": "400", "queue_wait_ms": [1], "output_tokens": {}},
        {"response_time_ms": "1000", "ttft_ms": "400"},
        {"response_time_ms": -1000},
        {"response_time_ms": 0},
        {"response_time_ms": None},
        {"task_type": "sentiment", "ttft_ms": None, "queue_wait_ms": 5000},
    ],
)
def test_odd_values_stay_inside(odd: dict[str, Any]) -> None:
    """Whatever stands in a record, its phases follow each other and fill just its response time."""
    found = traced(chat(**odd))
    end = 0.0
    for phase in found.phases:
        assert round(phase.start_ms - end, 3) == 0
        assert phase.length_ms >= 0
        end = phase.start_ms + phase.length_ms
    assert round(end - found.length_ms, 3) == 0


@pytest.mark.parametrize("odd", ["NaN", "Infinity", "1e999", "-1e999", "1" * 400])
def test_what_is_no_finite_number_is_absent(odd: str) -> None:
    """Other programs write numbers that JSON does not know, or that are too large; nothing fails by them."""
    line = lines_of(chat(queue_wait_ms=7777, ttft_ms=7777, prompt_tokens=7777, output_tokens=7777))
    window = Window(1, LineDecoder())
    window.append(LineDecoder().decode(line.replace(b"7777.0", b"7777").replace(b"7777", odd.encode())))
    found = trace(window.snapshot(), OWN)
    assert found is not None
    assert phases_of(found) == [("chat", "run", 0, 1000, None)]


def test_a_log_of_one_id_is_bounded() -> None:
    """Of endless records with one id, the newest are taken."""
    found = trace(frame_of(*(own(second) for second in range(5))), OWN, max_records=2)
    assert found is not None
    assert [record["timestamp"] for record in found.records] == [own(n)["timestamp"] for n in (3, 4)]
    assert [Phase("chat", "run", phase.start_ms, 100, None) for phase in found.phases] == found.phases
