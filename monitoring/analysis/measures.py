"""The measures of a time range: each with its value, the value of the time range before, and its series."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from monitoring.analysis.incidents import Alert
from monitoring.analysis.time_range import Records, TimeRange
from monitoring.analysis.timeline import Grid
from monitoring.window.masks import ended_as, last_known

PERCENTS = (50, 95, 99)
# A process that has written so recently is taken to be alive, in s.
ALIVE_SECONDS = 60.0
Unit = Literal["count", "depth", "percent", "ms", "speed", "memory", "cpu"]


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One measure; `None` and NaN where no record tells it."""

    name: str
    unit: Unit
    value: float | None
    # The value of the time range before, which is as long.
    before: float | None
    # The value of each span.
    series: np.ndarray
    # The number of records that a percentile is computed from, or of requests that a share is of.
    records: int | None = None
    # The direction that is a change for the worse.
    worse: Literal["more", "less", ""] = "more"
    alarming: bool = False
    # The task, "" for a measure of all tasks.
    task: str = ""

    @property
    def key(self) -> str:
        """The unique name among all measures: the task, then the name."""
        return f"{self.task}_{self.name}" if self.task else self.name


def at_a_glance(
    now: TimeRange, past: TimeRange, alerts: Sequence[Alert], broken: Sequence[tuple[float, int]]
) -> list[Measure]:
    """Return the measures of a time range, compared to the one before it.

    `broken` holds moments, in s since the epoch, and the number of broken lines that were read then.
    """
    ok, past_ok = now.all_ok, past.all_ok
    return [
        _requests(now.counted, past.counted),
        *(_share(status, now.counted, past.counted) for status in ("error", "rejected")),
        *(
            measure
            for task, records in now.ok.items()
            for measure in _response_times(task, records, past.ok[task])
        ),
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


def _requests(now: Records, past: Records) -> Measure:
    value, before = (float(records.request_counts.sum()) for records in (now, past))
    series = now.spread.sums(now.request_counts)
    return Measure("requests", "count", value, before or None, series, worse="")


def _share(status: str, now: Records, past: Records) -> Measure:
    """Return the share of the requests with this status, in percent."""

    def ended(records: Records) -> np.ndarray:
        """Return how many requests of each record ended so."""
        counts: np.ndarray = records.request_counts * ended_as(records.frame, status)
        return counts

    def share(records: Records) -> float | None:
        return 100 * float(ended(records).sum() / records.request_counts.sum()) if len(records) else None

    value = share(now)
    with np.errstate(invalid="ignore"):
        series = 100 * now.spread.sums(ended(now)) / now.spread.sums(now.request_counts)
    requests = int(now.request_counts.sum())
    alarming = status == "error" and bool(value)
    return Measure(status, "percent", value, share(past), series, requests or None, alarming=alarming)


def _response_times(task: str, now: Records, past: Records) -> list[Measure]:
    name = "response_time_ms"
    records = len(now.known(name)) or None
    values, before = now.percentiles(name, PERCENTS), past.percentiles(name, PERCENTS)
    rows = zip(PERCENTS, values, before, now.series(name, PERCENTS), strict=True)
    return [
        Measure(f"p{percent}", "ms", value, old, series, records, task=task)
        for percent, value, old, series in rows
    ]


def _median(
    name: str, unit: Unit, now: Records, past: Records, column: str, worse: Literal["more", "less"] = "more"
) -> Measure:
    (value,), (before,) = now.percentiles(column, (50,)), past.percentiles(column, (50,))
    (series,) = now.series(column, (50,))
    return Measure(name, unit, value, before, series, len(now.known(column)) or None, worse)


def _depth(now: Records, past: Records) -> Measure:
    """Return the mean length of the queue: the sum of the waits divided by the time (Little 1961)."""

    def depth(records: Records) -> float | None:
        waits = records.known("queue_wait_ms")
        seconds = records.grid.until - records.grid.since
        return float(waits.sum()) / 1000 / seconds if len(waits) else None

    series = now.spread.sums(now["queue_wait_ms"]) / 1000 / now.grid.width
    return Measure("queue_depth", "depth", depth(now), depth(past), series)


def _last(name: Literal["memory", "cpu"], now: Records, past: Records, column: str) -> Measure:
    """Return the last value of the process that has most, of those that have written lately."""
    (value, processes), (before, _) = (_largest_last(records, column) for records in (now, past))
    series = now.spread.means(now[column])
    return Measure(name, name, value, before, series, processes if processes > 1 else None)


def _largest_last(records: Records, column: str) -> tuple[float | None, int]:
    """Return the largest of the last values of all living processes, and how many of these there are."""
    frame = records.frame
    if not len(frame):
        return None, 0
    recent = frame.where(frame.time >= frame.time.max() - ALIVE_SECONDS)
    known = recent.where(~np.isnan(recent[column]))
    # Records that tell no process, as other programs write them, are those of one.
    pids = np.nan_to_num(known["pid"], nan=-1).tolist()
    last = dict(
        zip(zip(known.texts("instance").tolist(), pids, strict=True), known[column].tolist(), strict=True)
    )
    return (max(last.values()), len(last)) if last else (last_known(records[column]), 1)


def _alerts(grid: Grid, alerts: Sequence[Alert]) -> Measure:
    def active(moment: float) -> int:
        return sum(alert.since <= moment < alert.until for alert in alerts)

    value = active(grid.until)
    series = np.array([active(moment) for moment in grid.centers], dtype=float)
    return Measure("alerts", "count", value, active(grid.since), series, alarming=value > 0)


def _dropped(now: Records, past: Records) -> Measure:
    value, before = (
        float(np.nansum(records["dropped"])) if len(records) else None for records in (now, past)
    )
    series = now.spread.sums(now["dropped"])
    return Measure("dropped", "count", value, before, series, alarming=bool(value))


def _broken(now: Grid, past: Grid, broken: Sequence[tuple[float, int]]) -> Measure:
    time, lines = np.array(broken, dtype=float).reshape(-1, 2).T

    def inside(grid: Grid) -> np.ndarray:
        mask: np.ndarray = (time >= grid.since) & (time < grid.until)
        return mask

    value = float(lines[inside(now)].sum())
    series = now.spread(time[inside(now)]).sums(lines[inside(now)])
    before = float(lines[inside(past)].sum())
    return Measure("broken", "count", value, before, series, alarming=value > 0)
