"""Pure functions: memory and CPU over a stretch of time -> plotly figures, as plain dicts."""

import numpy as np

from monitoring.chart import COLORS, ChartData, Figure, Reduced, Words, limit_line, line, time_chart

MOST_POINTS = 600


def memory(data: ChartData, words: Words) -> Figure:
    """Plot the resident set, in MiB, with its limit and its trend."""
    time, values = _known(data, "memory_usage_mb")
    points = Reduced.of(time, values, MOST_POINTS)
    traces = [line(points.time, points.values, words["memory"], COLORS["memory"], "%{y:,.0f} MiB")]
    told = ""
    if points.total:
        (medians,) = data.grid.spread(time).percentiles(values, (50,))
        slope, level = trend(data.grid.centers, medians)
        ends = np.array([time.min(), time.max()])
        words_of_trend = f"{words['trend']} {slope * 3600:+,.1f} MiB/h"
        traces.append(
            line(
                ends,
                level + slope * (ends - data.grid.since),
                words_of_trend,
                COLORS["memory"],
                words_of_trend,
                line={"dash": "dot", "width": 1.5},
            )
        )
        highest = words["highest"].format(value=f"{values.max():,.0f} MiB")
        told = f"{words['now']} {values[-1]:,.0f} MiB, {highest}, {words_of_trend}"
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
    time, values = _known(data, "cpu_usage_percent")
    points = Reduced.of(time, values, MOST_POINTS)
    told = ""
    if points.total:
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


def trend(time: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Return the slope per second and the level at the first moment of a line that outliers do not bend.

    The slope is the median of those between all pairs (Theil 1950, Sen 1968); NaN is left out.
    """
    known = ~np.isnan(values)
    x, y = (time - time[0])[known], values[known]
    if len(x) < 2:
        return 0.0, float(y[0]) if len(y) else float("nan")
    first, second = np.triu_indices(len(x), 1)
    slope = float(np.median((y[second] - y[first]) / (x[second] - x[first])))
    return slope, float(np.median(y - slope * x))


def _known(data: ChartData, column: str) -> tuple[np.ndarray, np.ndarray]:
    values = data.frame[column]
    known = ~np.isnan(values)
    return data.frame.time[known], values[known]
