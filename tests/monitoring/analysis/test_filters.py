"""Which records somebody wants to see."""

import itertools
from typing import Any

import numpy as np
import pytest

from monitoring.analysis.filters import EQUAL, Filter
from monitoring.record.timestamps import seconds_of, to_milliseconds
from monitoring.window.masks import during, ended_ok, is_request
from tests.monitoring.frames import frame_of, seconds
from tests.monitoring.helpers import MOMENT, a_record, stamp

KINDS_OF_RECORDS = (
    a_record(0),
    a_record(1, event="resource.sample", task_type="system", response_time_ms=None),
    a_record(2, event="alert.fired", level="WARNING", response_time_ms=None),
    a_record(3, event=None),  # another program's request
    a_record(4, event=None, response_time_ms=None),  # what else it says
    a_record(5, event="", response_time_ms=7),
    a_record(6, response_time_ms=None, status="error"),
)


def selected(wanted: Filter, *records: dict[str, Any]) -> list[float]:
    """Return the seconds of the records that pass."""
    return seconds(wanted.select(frame_of(*records)))


@pytest.mark.parametrize(
    ("wanted", "passing"),
    [
        (Filter(), [0, 3, 5, 6]),
        (Filter(kind="requests"), [0, 3, 5, 6]),
        (Filter(kind="events"), [2, 4]),
        (Filter(kind="all"), [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_kind_chooses_requests_events_or_all(wanted: Filter, passing: list[float]) -> None:
    """Requests are finished tasks, also of other programs; events are the rest without samples."""
    assert selected(wanted, *KINDS_OF_RECORDS) == passing


def test_requests_and_events_share_nothing() -> None:
    """Every record is a request, an event or a sample, and just one of them."""
    frame = frame_of(*KINDS_OF_RECORDS)
    parts = [
        seconds(Filter("requests").select(frame)),
        seconds(Filter("events").select(frame)),
        seconds(frame.where(frame.equals("event", "resource.sample"))),
    ]
    assert sorted(itertools.chain.from_iterable(parts)) == seconds(frame)


@pytest.mark.parametrize("name", EQUAL)
def test_a_nul_is_part_of_the_text_that_is_compared(name: str) -> None:
    """Asking for a text and a NUL finds neither the records with the text nor those without any."""
    records = [a_record(n, **{name: value}) for n, value in enumerate(("ab", "", None))]
    for text in ("\0", "ab\0", "\0ab"):
        wanted: dict[str, Any] = {name: text}
        assert selected(Filter("all", **wanted), *records) == []


@pytest.mark.parametrize("name", EQUAL)
def test_a_field_is_compared_whole(name: str) -> None:
    """The text must be all of the field, in its own case."""
    records = [a_record(n, **{name: value}) for n, value in enumerate(("正面a", "正面", "正面A", None))]
    wanted: dict[str, Any] = {name: "正面a"}
    assert selected(Filter(**wanted), *records) == [0]


def test_everything_that_is_set_must_agree() -> None:
    """A record passes where each part of the filter lets it."""
    records = [
        a_record(0, task_type="chat", status="error", error_message="显存不足 OOM"),
        a_record(1, task_type="sentiment", status="error", error_message="显存不足 OOM"),
        a_record(2, task_type="chat", status="ok", error_message="显存不足 OOM"),
        a_record(3, task_type="chat", status="error", error_message="other"),
        a_record(4, task_type="chat", status="error", error_message="oom", response_time_ms=5),
    ]
    assert selected(Filter(task_type="chat", status="error", text="oom", over_ms=10), *records) == [0]


def test_a_text_may_stand_in_any_searched_field() -> None:
    """Part of one of the fields suffices, and only those that are named count."""
    records = [a_record(0, message="今天 Good"), a_record(1, input_text="good"), a_record(2, label="good")]
    assert selected(Filter(text="GOOD"), *records) == [0, 1]
    assert selected(Filter(text="GOOD", searched=("message",)), *records) == [0]
    assert selected(Filter(text="GOOD", searched=()), *records) == []


def test_longer_than_a_time_is_really_longer() -> None:
    """The limit itself does not pass, and records without a time never do."""
    records = [a_record(n, response_time_ms=ms) for n, ms in enumerate((99.9, 100, 100.1, None))]
    assert selected(Filter(over_ms=100), *records) == [2]
    assert selected(Filter(over_ms=0), *records) == [0, 1, 2]
    assert selected(Filter(over_ms=-1), *records) == [0, 1, 2]


def test_the_begin_belongs_to_a_time_and_the_end_does_not() -> None:
    """since <= time < until, to the millisecond."""
    records = [a_record(n / 1000) for n in range(5)]
    since, until = seconds_of(stamp(0.001)), seconds_of(stamp(0.003))
    assert selected(Filter(since=since, until=until), *records) == [0.001, 0.002]
    assert selected(Filter(since=since), *records) == [0.001, 0.002, 0.003, 0.004]
    assert selected(Filter(until=until), *records) == [0, 0.001, 0.002]
    assert during(frame_of(*records), None, None).all()


def test_the_order_of_the_records_stays() -> None:
    """What passes comes in the order in which it stands in the log."""
    assert selected(Filter(), *(a_record(second) for second in (3, 1, 2))) == [3, 1, 2]


def test_no_record_passes_of_none() -> None:
    """An empty frame can be filtered by everything."""
    wanted = Filter("events", "a", "b", "c", "d", "e", "f", 0.0, 1.0, 1.0, "text")
    assert len(wanted.select(frame_of())) == 0


def test_requests_of_other_programs_count() -> None:
    """A record that tells a time but no event is a request; without a status it ended ok."""
    frame = frame_of(*KINDS_OF_RECORDS, a_record(7, event=None, status=None), a_record(8, status="rejected"))
    requests = frame.where(is_request(frame))
    assert seconds(requests) == [0, 3, 5, 6, 7, 8]
    assert seconds(requests.where(ended_ok(requests))) == [0, 3, 5, 7]
    assert is_request(frame_of()).dtype == np.bool_


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("2023-11-14T22:13:20Z", 0),
        ("2023-11-14T22:13:20.250", 0.25),
        ("2023-11-14 22:13:21", 1),
        ("2023-11-15T06:13:20+08:00", 0),
        ("2023-11-14T22:13:20.0006Z", 0.001),
        ("2023-11-14T22:13", -20),
    ],
)
def test_moments_are_read(text: str, second: float) -> None:
    """ISO 8601, with a zone or in UTC, and rounded to milliseconds where that is asked."""
    assert to_milliseconds(seconds_of(text)) == to_milliseconds(MOMENT + second)


@pytest.mark.parametrize("text", ["", "昨天", "2023-13-01", "1700000000"])
def test_what_is_no_moment_says_so(text: str) -> None:
    """Other texts raise ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        seconds_of(text)


def test_milliseconds_agree_with_the_log() -> None:
    """A moment that is read from a record is the same as the one that is rounded."""
    for number in range(1000):
        frame = frame_of(a_record(number / 1000))
        assert frame.time[0] == to_milliseconds(MOMENT + number / 1000) == seconds_of(stamp(number / 1000))
