"""The figures that a page shows of a window."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.window.masks import PART_RECORDS
from monitoring.window.summary import Median, RollingSummary, Summary, TaskSummary
from tests.monitoring.frames import frame_of, summarize
from tests.monitoring.helpers import a_record, refused_requests

MEASURES = st.none() | st.sampled_from([0.0, 1.0, 2.5, 1e9]) | st.floats(0, 1e6, allow_subnormal=False)
RECORDS = st.fixed_dictionaries(
    {
        "event": st.sampled_from(["task.finished", "task.finished", "requests.rejected", "log"]),
        "task_type": st.sampled_from(["chat", "sentiment", "translate"]),
        "status": st.sampled_from(["ok", "ok", "error", "rejected", "cancelled", "strange"]),
        "response_time_ms": MEASURES,
        "ttft_ms": MEASURES,
        "tokens_per_second": MEASURES,
        "memory_usage_mb": MEASURES,
        "rejected": st.sampled_from([None, 1, 400, 0, -3, 2.5, 10**30]),
    }
)
# How many refused requests a record stands for, by what it tells; by anything else, none.
REFUSED: dict[float | None, int] = {1: 1, 400: 400, 10**30: 1_000_000}


def quantile(records: Sequence[dict[str, Any]], name: str, percent: float) -> Any:
    """Return what is close to numpy's percentile of a field; None of no values."""
    values = [record[name] for record in records if record.get(name) is not None]
    return pytest.approx(np.percentile(values, percent), rel=1e-9, abs=1e-9) if values else None


def median(records: Sequence[dict[str, Any]], name: str) -> Median:
    """Return numpy's median of a field."""
    count = sum(record.get(name) is not None for record in records)
    return Median(quantile(records, name, 50), count)


def plain(records: Sequence[dict[str, Any]], seen: Sequence[dict[str, Any]]) -> Summary:
    """Compute the summary of records, with the last measures of `seen`, as simply as can be."""
    tasks = {}
    requests = [record for record in records if record["event"] == "task.finished"]
    refused = Counter[str]()
    for record in records:
        if record["event"] == "requests.rejected":
            refused[record["task_type"]] += REFUSED.get(record.get("rejected"), 0)
    for task in {row["task_type"] for row in requests} | set(+refused):
        rows = [row for row in requests if row["task_type"] == task]
        ends = [row["status"] for row in rows]
        timed = [row for row in rows if row["status"] == "ok" and row["response_time_ms"] is not None]
        tasks[task] = TaskSummary(
            requests=len(rows) + refused[task],
            errors=ends.count("error"),
            rejected=ends.count("rejected") + refused[task],
            cancelled=ends.count("cancelled"),
            timed=len(timed),
            p50_ms=quantile(timed, "response_time_ms", 50),
            p95_ms=quantile(timed, "response_time_ms", 95),
        )
    memory = [record["memory_usage_mb"] for record in seen if record["memory_usage_mb"] is not None]
    return Summary(
        tasks,
        median(requests, "tokens_per_second"),
        median(requests, "ttft_ms"),
        memory[-1] if memory else None,
        50.0 if seen else None,
    )


@settings(deadline=None)
@given(st.lists(st.lists(RECORDS, max_size=8), max_size=6), st.lists(st.integers(0, 5), max_size=20))
def test_a_rolling_summary_is_that_of_the_records_in_it(
    parts: list[list[dict[str, Any]]], toggles: list[int]
) -> None:
    """After any parts came and went, the figures are those that numpy computes of what is there."""
    parts = [[a_record(**record) for record in part] for part in parts]
    everything = [record for part in parts for record in part]
    frame = frame_of(*everything)
    rolling, present = RollingSummary(), set[int]()
    for place in toggles:
        if place >= len(parts):
            continue
        part = frame.head(sum(map(len, parts[: place + 1]))).tail(len(parts[place]))
        (rolling.remove if place in present else rolling.add)(part)
        present ^= {place}
        there = [record for place in present for record in parts[place]]
        assert rolling.result(frame) == plain(there, everything)


def test_an_empty_window_says_nothing() -> None:
    """Without records, counts are zero and every measure is None."""
    summary = summarize(frame_of())
    assert summary.requests == 0
    assert summary.tasks == {}
    assert summary.tokens_per_second == summary.ttft_ms == Median(None, 0)
    assert (summary.memory_mb, summary.cpu_percent) == (None, None)


