"""Pure functions that draw memory and CPU over a time range as plotly figures, plain dicts."""

import numpy as np

from monitoring.analysis.trend import MIN_SPANS, trend
from monitoring.charts.parts import ChartData, Words, time_chart
from monitoring.charts.traces import COLORS, Figure, Reduced, limit_line, line

MAX_POINTS = 600


def memory(data: ChartData, words: Words) -> Figure:
    """Plot the resident set, in MiB, with its limit and its trend."""
    records = data.time_range.all
    points = Reduced.of(records, "memory_usage_mb", MAX_POINTS)
    traces = [line(points.time, points.values, words["memory"], COLORS["memory"], "%{y:,.0f} MiB")]
    described = ""
    if points.total:
        values, centers = records.known("memory_usage_mb"), records.grid.centers
        (medians,) = records.series("memory_usage_mb", (50,))
        highest = words["highest"].format(value=f"{values.max():,.0f} MiB")
        described = f"{words['now']} {values[-1]:,.0f} MiB, {highest}"
        if np.isfinite(medians).sum() >= MIN_SPANS:
            slope, level = trend(centers, medians)
            ends = centers[~np.isnan(medians)][[0, -1]]
            name = f"{words['trend']} {slope * 3600:+,.1f} MiB/h"
            heights = level + slope * (ends - centers[0])
            traces.append(line(ends, heights, name, COLORS["memory"], name, line={"dash": "dot"}))
            described += f", {name}"
    return time_chart(
        data,
        words["memory_title"],
        "MiB",
        traces,
        words,
        description=described,
        reduced=[points],
        limits=[limit_line(data.limits.memory_mb, words["limit"])],
    )


def cpu(data: ChartData, words: Words) -> Figure:
    """Plot the CPU use over time; 100 % is one core busy."""
    records = data.time_range.all
    points = Reduced.of(records, "cpu_usage_percent", MAX_POINTS)
    described = ""
    if points.total:
        values = records.known("cpu_usage_percent")
        described = (
            f"{words['now']} {values[-1]:,.0f} %, {words['highest'].format(value=f'{values.max():,.0f} %')}"
        )
    return time_chart(
        data,
        words["cpu_title"],
        f"% ({words['one_core']})",
        [line(points.time, points.values, words["cpu"], COLORS["cpu"], "%{y:,.0f} %")],
        words,
        description=described,
        reduced=[points],
    )
