"""Pure functions: a window's records -> plotly figures, as plain dicts.

Colours of text, grid and background are left to the page, which knows whether it is light or dark.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from monitoring.aggregate import TASKS, Buckets, buckets, finished
from monitoring.window import Frame

MAX_POINTS = 3000  # newest ones a chart shows
COLORS = {"sentiment": "#e8590c", "chat": "#4263eb", "memory": "#0ca678", "cpu": "#ae3ec9"}
SYMBOLS = {"ok": "circle", "error": "x", "cancelled": "circle-open", "rejected": "diamond-open"}

Labels = Mapping[str, str]


def latency(frame: Frame, labels: Labels) -> dict[str, Any]:
    """Plot each finished task's response time, in ms, and the percentiles of those that ended ok.

    A point's symbol tells how its request ended.
    """
    done = finished(frame).tail(MAX_POINTS)
    figure = go.Figure()
    for task in TASKS:
        rows = done.where(done.equals("task_type", task))
        figure.add_scatter(
            x=_dates(rows.time),
            y=rows["response_time_ms"],
            name=labels[task],
            legendgroup=task,
            mode="markers",
            opacity=0.5,  # many points on one place are seen as many
            marker={
                "size": 8,
                "color": COLORS[task],
                "symbol": [SYMBOLS.get(status, "circle") for status in rows.texts("status")],
            },
            customdata=np.stack([rows.texts("request_id"), rows.texts("status")], axis=-1),
            hovertemplate="%{y:.0f} ms · %{customdata[1]}<br>%{x|%H:%M:%S}<br>%{customdata[0]}",
        )
    for task, spans in buckets(done).items():  # after all points: the lines lie over them
        _add_percentiles(figure, task, spans, labels)
    figure.update_yaxes(title="ms", rangemode="tozero")
    return _finish(figure, labels["latency_title"], labels["no_data"])


def _add_percentiles(figure: go.Figure, task: str, spans: Buckets, labels: Labels) -> None:
    """Draw the median as a line, and the 95th percentile as a dotted one; the legend names the task once."""
    records = labels["records_count"].format(count="%{customdata:,}")
    for name, values, dash in (("p50", spans.p50_ms, "solid"), ("p95", spans.p95_ms, "dot")):
        figure.add_scatter(
            x=_dates(spans.time),
            y=values,
            name=f"{labels[task]} {name}",
            legendgroup=task,
            showlegend=False,
            mode="lines",
            line={"color": COLORS[task], "width": 2, "dash": dash},
            customdata=spans.records,
            hovertemplate=f"{name} %{{y:,.0f}} ms · {records}<br>%{{x|%H:%M:%S}}",
        )


def memory(frame: Frame, labels: Labels) -> dict[str, Any]:
    """Plot the resident set, in MiB, over time."""
    return _resource(frame, "memory_usage_mb", "MiB", "memory", labels)


def cpu(frame: Frame, labels: Labels) -> dict[str, Any]:
    """Plot the CPU use over time; 100 % is one core busy."""
    return _resource(frame, "cpu_usage_percent", f"% ({labels['one_core']})", "cpu", labels)


def _resource(frame: Frame, column: str, unit: str, name: str, labels: Labels) -> dict[str, Any]:
    rows = frame.where(~np.isnan(frame[column])).tail(MAX_POINTS)
    figure = go.Figure()
    figure.add_scatter(
        x=_dates(rows.time),
        y=rows[column],
        mode="lines",
        line={"color": COLORS[name], "width": 2},
        hovertemplate=f"%{{y:.0f}} {unit.split(maxsplit=1)[0]}<br>%{{x|%H:%M:%S}}<extra></extra>",
    )
    figure.update_yaxes(title=unit, rangemode="tozero")
    return _finish(figure, labels[f"{name}_title"], labels["no_data"])


def _dates(seconds: np.ndarray) -> np.ndarray:
    return (seconds * 1000).astype("datetime64[ms]")


def _finish(figure: go.Figure, title: str, no_data: str) -> dict[str, Any]:
    if not any(len(trace.x) for trace in figure.data):
        figure.update_xaxes(visible=False)
        figure.update_yaxes(visible=False)
        figure.add_annotation(text=no_data, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)
    figure.update_layout(
        title={"text": title, "x": 0, "xref": "paper", "y": 0.96, "yanchor": "top", "font": {"size": 15}},
        template="none",
        height=320,
        margin={"l": 60, "r": 16, "t": 64, "b": 36},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        hovermode="closest",
        uirevision="keep",  # a zoom stays when new data arrives
        meta={"description": title},
    )
    plain: dict[str, Any] = figure.to_plotly_json()
    return plain
