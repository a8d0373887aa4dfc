"""Pure functions: memory and CPU over a stretch of time -> plotly figures, as plain dicts."""

import numpy as np

from monitoring.analysis.trend import SPANS_OF_A_TREND, trend
from monitoring.charts.parts import COLORS, ChartData, Figure, Reduced, Words, limit_line, line, time_chart

MOST_POINTS = 600


def memory(data: ChartData, words: Words) -> Figure:
    """Plot the resident set, in MiB, with its limit and its trend."""
    records = data.stretch.all
    points = Reduced.of(records, "memory_usage_mb", MOST_POINTS)
    traces = [line(points.time, points.values, words["memory"], COLORS["memory"], "%{y:,.0f} MiB")]
    told = ""
    if points.total:
        values, centers = records.known("memory_usage_mb"), records.grid.centers
        (medians,) = records.courses("memory_usage_mb", (50,))
        highest = words["highest"].format(value=f"{values.max():,.0f} MiB")
        told = f"{words['now']} {values[-1]:,.0f} MiB, {highest}"
        if np.isfinite(medians).sum() >= SPANS_OF_A_TREND:
            slope, level = trend(centers, medians)
            ends = centers[~np.isnan(medians)][[0, -1]]
            name = f"{words['trend']} {slope * 3600:+,.1f} MiB/h"
            heights = level + slope * (ends - centers[0])
            traces.append(line(ends, heights, name, COLORS["memory"], name, line={"dash": "dot"}))
            told += f", {name}"
    return time_chart(
        data,
        words["memory_title"],
        "MiB",
        traces,
        words,
        description=told,
        reduced=[points],
        limits=[limit_line(data.limits.memory_mb, words["limit"])],
    )


def cpu(data: ChartData, words: Words) -> Figure:
    """Plot the CPU use over time; 100 % is one core busy."""
    records = data.stretch.all
    points = Reduced.of(records, "cpu_usage_percent", MOST_POINTS)
    told = ""
    if points.total:
        values = records.known("cpu_usage_percent")
        told = (
            f"{words['now']} {values[-1]:,.0f} %, {words['highest'].format(value=f'{values.max():,.0f} %')}"
        )
    return time_chart(
        data,
        words["cpu_title"],
        f"% ({words['one_core']})",
        [line(points.time, points.values, words["cpu"], COLORS["cpu"], "%{y:,.0f} %")],
        words,
        description=told,
        reduced=[points],
    )
