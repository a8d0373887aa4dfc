"""The measures at a glance: each with its value, the one of the time before, and its way there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from monitoring.aggregate import TASKS, last_known
from monitoring.filters import during, ended_ok, is_request
from monitoring.marks import Alert
from monitoring.timeline import Grid, Spread, percentiles
from monitoring.window import Frame

SPANS = 24  # of a sparkline
Unit = Literal["count", "depth", "percent", "ms", "speed", "memory", "cpu"]


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One measure; `None` and NaN where no record tells."""

    name: str
    unit: Unit
    value: float | None
    before: float | None  # the same in the time before, as long
    course: np.ndarray  # the same in each of `SPANS` parts of the time
    records: int | None = None  # how many records stand behind a percentile
    worse: Literal["more", "less", ""] = "more"  # which change is a bad one
    alarming: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some records of a stretch of time, spread over it, and the same of the time before."""

    grid: Grid
    now: Frame
    before: Frame
    spread: Spread

    @classmethod
    def of(cls, grid: Grid, now: Frame, before: Frame) -> "Part":
        """Spread the records over the time."""
        return cls(grid, now, before, grid.spread(now.time))

    def where(self, condition: Callable[[Frame], np.ndarray]) -> "Part":
        """Select those that meet a condition."""
        now, before = (frame.where(condition(frame)) for frame in (self.now, self.before))
        return Part.of(self.grid, now, before)


def at_a_glance(
    frame: Frame, since: float, until: float, alerts: Sequence[Alert], broken: Sequence[tuple[float, int]]
) -> list[Measure]:
    """Measure what a frame tells between two moments, in s since the epoch.

    `broken` are moments and how many broken lines were met then.
    """
    grid, past = Grid(since, until, SPANS), Grid(since - (until - since), since, 1)
    now, before = (frame.where(during(frame, span.since, span.until)) for span in (grid, past))
    everything = Part.of(grid, now, before)
    requests = everything.where(is_request)
    timed = requests.where(ended_ok)
    tasks = {task: timed.where(lambda done, task=task: done.equals("task_type", task)) for task in TASKS}  # type: ignore[misc]  # a default that binds the name
    return [
        _requests(requests),
        *(_share(status, requests) for status in ("error", "rejected")),
        *(measure for task, part in tasks.items() for measure in _response_times(task, part)),
        _median("ttft", "ms", tasks["chat"], "ttft_ms"),
        _median("speed", "speed", tasks["chat"], "tokens_per_second", worse="less"),
        _median("queue_wait", "ms", requests, "queue_wait_ms"),
        _depth(requests),
        _last("memory", everything, "memory_usage_mb"),
        _last("cpu", everything, "cpu_usage_percent"),
        _alerts(grid, alerts),
        _dropped(everything),
        _broken(grid, past, broken),
    ]


def _requests(part: Part) -> Measure:
    value, before = float(len(part.now)), float(len(part.before))
    return Measure("requests", "count", value, before or None, part.spread.counts(), worse="")


def _share(status: str, part: Part) -> Measure:
    """Measure which share of the requests ended so, in percent."""

    def share(done: Frame) -> float | None:
        return 100 * float(done.equals("status", status).mean()) if len(done) else None

    value = share(part.now)
    course = 100 * part.spread.means(part.now.equals("status", status).astype(float))
    alarming = status == "error" and bool(value)
    return Measure(
        status, "percent", value, share(part.before), course, len(part.now) or None, alarming=alarming
    )


def _response_times(task: str, part: Part) -> list[Measure]:
    percents = (50, 95, 99)
    values = part.now["response_time_ms"]
    known, before = _known(values), _known(part.before["response_time_ms"])
    rows = zip(
        percents,
        percentiles(known, percents).tolist(),
        percentiles(before, percents).tolist(),
        part.spread.percentiles(values, percents),
        strict=True,
    )
    return [
        Measure(f"{task}_p{percent}", "ms", _or_none(value), _or_none(old), course, len(known) or None)
        for percent, value, old, course in rows
    ]


def _median(
    name: str, unit: Unit, part: Part, column: str, worse: Literal["more", "less"] = "more"
) -> Measure:
    values = part.now[column]
    known, before = _known(values), _known(part.before[column])
    (value,), (old,) = percentiles(known, (50,)).tolist(), percentiles(before, (50,)).tolist()
    (course,) = part.spread.percentiles(values, (50,))
    return Measure(name, unit, _or_none(value), _or_none(old), course, len(known) or None, worse)


def _depth(part: Part) -> Measure:
    """Measure how many requests waited at once, on average: the waits' sum over the time (Little 1961)."""

    def depth(done: Frame, seconds: float) -> float | None:
        waits = _known(done["queue_wait_ms"])
        return float(waits.sum()) / 1000 / seconds if len(waits) else None

    grid = part.grid
    course = part.spread.sums(part.now["queue_wait_ms"]) / 1000 / grid.width
    value, before = (depth(done, grid.until - grid.since) for done in (part.now, part.before))
    return Measure("queue_depth", "depth", value, before, course)


def _last(name: Literal["memory", "cpu"], part: Part, column: str) -> Measure:
    values = part.now[column]
    return Measure(name, name, last_known(values), last_known(part.before[column]), part.spread.means(values))


def _alerts(grid: Grid, alerts: Sequence[Alert]) -> Measure:
    def active(moment: float) -> int:
        return sum(alert.since <= moment < alert.until for alert in alerts)

    value = active(grid.until)
    course = np.array([active(moment) for moment in grid.centers], dtype=float)
    return Measure("alerts", "count", value, active(grid.since), course, alarming=value > 0)


def _dropped(part: Part) -> Measure:
    value = float(np.nansum(part.now["dropped"]))
    before = float(np.nansum(part.before["dropped"])) if len(part.before) else None
    course = part.spread.sums(part.now["dropped"])
    return Measure("dropped", "count", value if len(part.now) else None, before, course, alarming=value > 0)


def _broken(grid: Grid, past: Grid, broken: Sequence[tuple[float, int]]) -> Measure:
    time, lines = np.array(broken, dtype=float).reshape(-1, 2).T

    def inside(span: Grid) -> np.ndarray:
        mask: np.ndarray = (time >= span.since) & (time < span.until)
        return mask

    value = float(lines[inside(grid)].sum())
    course = grid.spread(time[inside(grid)]).sums(lines[inside(grid)])
    before = float(lines[inside(past)].sum())
    return Measure("broken", "count", value, before, course, alarming=value > 0)


def _known(values: np.ndarray) -> np.ndarray:
    known: np.ndarray = values[~np.isnan(values)]
    return known


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
