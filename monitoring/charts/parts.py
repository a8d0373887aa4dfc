"""The parts of all charts: their data, the names and colours of tasks, the time axis, and the layout."""

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from monitoring.analysis.incidents import Mark
from monitoring.analysis.limits import Limits
from monitoring.analysis.time_range import OTHER_TASKS, TimeRange
from monitoring.charts.traces import COLORS, Figure, Reduced, Trace, array, moments
from monitoring.record.visible import visible

# Colours of labels with a meaning; any other label takes one of `TASK_COLORS`.
LABEL_COLORS = {"正面": "#37b24d", "负面": "#f03e3e"}
# Colours of tasks, in order of first use; they differ on a light and on a dark background.
TASK_COLORS = (
    "#e8590c",
    "#4c6ef5",
    "#0ca678",
    "#be4bdb",
    "#f59f00",
    "#1098ad",
    "#d6336c",
    "#74b816",
    "#7048e8",
    "#a9714b",
    "#5c7080",
    "#2b8a3e",
)
# Characters of a task's or a label's name that a chart shows.
MAX_NAME_CHARS = 40
# The colour and the symbol of a mark.
MARKS = {
    "app.started": ("#2f9e44", "triangle-right"),
    "app.stopped": ("#868e96", "square"),
    "unexpected_end": ("#e03131", "x"),
    "alert.fired": ("#e03131", "triangle-up"),
    "alert.updated": ("#e03131", "triangle-up"),
    "alert.resolved": ("#2f9e44", "triangle-down"),
    "alert.withdrawn": ("#868e96", "triangle-down"),
}
# The height of a chart with a legend of one row, in px; the page adds further rows, whose number it knows.
HEIGHT = 260
# Characters of a mark's text that the pointer shows.
MAX_MARK_CHARS = 80

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChartData:
    """The data that all charts of an answer are drawn from."""

    time_range: TimeRange
    marks: Sequence[Mark]
    limits: Limits


def task_color(data: ChartData, task: str) -> str:
    """Return the colour of a task, which is the same in all charts of a window; grey for all other tasks."""
    if task == OTHER_TASKS:
        return COLORS["other"]
    return TASK_COLORS[list(data.time_range.tasks).index(task) % len(TASK_COLORS)]


def task_name(task: str, words: Words) -> str:
    """Return the name of a task: that of the texts, else that of the log, safe in plotly's texts."""
    return words.get(f"task_{task}") or _safe(task)


def task_names(tasks: Iterable[str], words: Words) -> str:
    """Return the names of several tasks, as `task_name()` has them, separated by commas."""
    return ", ".join(task_name(task, words) for task in tasks)


def label_name(label: str, words: Words) -> str:
    """Return the name of a label: that of the texts, else that of the log, safe in plotly's texts."""
    return words.get(f"label_{label}") or _safe(label)


def _safe(text: str) -> str:
    return html.escape(visible(text[:MAX_NAME_CHARS]), quote=False).replace("%", "&#37;")


def time_chart(
    data: ChartData,
    title: str,
    unit: str,
    traces: Sequence[Trace],
    words: Words,
    *,
    description: str,
    reduced: Sequence[Reduced] = (),
    limits: Sequence[Figure] = (),
    has_log_scale: bool = False,
    **layout: Any,
) -> Figure:
    """Return a chart over time, with marks on its axis, and a note if points were left out.

    With `has_log_scale`, its reader may choose a logarithmic axis: one point far above all others would make
    these a flat line.
    """
    grid = data.time_range.grid
    since, until = float(grid.since * 1000), float(grid.until * 1000)
    if data.marks and any(trace["x"]["bdata"] for trace in traces):
        traces = [*traces, _mark_points(data.marks, words)]
    return finish(
        title,
        traces,
        words,
        description=description,
        note=_note(reduced, words),
        shapes=[*limits, *map(_mark_line, data.marks)],
        xaxis={"type": "date", "range": [since, until]},
        yaxis={"title": {"text": unit}, "rangemode": "tozero", "fixedrange": True},
        # Marks have an axis of their own, since 0 is on no logarithmic one.
        yaxis2={"overlaying": "y", "range": [0, 1], "fixedrange": True, "visible": False},
        log_scale=words["log_scale"] if has_log_scale else "",
        **layout,
    )


def finish(
    title: str,
    traces: Sequence[Trace],
    words: Words,
    *,
    description: str,
    note: str = "",
    log_scale: str = "",
    xaxis: Figure,
    yaxis: Figure,
    **layout: Any,
) -> Figure:
    """Return the whole figure; without values it says so. The page sets the colours of text and grid.

    `log_scale` names the button that makes the y axis logarithmic, where the chart has one.
    """
    is_empty = not any(trace["x"]["bdata"] for trace in traces)
    annotations = []
    if is_empty:
        annotations.append(
            {
                "text": words["no_data"],
                "x": 0.5,
                "y": 0.5,
                "xref": "paper",
                "yref": "paper",
                "showarrow": False,
            }
        )
    return {
        "data": list(traces),
        "layout": {
            "height": HEIGHT,
            "margin": {"l": 56, "r": 12, "t": 24, "b": 32},
            "legend": {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "traceorder": "normal"},
            "hovermode": "closest",
            "annotations": annotations,
            # A trace that the reader hides by a click on the legend stays hidden.
            "uirevision": "keep",
            "xaxis": {**xaxis, "visible": not is_empty},
            "yaxis": {**yaxis, "visible": not is_empty},
            # The page writes these texts around the chart.
            "meta": {
                "title": title,
                "note": note,
                "log_scale": "" if is_empty else log_scale,
                "description": f"{title}. {words['no_data'] if is_empty else description}",
            },
            **layout,
        },
    }


def _note(reduced: Sequence[Reduced], words: Words) -> str:
    shown, total = sum(len(points.rows) for points in reduced), sum(points.total for points in reduced)
    return words["reduced"].format(shown=f"{shown:,}", total=f"{total:,}") if shown < total else ""


def _mark_line(mark: Mark) -> Figure:
    return {
        "type": "line",
        "yref": "paper",
        "x0": mark.time * 1000,
        "x1": mark.time * 1000,
        "y0": 0,
        "y1": 1,
        "line": {"color": MARKS[mark.event][0], "width": 1, "dash": "dot"},
    }


def _mark_text(mark: Mark, words: Words) -> str:
    text = html.escape(visible(mark.text[:MAX_MARK_CHARS]), quote=False)
    return ": ".join(filter(None, (words[mark.event], text)))


def _mark_points(marks: Sequence[Mark], words: Words) -> Trace:
    """Return the points at the lower ends of the marks' lines, which show the marks' texts."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": moments(np.array([mark.time for mark in marks])),
        "y": array(np.zeros(len(marks))),
        "yaxis": "y2",
        "name": words["marks"],
        "marker": {
            "size": 11,
            "color": [MARKS[mark.event][0] for mark in marks],
            "symbol": [MARKS[mark.event][1] for mark in marks],
        },
        "text": [_mark_text(mark, words) for mark in marks],
        "hovertemplate": "%{text}<br>%{x|%m-%d %H:%M:%S}<extra></extra>",
        "cliponaxis": False,
    }
