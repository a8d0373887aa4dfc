"""The measures at a glance: each with its value, the one of the time before, and its way there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from monitoring.analysis.incidents import Alert
from monitoring.analysis.time_range import Part, Stretch
from monitoring.analysis.timeline import Grid
from monitoring.window.masks import last_known

PERCENTS = (50, 95, 99)
Unit = Literal["count", "depth", "percent", "ms", "speed", "memory", "cpu"]


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One measure; `None` and NaN where no record tells."""

    name: str
    unit: Unit
    value: float | None
    before: float | None  # the same in the time before, as long
    course: np.ndarray  # the same in each span of the time
    records: int | None = None  # how many records stand behind a percentile
    worse: Literal["more", "less", ""] = "more"  # which change is a bad one
    alarming: bool = False
    task: str = ""  # whose measure it is; "" for one of all tasks

    @property
    def key(self) -> str:
        """The measure among all measures: the task stands before the name."""
        return f"{self.task}_{self.name}" if self.task else self.name


def at_a_glance(
    now: Stretch, past: Stretch, alerts: Sequence[Alert], broken: Sequence[tuple[float, int]]
) -> list[Measure]:
    """Measure a stretch of time beside the one before it.

    `broken` are moments, in s since the epoch, and how many broken lines were met then.
    """
    ok, past_ok = now.all_ok, past.all_ok
    return [
        _requests(now.requests, past.requests),
        *(_share(status, now.requests, past.requests) for status in ("error", "rejected")),
        *(measure for task, part in now.ok.items() for measure in _response_times(task, part, past.ok[task])),
        _median("ttft", "ms", ok, past_ok, "ttft_ms"),
        _median("speed", "speed", ok, past_ok, "tokens_per_second", worse="less"),
        _median("queue_wait", "ms", now.requests, past.requests, "queue_wait_ms"),
        _depth(now.requests, past.requests),
        _last("memory", now.all, past.all, "memory_usage_mb"),
        _last("cpu", now.all, past.all, "cpu_usage_percent"),
        _alerts(now.grid, alerts),
        _dropped(now.all, past.all),
        _broken(now.grid, past.grid, broken),
    ]


def _requests(now: Part, past: Part) -> Measure:
    before = float(len(past)) or None
    return Measure("requests", "count", float(len(now)), before, now.spread.counts(), worse="")


def _share(status: str, now: Part, past: Part) -> Measure:
    """Measure which share of the requests ended so, in percent."""
    ended = now.frame.equals("status", status)
    value = 100 * float(ended.mean()) if len(now) else None
    before = 100 * float(past.frame.equals("status", status).mean()) if len(past) else None
    course = 100 * now.spread.means(ended.astype(float))
    alarming = status == "error" and bool(value)
    return Measure(status, "percent", value, before, course, len(now) or None, alarming=alarming)


def _response_times(task: str, now: Part, past: Part) -> list[Measure]:
    name = "response_time_ms"
    records = len(now.known(name)) or None
    values, before = now.percentiles(name, PERCENTS), past.percentiles(name, PERCENTS)
    rows = zip(PERCENTS, values, before, now.courses(name, PERCENTS), strict=True)
    return [
        Measure(f"p{percent}", "ms", value, old, course, records, task=task)
        for percent, value, old, course in rows
    ]


def _median(
    name: str, unit: Unit, now: Part, past: Part, column: str, worse: Literal["more", "less"] = "more"
) -> Measure:
    (value,), (before,) = now.percentiles(column, (50,)), past.percentiles(column, (50,))
    (course,) = now.courses(column, (50,))
    return Measure(name, unit, value, before, course, len(now.known(column)) or None, worse)


def _depth(now: Part, past: Part) -> Measure:
    """Measure how many requests waited at once, on average: the waits' sum over the time (Little 1961)."""

    def depth(part: Part) -> float | None:
        waits = part.known("queue_wait_ms")
        return float(waits.sum()) / 1000 / (part.grid.until - part.grid.since) if len(waits) else None

    course = now.spread.sums(now["queue_wait_ms"]) / 1000 / now.grid.width
    return Measure("queue_depth", "depth", depth(now), depth(past), course)


def _last(name: Literal["memory", "cpu"], now: Part, past: Part, column: str) -> Measure:
    values = now[column]
    return Measure(name, name, last_known(values), last_known(past[column]), now.spread.means(values))


def _alerts(grid: Grid, alerts: Sequence[Alert]) -> Measure:
    def active(moment: float) -> int:
        return sum(alert.since <= moment < alert.until for alert in alerts)

    value = active(grid.until)
    course = np.array([active(moment) for moment in grid.centers], dtype=float)
    return Measure("alerts", "count", value, active(grid.since), course, alarming=value > 0)


def _dropped(now: Part, past: Part) -> Measure:
    value, before = (float(np.nansum(part["dropped"])) if len(part) else None for part in (now, past))
    course = now.spread.sums(now["dropped"])
    return Measure("dropped", "count", value, before, course, alarming=bool(value))


def _broken(now: Grid, past: Grid, broken: Sequence[tuple[float, int]]) -> Measure:
    time, lines = np.array(broken, dtype=float).reshape(-1, 2).T

    def inside(grid: Grid) -> np.ndarray:
        mask: np.ndarray = (time >= grid.since) & (time < grid.until)
        return mask

    value = float(lines[inside(now)].sum())
    course = now.spread(time[inside(now)]).sums(lines[inside(now)])
    before = float(lines[inside(past)].sum())
    return Measure("broken", "count", value, before, course, alarming=value > 0)