def test_each_end_is_counted_by_task() -> None:
    """Requests, errors, refused and stopped ones are counted for each task."""
    ends = [("chat", "ok"), ("chat", "error"), ("chat", "rejected"), ("chat", "cancelled"), ("chat", "error")]
    records = [a_record(task_type=task, status=status) for task, status in [*ends, ("sentiment", "ok")]]
    summary = summarize(frame_of(*records))
    chat = summary.tasks["chat"]
    assert (chat.requests, chat.errors, chat.rejected, chat.cancelled, chat.timed) == (5, 2, 1, 1, 1)
    assert summary.tasks["sentiment"].requests == 1
    assert summary.requests == 6


def test_percentiles_are_of_tasks_that_ended_ok() -> None:
    """A refusal in one millisecond does not make the model look fast."""
    times = [a_record(response_time_ms=ms) for ms in range(1, 101)]
    refusals = [a_record(response_time_ms=0, status="rejected") for _ in range(500)]
    chat = summarize(frame_of(*times, *refusals)).tasks["chat"]
    assert chat.p50_ms == pytest.approx(50.5)
    assert chat.p95_ms == pytest.approx(95.05)
    assert chat.timed == 100


def test_tasks_do_not_mix() -> None:
    """The sentiment's times stay out of the chat's."""
    summary = summarize(
        frame_of(a_record(response_time_ms=10), a_record(response_time_ms=99, task_type="sentiment"))
    )
    assert (summary.tasks["chat"].p50_ms, summary.tasks["sentiment"].p50_ms) == (10, 99)


def test_speed_and_first_token_are_medians_of_who_tells_them() -> None:
    """Tokens a second and time to first token come from the requests that say them, whatever their task."""
    records = [a_record(tokens_per_second=speed, ttft_ms=speed * 10) for speed in (1, 2, 30)]
    other = a_record(task_type="translate", tokens_per_second=1000, ttft_ms=1)
    summary = summarize(frame_of(*records, a_record(), a_record(ttft_ms=20), other))
    assert (summary.tokens_per_second, summary.ttft_ms) == (Median(16, 4), Median(20, 5))


@pytest.mark.parametrize("silent", [0, 1, PART_RECORDS, 3 * PART_RECORDS])
def test_memory_and_cpu_are_the_last_known_values(silent: int) -> None:
    """The last record that says them counts, of whatever kind and however long ago it is."""
    records = [
        a_record(1, memory_usage_mb=900, cpu_usage_percent=50),
        a_record(2, memory_usage_mb=950, cpu_usage_percent=None, event="resource.sample", task_type="system"),
        *[a_record(3, memory_usage_mb=None, cpu_usage_percent=None)] * silent,
    ]
    summary = summarize(frame_of(*records))
    assert (summary.memory_mb, summary.cpu_percent) == (950, 50)


def test_only_requests_count() -> None:
    """Records of the app are no requests; those of other programs are where they tell a time."""
    frame = frame_of(
        a_record(1),
        a_record(2, event="log"),
        a_record(3, event="resource.sample", task_type="system"),
        a_record(4, event="", task_type="embed"),
        a_record(5, event=None, task_type=None, response_time_ms=7),
        a_record(6, event=None, task_type="rerank", response_time_ms=None),
    )
    tasks = summarize(frame).tasks
    assert list(tasks) == ["chat", "embed", "unknown"]
    assert {name: task.requests for name, task in tasks.items()} == dict.fromkeys(tasks, 1)
    assert tasks["unknown"].p50_ms == 7


def test_a_task_without_requests_is_gone() -> None:
    """Once the last request of a task has left the window, the summary does not name it."""
    frame = frame_of(a_record(1, task_type="embed"), a_record(2, task_type="rerank"))
    rolling = RollingSummary()
    rolling.add(frame)
    rolling.remove(frame.head(1))
    assert list(rolling.result(frame.tail(1)).tasks) == ["rerank"]


def test_a_task_without_times_has_no_percentiles() -> None:
    """Requests whose records lack a time are counted, and their percentiles are None."""
    chat = summarize(frame_of(a_record(response_time_ms=None))).tasks["chat"]
    assert (chat.requests, chat.timed, chat.p50_ms, chat.p95_ms) == (1, 0, None, None)


def test_refused_requests_without_a_record_are_requests() -> None:
    """They are rejected ones of their task, whatever status their record tells, and without a time."""
    odd = refused_requests(2, 40, status="ok", response_time_ms=1.0, task_type=None)
    tasks = summarize(frame_of(a_record(0), refused_requests(1, 49), odd)).tasks
    chat, unknown = tasks["chat"], tasks["unknown"]
    assert (chat.requests, chat.rejected, chat.timed, chat.p50_ms) == (50, 49, 1, 100)
    assert (unknown.requests, unknown.rejected, unknown.timed, unknown.p50_ms) == (40, 40, 0, None)
