"""The traces of charts: compact arrays, lines, bars and points, as plain dicts of plotly."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

from monitoring.analysis.downsample import reduce_points
from monitoring.analysis.time_range import Records
from monitoring.analysis.timeline import Grid

Trace = dict[str, Any]
Figure = dict[str, Any]

COLORS = {
    "response": "#e8590c",
    "ttft": "#4c6ef5",
    "memory": "#0ca678",
    "cpu": "#be4bdb",
    "limit": "#e03131",
    "wait": "#868e96",
    "prefill": "#f59f00",
    "decode": "#4c6ef5",
    "other": "#868e96",
}


@dataclass(frozen=True, slots=True)
class Reduced:
    """The points of a trace that are shown, and the number of all its points."""

    time: np.ndarray
    values: np.ndarray
    # The indices of the shown records.
    rows: np.ndarray
    total: int

    @classmethod
    def of(cls, records: Records, name: str, max_points: int) -> "Reduced":
        """Choose the points of a column to show, without losing a peak."""
        rows = reduce_points(records.time, records[name], max_points)
        return cls(records.time[rows], records[name][rows], rows, len(records.known(name)))


def array(values: np.ndarray, kind: str = "f4") -> dict[str, str]:
    """Encode numbers in the binary form of plotly.js; `f4` is exact to seven digits."""
    with np.errstate(over="ignore"):  # plotly.js leaves infinities out, as what no measure can be.
        data = np.ascontiguousarray(values, dtype=f"<{kind}").tobytes()
    return {"dtype": kind, "bdata": base64.b64encode(data).decode()}


def moments(seconds: np.ndarray) -> dict[str, str]:
    """Encode times, in s since the epoch, as plotly's dates, which are in ms, UTC."""
    return array(np.round(seconds * 1000), "f8")


def line(time: np.ndarray, values: np.ndarray, name: str, color: str, hover: str, **more: Any) -> Trace:
    """Return a line; values that are NaN are left out."""
    known = ~np.isnan(values)
    style = {"color": color, "width": 2, **more.pop("line", {})}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": moments(time[known]),
        "y": array(values[known]),
        "name": name,
        "line": style,
        "hovertemplate": f"{hover}<br>%{{x|%m-%d %H:%M:%S}}<extra></extra>",
        **more,
    }


def bars(grid: Grid, values: np.ndarray, name: str, color: str, hover: str) -> Trace:
    """Return a bar for each span."""
    return {
        "type": "bar",
        "x": moments(grid.centers),
        "y": array(np.nan_to_num(values)),
        "width": float(grid.width * 1000),
        "name": name,
        "marker": {"color": color},
        "hovertemplate": f"{hover}<br>%{{x|%m-%d %H:%M:%S}}<extra></extra>",
    }


def limit_line(value: float, name: str) -> Figure:
    """Return a shape: a dashed line across the chart, with its name."""
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": value,
        "y1": value,
        "line": {"color": COLORS["limit"], "width": 1.5, "dash": "dash"},
        "label": {
            "text": name,
            "textposition": "start",
            "xanchor": "left",
            "yanchor": "bottom",
            "font": {"size": 11},
        },
    }


def cloud(done: Records, points: Reduced, name: str, color: str, unit: str, digits: int = 0) -> Trace:
    """Return a point for each request; a click on it opens the request by the id in `customdata`."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": moments(points.time),
        "y": array(points.values),
        "name": name,
        "legendgroup": color,
        # Where many points overlap, the colour is stronger.
        "opacity": 0.6,
        "marker": {"size": 7, "color": color},
        "customdata": done.frame.take(points.rows).texts("request_id").tolist(),
        "hovertemplate": f"{name} %{{y:,.{digits}f}} {unit}<br>%{{x|%m-%d %H:%M:%S}}<extra></extra>",
    }
