"""What the tests of the charts share: words, data of a moment, and a look into packed arrays."""

import base64
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from monitoring import figures, resource_figures
from monitoring.chart import ChartData, Figure, Trace, Words
from monitoring.filters import is_request
from monitoring.limits import Limits
from monitoring.marks import Mark
from monitoring.timeline import Grid
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import MOMENT

WORDS = {
    "no_data": "nothing yet",
    "sentiment": "情感分析",
    "chat": "对话",
    "memory": "内存",
    "cpu": "处理器",
    "wait": "排队",
    "prefill": "读题",
    "decode": "生成",
    "other": "其他",
    "正面": "Positive",
    "负面": "Negative",
    "latency_title": "Latency",
    "histogram_title": "Histogram",
    "phases_title": "Phases",
    "throughput_title": "Throughput",
    "speed_title": "Speed",
    "labels_title": "Labels",
    "memory_title": "Memory",
    "cpu_title": "CPU",
    "highest": "highest {value}",
    "limit": "limit",
    "marks": "marks",
    "not_ok": "not ok",
    "now": "now",
    "one_core": "100 = one core",
    "p50": "median",
    "per_minute": "a minute",
    "records_count": "{count} records",
    "reduced": "{shown} of {total} points",
    "requests_unit": "requests",
    "speed_unit": "tok/s",
    "trend": "trend",
    "ttft": "first token",
    "error": "failed",
    "cancelled": "stopped",
    "rejected": "refused",
    "app.started": "started",
    "app.stopped": "ended",
    "alert.fired": "alert",
    "alert.resolved": "resolved",
}
Chart = Callable[[ChartData, Words], Figure]
CHARTS: tuple[Chart, ...] = (
    figures.latency,
    figures.histogram,
    figures.phases,
    figures.throughput,
    figures.speed,
    figures.labels,
    resource_figures.memory,
    resource_figures.cpu,
)
LENGTH = 600.0  # s that the charts show, unless told


def data_of(
    *records: dict[str, Any],
    marks: Sequence[Mark] = (),
    since: float = 0.0,
    until: float = LENGTH,
    spans: int = 10,
) -> ChartData:
    """Return what charts are drawn of, from `since` to `until`, in s after `MOMENT`."""
    frame = frame_of(*records)
    grid = Grid(MOMENT + since, MOMENT + until, spans)
    return ChartData(frame, frame.where(is_request(frame)), grid, marks, Limits())


def values(column: Any) -> list[Any]:
    """Return a trace's values, which may be packed."""
    if isinstance(column, dict):
        unpacked: list[Any] = np.frombuffer(base64.b64decode(column["bdata"]), column["dtype"]).tolist()
        return unpacked
    return list(column)


def seconds_of(column: Any) -> list[float]:
    """Return a trace's moments, in s after `MOMENT`."""
    return [round(moment / 1000 - MOMENT, 3) for moment in values(column)]


def traces_of(figure: Figure) -> dict[str, Trace]:
    """Return a figure's traces by name."""
    return {trace["name"]: trace for trace in figure["data"]}
