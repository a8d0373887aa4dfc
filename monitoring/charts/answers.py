"""Pure functions that draw the answers to typed questions as plotly figures, plain dicts."""

import numpy as np

from monitoring.charts.parts import (
    LABEL_COLORS,
    TASK_COLORS,
    ChartData,
    Words,
    label_name,
    task_color,
    task_name,
    time_chart,
)
from monitoring.charts.traces import COLORS, Figure, bars, line
from monitoring.window.masks import of_task

# Labels that have a bar of their own; further ones are summed up.
MAX_LABELS = 12


def labels(data: ChartData, words: Words) -> Figure:
    """Plot the number of requests with each label; names include the task if several tasks give labels."""
    requests = data.time_range.requests
    frame = requests.frame
    pairs = [
        (task, label)
        for task, records in data.time_range.tasks.items()
        for label in records.frame.distinct("label")
    ]
    tasks = {task for task, _ in pairs}
    rest = ~frame.equals("label", "")
    traces, described = [], []
    for place, (task, label) in enumerate(pairs[:MAX_LABELS]):
        mask = of_task(frame, task) & frame.equals("label", label)
        rest &= ~mask
        name = label_name(label, words)
        if len(tasks) > 1:
            name = f"{task_name(task, words)}: {name}"
        color = LABEL_COLORS.get(label, TASK_COLORS[place % len(TASK_COLORS)])
        traces.append(bars(requests.grid, requests.spread.counts(mask), name, color, f"{name} %{{y}}"))
        described.append(f"{name} {mask.sum():,}")
    if len(pairs) > MAX_LABELS:
        name = words["other"]
        traces.append(
            bars(requests.grid, requests.spread.counts(rest), name, COLORS["other"], f"{name} %{{y}}")
        )
        described.append(f"{name} {rest.sum():,}")
    return time_chart(
        data,
        words["labels_title"],
        words["requests_unit"],
        traces,
        words,
        description=", ".join(described),
        barmode="stack",
    )


def confidence(data: ChartData, words: Words) -> Figure:
    """Plot the mean confidence of each task's answers."""
    traces, described = [], []
    for task, requests in data.time_range.tasks.items():
        means = requests.spread.means(requests["confidence"])
        if np.isfinite(means).any():
            name = task_name(task, words)
            color, hover = task_color(data, task), f"{name} %{{y:.0%}}"
            # With points, since one span alone makes no line.
            traces.append(line(requests.grid.centers, means, name, color, hover, mode="lines+markers"))
            mean = np.mean(requests.known("confidence"))
            described.append(f"{name}: {mean:.0%}")
    return time_chart(
        data,
        words["confidence_title"],
        words["confidence_unit"],
        traces,
        words,
        description="; ".join(described),
    )
