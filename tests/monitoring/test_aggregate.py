"""The figures that a page shows of a window."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.aggregate import TASKS, TaskSummary, finished, percentile, summarize
from monitoring.window import Frame, Window
from tests.monitoring.helpers import a_record


def frame_of(*records: dict[str, Any]) -> Frame:
    """Return the records as a window shows them."""
    window = Window(max(1, len(records)))
    window.extend(records)
    return window.snapshot()


def test_an_empty_window_says_nothing() -> None:
    """Without records, counts are zero and every measure is None."""
    summary = summarize(frame_of())
    assert summary.requests == 0
    assert set(summary.tasks) == set(TASKS) == {"sentiment", "chat"}
    assert all(task == TaskSummary(0, 0, 0, 0, None, None) for task in summary.tasks.values())
    assert (summary.tokens_per_second, summary.ttft_ms) == (None, None)
    assert (summary.memory_mb, summary.cpu_percent) == (None, None)


def test_each_end_is_counted_by_task() -> None:
    """Requests, errors, refused and stopped ones are counted for each task."""
    ends = [("chat", "ok"), ("chat", "error"), ("chat", "rejected"), ("chat", "cancelled"), ("chat", "error")]
    records = [a_record(task_type=task, status=status) for task, status in [*ends, ("sentiment", "ok")]]
    summary = summarize(frame_of(*records))
    chat = summary.tasks["chat"]
    assert (chat.requests, chat.errors, chat.rejected, chat.cancelled) == (5, 2, 1, 1)
    assert summary.tasks["sentiment"].requests == 1
    assert summary.requests == 6


def test_percentiles_are_of_tasks_that_ended_ok() -> None:
    """A refusal in one millisecond does not make the model look fast."""
    times = [a_record(response_time_ms=ms) for ms in range(1, 101)]
    refusals = [a_record(response_time_ms=0, status="rejected") for _ in range(500)]
    chat = summarize(frame_of(*times, *refusals)).tasks["chat"]
    assert chat.p50_ms == pytest.approx(50.5)
    assert chat.p95_ms == pytest.approx(95.05)


def test_tasks_do_not_mix() -> None:
    """The sentiment's times stay out of the chat's."""
    summary = summarize(
        frame_of(a_record(response_time_ms=10), a_record(response_time_ms=99, task_type="sentiment"))
    )
    assert (summary.tasks["chat"].p50_ms, summary.tasks["sentiment"].p50_ms) == (10, 99)


def test_speed_and_first_token_are_medians_of_the_chats() -> None:
    """Tokens a second and time to first token come from the chats that say them."""
    records = [a_record(tokens_per_second=speed, ttft_ms=speed * 10) for speed in (1, 2, 30)]
    other = a_record(task_type="sentiment", tokens_per_second=1000, ttft_ms=1)
    summary = summarize(frame_of(*records, a_record(), other))
    assert (summary.tokens_per_second, summary.ttft_ms) == (2, 20)


def test_memory_and_cpu_are_the_last_known_values() -> None:
    """The last record that says them counts, of whatever kind it is."""
    records = [
        a_record(1, memory_usage_mb=900, cpu_usage_percent=50),
        a_record(2, memory_usage_mb=950, cpu_usage_percent=None, event="resource.sample", task_type="system"),
        a_record(3, memory_usage_mb=None, cpu_usage_percent=None),
    ]
    summary = summarize(frame_of(*records))
    assert (summary.memory_mb, summary.cpu_percent) == (950, 50)


def test_only_finished_tasks_count() -> None:
    """Records of the app, of other programs and of unknown tasks are no requests."""
    frame = frame_of(
        a_record(1),
        a_record(2, event="log"),
        a_record(3, task_type="system"),
        a_record(4, event="", task_type="chat"),
        {**a_record(5), "event": 12, "task_type": None},
    )
    assert finished(frame).time.tolist() == frame.time[:1].tolist()
    assert summarize(frame).requests == 1


def test_a_task_without_times_has_no_percentiles() -> None:
    """Requests whose records lack a time are counted, and their percentiles are None."""
    chat = summarize(frame_of(a_record(response_time_ms=None))).tasks["chat"]
    assert (chat.requests, chat.p50_ms, chat.p95_ms) == (1, None, None)


def test_a_percentile_of_nothing_is_none() -> None:
    """No values, or only NaN, have no percentile."""
    assert percentile(np.array([]), 50) is None
    assert percentile(np.array([math.nan, math.nan]), 95) is None


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 100))
def test_a_percentile_lies_among_the_values(values: list[float], percent: float) -> None:
    """A percentile is between the least and the greatest value, and NaN does not move it."""
    result = percentile(np.array(values), percent)
    assert result is not None
    assert min(values) <= result <= max(values) or math.isclose(result, max(values))
    assert percentile(np.array([*values, math.nan]), percent) == result


def test_the_ends_of_the_scale_are_exact() -> None:
    """The percentiles 0, 50 and 100 of three values are those values."""
    values = np.array([30.0, 10.0, 20.0])
    assert [percentile(values, percent) for percent in (0, 50, 100)] == [10, 20, 30]
