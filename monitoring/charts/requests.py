"""Pure functions that draw the requests of a time range as plotly figures, plain dicts."""

import numpy as np

from monitoring.charts.parts import ChartData, Words, task_color, task_name, time_chart
from monitoring.charts.traces import COLORS, Figure, Reduced, Trace, bars, cloud, line

# Points of a task's replies.
MAX_POINTS = 200


def throughput(data: ChartData, words: Words) -> Figure:
    """Plot the number of requests of each task that ended in a minute, all refused ones among them."""
    grid = data.time_range.grid
    minutes = grid.width / 60
    traces, described = [], []
    for task, done in data.time_range.counted_tasks.items():
        rates = done.spread.sums(done.request_counts) / minutes
        if len(done):
            name, unit = task_name(task, words), words["per_minute"]
            traces.append(bars(grid, rates, name, task_color(data, task), f"%{{y:.1f}} {unit}"))
            described.append(f"{name}: {words['highest'].format(value=f'{rates.max():.1f} {unit}')}")
    return time_chart(
        data,
        words["throughput_title"],
        words["per_minute"],
        traces,
        words,
        description="; ".join(described),
        barmode="stack",
    )


def speed(data: ChartData, words: Words) -> Figure:
    """Plot the tokens per second of each reply while it decoded, by task, with the median of all."""
    unit = words["speed_unit"]
    clouds: list[Trace] = []
    reduced: list[Reduced] = []
    for task, ok in data.time_range.ok.items():
        points = Reduced.of(ok, "tokens_per_second", MAX_POINTS)
        if points.total:
            name, color = task_name(task, words), task_color(data, task)
            clouds.append(cloud(ok, points, name, color, unit, digits=1))
            reduced.append(points)
    every = data.time_range.all_ok
    (median,) = every.series("tokens_per_second", (50,))
    middle = line(every.grid.centers, median, words["p50"], COLORS["decode"], f"p50 %{{y:.1f}} {unit}")
    described = f"{words['p50']} {np.median(every.known('tokens_per_second')):.1f} {unit}" if reduced else ""
    return time_chart(
        data,
        words["speed_title"],
        unit,
        [*clouds, middle],
        words,
        description=described,
        reduced=reduced,
    )
