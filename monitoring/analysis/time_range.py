"""A time range: its records, those of each task, and series over its spans; each is computed once."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from monitoring.analysis.timeline import Grid, Spread
from monitoring.percentiles import percentiles
from monitoring.record.vocabulary import UNKNOWN_TASK
from monitoring.window.frame import Frame
from monitoring.window.masks import during, ended_ok, is_request, of_task, request_counts, tasks_of

# Equal spans that a time range is divided into.
SPANS = 60
# Tasks that charts and cards tell apart; in a log with more of them, the last entry is all others.
MAX_TASKS = 8
OTHER_TASKS = "other_tasks"


class Records:
    """Some of a time range's records; columns and series are computed once."""

    def __init__(self, grid: Grid, frame: Frame) -> None:
        self.grid = grid
        self.frame = frame
        self._columns: dict[str, np.ndarray] = {}
        self._series: dict[tuple[str, tuple[int, ...]], np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a column of numbers, float64, NaN where absent."""
        if name not in self._columns:
            self._columns[name] = self.frame[name]
        return self._columns[name]

    @cached_property
    def time(self) -> np.ndarray:
        """Seconds since the epoch, UTC."""
        return self.frame.time

    @cached_property
    def spread(self) -> Spread:
        """The records, sorted into the spans."""
        return self.grid.spread(self.time)

    @cached_property
    def request_counts(self) -> np.ndarray:
        """How many requests each record stands for, float64."""
        return request_counts(self.frame)

    def known(self, name: str) -> np.ndarray:
        """Return a column's values without NaN."""
        values: np.ndarray = self[name][~np.isnan(self[name])]
        return values

    def percentiles(self, name: str, percents: Sequence[int]) -> list[float | None]:
        """Return percentiles of a column; `None` where it has no values."""
        found = percentiles(self[name], percents).tolist()
        return [None if np.isnan(value) else value for value in found]

    def series(self, name: str, percents: tuple[int, ...]) -> np.ndarray:
        """Return a column's percentiles in each span, shape [len(percents), SPANS], NaN for an empty span."""
        key = (name, percents)
        if key not in self._series:
            self._series[key] = self.spread.percentiles(self[name], percents)
        return self._series[key]

    def where(self, mask: np.ndarray) -> "Records":
        """Select records."""
        return Records(self.grid, self.frame.where(mask))


class TimeRange:
    """The records of a frame from `since` on and before `until`, in s since the epoch."""

    def __init__(self, frame: Frame, since: float, until: float) -> None:
        self.grid = Grid(since, until, SPANS)
        self.all = Records(self.grid, frame.where(during(frame, since, until)))
        self._frame = frame

    @cached_property
    def requests(self) -> Records:
        """The records of finished tasks."""
        return self.all.where(is_request(self.all.frame))

    @cached_property
    def counted(self) -> Records:
        """The records that stand for requests: those of finished tasks, and counts of refused ones."""
        return self.all.where(self.all.request_counts > 0)

    @cached_property
    def counted_tasks(self) -> dict[str, Records]:
        """The records that stand for requests of each task of the whole frame; a task may have none here.

        The tasks are in order of first use. Where there are more than `MAX_TASKS`, those with most records
        have entries of their own, and the last entry holds the records of all others.
        """
        counted = self._frame.where(request_counts(self._frame) > 0)
        names = tasks_of(counted)
        shown = names if len(names) <= MAX_TASKS else _busiest(counted, names)
        masks = {task: of_task(self.counted.frame, task) for task in shown}
        if len(shown) < len(names):
            masks[OTHER_TASKS] = ~np.logical_or.reduce(list(masks.values()))
        return {task: self.counted.where(mask) for task, mask in masks.items()}

    @cached_property
    def tasks(self) -> dict[str, Records]:
        """The requests of each of the `counted_tasks`."""
        return {
            task: records.where(is_request(records.frame)) for task, records in self.counted_tasks.items()
        }

    @cached_property
    def ok(self) -> dict[str, Records]:
        """The requests of each task that ended ok."""
        return {task: requests.where(ended_ok(requests.frame)) for task, requests in self.tasks.items()}

    @cached_property
    def streamed(self) -> list[str]:
        """The tasks whose requests tell a first token: those that stream replies."""
        return [task for task, requests in self.ok.items() if len(requests.known("ttft_ms"))]

    @cached_property
    def not_streamed(self) -> list[str]:
        """The tasks with requests of which none tells a first token."""
        return [task for task, requests in self.ok.items() if len(requests) and task not in self.streamed]

    @cached_property
    def all_ok(self) -> Records:
        """The requests of all tasks that ended ok."""
        return self.requests.where(ended_ok(self.requests.frame))


def _busiest(counted: Frame, names: Sequence[str]) -> list[str]:
    """Return the tasks with most records, one less than `MAX_TASKS`, in the order of `names`."""
    amounts = counted.amounts("task_type")
    amounts[UNKNOWN_TASK] = amounts.get(UNKNOWN_TASK, 0) + amounts.get("", 0)
    busiest = sorted(names, key=lambda name: -amounts[name])[: MAX_TASKS - 1]
    return [name for name in names if name in busiest]
