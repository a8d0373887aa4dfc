"""Summarize the records of a window in exact numbers that are cheap to keep up to date."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from monitoring.record.vocabulary import OTHER_STATUSES
from monitoring.window.frame import Frame
from monitoring.window.masks import (
    ended_as,
    ended_ok,
    is_request,
    last_known,
    of_task,
    request_counts,
    tasks_of,
)
from monitoring.window.ordered_values import OrderedValues


@dataclass(frozen=True, slots=True)
class TaskSummary:
    """The numbers of one task; `None` where no record tells them.

    `request_counts()` says how many requests a record stands for.
    """

    requests: int
    errors: int
    rejected: int
    cancelled: int
    timed: int  # requests that ended ok and tell their time; the percentiles are of these
    p50_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Median:
    """The median of `count` values; `None` where there are none."""

    value: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a window of records."""

    tasks: dict[str, TaskSummary]  # the tasks that have requests, by name
    tokens_per_second: Median
    ttft_ms: Median
    memory_mb: float | None  # the last value
    cpu_percent: float | None  # the last value

    @property
    def requests(self) -> int:
        """The number of requests of all tasks."""
        return sum(task.requests for task in self.tasks.values())


class RollingSummary:
    """The summary of records that come and go; a change costs the same in any window."""

    def __init__(self) -> None:
        self._requests: Counter[str] = Counter()
        self._ends: Counter[tuple[str, str]] = Counter()  # by task and status
        self._times: dict[str, OrderedValues] = {}  # those of requests that ended ok, by task
        self._speeds = OrderedValues()
        self._first_tokens = OrderedValues()

    def add(self, frame: Frame) -> None:
        """Add records."""
        self._change(frame, 1, OrderedValues.add)

    def remove(self, frame: Frame) -> None:
        """Remove records that were added before."""
        self._change(frame, -1, OrderedValues.remove)

    def result(self, frame: Frame) -> Summary:
        """Summarize the records that were added; memory and CPU are the last known values of `frame`."""
        return Summary(
            tasks={task: self._task(task) for task, count in self._requests.items() if count},
            tokens_per_second=Median(self._speeds.percentile(50), len(self._speeds)),
            ttft_ms=Median(self._first_tokens.percentile(50), len(self._first_tokens)),
            memory_mb=last_known(frame["memory_usage_mb"]),
            cpu_percent=last_known(frame["cpu_usage_percent"]),
        )

    def _task(self, task: str) -> TaskSummary:
        times = self._times[task]
        return TaskSummary(
            requests=self._requests[task],
            errors=self._ends[task, "error"],
            rejected=self._ends[task, "rejected"],
            cancelled=self._ends[task, "cancelled"],
            timed=len(times),
            p50_ms=times.percentile(50),
            p95_ms=times.percentile(95),
        )

    def _change(self, frame: Frame, sign: int, change: Callable[[OrderedValues, np.ndarray], None]) -> None:
        counted = frame.where(request_counts(frame) > 0)
        for task in tasks_of(counted):
            rows = counted.where(of_task(counted, task))
            counts = request_counts(rows)
            self._requests[task] += sign * int(counts.sum())
            for status in OTHER_STATUSES:
                self._ends[task, status] += sign * int(counts[ended_as(rows, status)].sum())
            times = self._times.setdefault(task, OrderedValues())
            change(times, rows["response_time_ms"][is_request(rows) & ended_ok(rows)])
        done = frame.where(is_request(frame))
        change(self._speeds, done["tokens_per_second"])
        change(self._first_tokens, done["ttft_ms"])
