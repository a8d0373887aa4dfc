"""Pure functions: a window's records -> plotly figures, as plain dicts.

Colours of text, grid and background are left to the page, which knows whether it is light or dark.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from monitoring.aggregate import TASKS, finished
from monitoring.window import Frame

MAX_POINTS = 3000  # newest ones a chart shows
COLORS = {"sentiment": "#e8590c", "chat": "#4263eb", "memory": "#0ca678", "cpu": "#ae3ec9"}
SYMBOLS = {"ok": "circle", "error": "x", "cancelled": "circle-open", "rejected": "diamond-open"}

Labels = Mapping[str, str]


def latency(frame: Frame, labels: Labels) -> dict[str, Any]:
    """Plot each finished task's response time, in ms, over time; the symbol tells how it ended."""
    done = finished(frame).tail(MAX_POINTS)
    figure = go.Figure()
    for task in TASKS:
        rows = done.where(done["task_type"] == task)
        figure.add_scatter(
            x=_dates(rows.time),
            y=rows["response_time_ms"],
            name=labels[task],
            mode="lines+markers",
            line={"color": COLORS[task], "width": 1},
            marker={"size": 8, "symbol": [SYMBOLS.get(status, "circle") for status in rows["status"]]},
            customdata=np.stack([rows["request_id"], rows["status"]], axis=-1),
            hovertemplate="%{y:.0f} ms · %{customdata[1]}<br>%{x|%H:%M:%S}<br>%{customdata[0]}",
        )
    figure.update_yaxes(title="ms", rangemode="tozero")
    return _finish(figure, labels["latency_title"], labels["no_data"])


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
