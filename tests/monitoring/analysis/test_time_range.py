"""A time range, its parts, and what is kept of them."""

import numpy as np
import pytest

from monitoring.analysis.time_range import MAX_TASKS, OTHER_TASKS, SPANS
from monitoring.record.vocabulary import UNKNOWN_TASK
from tests.monitoring.charts.helpers import time_range_of
from tests.monitoring.frames import seconds
from tests.monitoring.helpers import a_record, refused_requests

RECORDS = (
    a_record(0, task_type="sentiment"),
    a_record(1),
    a_record(2, status="error"),
    a_record(3, event=None, status=None),  # another program's
    a_record(4, event="resource.sample", task_type="system", response_time_ms=None),
    a_record(5, event="alert.fired", response_time_ms=None),
    a_record(6, task_type="translation"),
)


def test_a_stretch_holds_its_time_alone() -> None:
    """The first moment belongs to it, the last one to the next time_range."""
    records = [a_record(second) for second in (9.999, 10, 15, 20)]
    assert seconds(time_range_of(*records, since=10, until=20).all.frame) == [10, 15]


def test_requests_and_tasks_are_subsets() -> None:
    """Samples and alerts are no requests; each task has its own requests, also one that nobody knows."""
    time_range = time_range_of(*RECORDS)
    assert seconds(time_range.requests.frame) == [0, 1, 2, 3, 6]
    assert {task: seconds(part.frame) for task, part in time_range.tasks.items()} == {
        "sentiment": [0],
        "chat": [1, 2, 3],
        "translation": [6],
    }


def test_who_tells_no_status_ended_ok() -> None:
    """Failures are not among those that ended ok, another program's requests without a status are."""
    ok = time_range_of(*RECORDS).ok
    assert {task: seconds(part.frame) for task, part in ok.items()} == {
        "sentiment": [0],
        "chat": [1, 3],
        "translation": [6],
    }


def test_tasks_are_those_of_the_whole_window_in_order_of_first_use() -> None:
    """A range in which a task had no requests still has it, so that its place and colour stay."""
    records = [
        a_record(second, task_type=task) for second, task in ((0, "rerank"), (1, "embed"), (9, "rerank"))
    ]
    assert {task: len(part) for task, part in time_range_of(*records, since=5).tasks.items()} == {
        "rerank": 1,
        "embed": 0,
    }


def test_further_tasks_of_endless_names_are_one_entry() -> None:
    """A log whose task names never end shows some, and all others together; none is lost."""
    time_range = time_range_of(
        *(a_record(number, task_type=f"task {number}") for number in range(MAX_TASKS + 5))
    )
    first = [f"task {number}" for number in range(MAX_TASKS - 1)]
    assert list(time_range.tasks) == [*first, OTHER_TASKS]
    assert len(time_range.tasks[OTHER_TASKS]) == 6
    assert sum(map(len, time_range.tasks.values())) == len(time_range.requests) == MAX_TASKS + 5


def test_the_tasks_with_most_records_have_entries_of_their_own() -> None:
    """Whatever came first, a task with many requests is told apart; the order is that of first use."""
    rare = [a_record(number, task_type=f"task {number}") for number in range(MAX_TASKS + 5)]
    names = [f"busy {number}" for number in range(MAX_TASKS - 2)]
    busy = [a_record(100 + second, task_type=name) for second in range(2) for name in (*names, None)]
    time_range = time_range_of(*rare, *busy)
    assert list(time_range.tasks) == [*names, UNKNOWN_TASK, OTHER_TASKS]
    assert len(time_range.tasks[OTHER_TASKS]) == len(rare)


def test_as_many_tasks_as_there_is_room_for_are_told_apart() -> None:
    """Nothing is put together where every task has an entry of its own."""
    time_range = time_range_of(*(a_record(number, task_type=f"task {number}") for number in range(MAX_TASKS)))
    assert list(time_range.tasks) == [f"task {number}" for number in range(MAX_TASKS)]


def test_counts_of_refused_requests_belong_to_their_task() -> None:
    """They stand beside the requests of their task, of a task without others, and of all further tasks."""
    tasks = [f"task {number}" for number in range(MAX_TASKS - 1)]
    records = [refused_requests(0, 3, task_type=task) for task in (*tasks, "one", "more")]
    time_range = time_range_of(a_record(1, task_type="task 0"), *records, refused_requests(2, 0))
    counts = {task: each.request_counts.sum() for task, each in time_range.counted_tasks.items()}
    assert counts == {"task 0": 4, **dict.fromkeys(tasks[1:], 3), OTHER_TASKS: 6}
    assert {task: len(each) for task, each in time_range.tasks.items()} == dict.fromkeys(counts, 0) | {
        "task 0": 1
    }
    assert (len(time_range.requests), time_range.counted.request_counts.sum()) == (1, sum(counts.values()))


def test_what_is_asked_for_again_is_the_same() -> None:
    """Columns, moments, spreads, series and parts are worked out once."""
    time_range = time_range_of(*RECORDS)
    part = time_range.ok["chat"]
    name = "response_time_ms"
    assert part is time_range.ok["chat"]
    assert time_range.requests is time_range.requests
    assert time_range.tasks is time_range.tasks
    assert part[name] is part[name]
    assert part.time is part.time
    assert part.spread is part.spread
    assert part.series(name, (50, 95)) is part.series(name, (50, 95))
    assert part.series(name, (50,)) is not part.series(name, (50, 95))
    assert part.series(name, (50,)) is not part.series("cpu_usage_percent", (50,))


def test_a_part_tells_percentiles_of_what_is_known() -> None:
    """Values that are absent count for nothing; those of nothing are None."""
    times = (100, None, 300, 200)
    part = time_range_of(*(a_record(second, response_time_ms=time) for second, time in enumerate(times))).all
    assert part.known("response_time_ms").tolist() == [100, 300, 200]
    assert part.percentiles("response_time_ms", (50, 95)) == pytest.approx([200, 290])
    assert part.percentiles("ttft_ms", (50, 95)) == [None, None]


def test_a_course_has_a_value_a_span() -> None:
    """There is a percentile for each of the spans, NaN in those without records."""
    records = (a_record(0, response_time_ms=10), a_record(5, response_time_ms=30), a_record(599))
    (series,) = time_range_of(*records).all.series("response_time_ms", (50,))
    assert series.shape == (SPANS,)
    assert series[[0, -1]].tolist() == [20, 100]
    assert np.isnan(series[1:-1]).all()


def test_selected_records_stay_on_their_grid() -> None:
    """where() selects records of a part, and its spans are those of the time_range."""
    time_range = time_range_of(*RECORDS)
    part = time_range.all.where(time_range.all.time > time_range.grid.since + 4)
    assert seconds(part.frame) == [5, 6]
    assert part.grid is time_range.grid
    assert len(part) == 2


def test_nothing_is_a_stretch_too() -> None:
    """Without records every part is there, and empty."""
    time_range = time_range_of()
    parts = [time_range.all, time_range.requests, *time_range.tasks.values(), *time_range.ok.values()]
    assert [len(part) for part in parts] == [0] * 2
    assert time_range.all.spread.counts().tolist() == [0] * SPANS
