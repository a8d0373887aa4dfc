"""What the tests of the charts share: words, records, data of a moment, and a look into packed arrays."""

import base64
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from monitoring.analysis.incidents import Mark
from monitoring.analysis.limits import Limits
from monitoring.analysis.time_range import SPANS, TimeRange
from monitoring.charts.parts import ChartData, Words
from monitoring.charts.traces import Figure, Trace
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import MOMENT, Record, a_record
from ui.dashboard.charts import CHARTS as PAGE_CHARTS
from ui.texts.page import EN

WORDS = {
    **EN,
    "no_data": "nothing yet",
    "task_sentiment": "情感分析",
    "task_chat": "对话",
    "memory": "内存",
    "cpu": "处理器",
    "wait": "排队",
    "prefill": "读题",
    "decode": "生成",
    "other": "其他",
    "label_正面": "Positive",
    "label_负面": "Negative",
    "latency_title": "Latency",
    "histogram_title": "Histogram",
    "phases_title": "Phases",
    "throughput_title": "Throughput",
    "speed_title": "Speed",
    "labels_title": "Labels",
    "confidence_title": "Confidence",
    "confidence_unit": "mean probability",
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
    "unexpected_end": "killed",
    "alert.fired": "alert",
    "alert.updated": "updated",
    "alert.resolved": "resolved",
    "alert.withdrawn": "withdrawn",
}
Chart = Callable[[ChartData, Words], Figure]
CHARTS: tuple[Chart, ...] = tuple(PAGE_CHARTS.values())
LENGTH = 600.0  # s that the charts show, unless told: spans of 10 s


def time_range_of(*records: Record, since: float = 0.0, until: float = LENGTH) -> TimeRange:
    """Return the records from `since` to `until`, in s after `MOMENT`."""
    return TimeRange(frame_of(*records), MOMENT + since, MOMENT + until)


def data_of(
    *records: Record, marks: Sequence[Mark] = (), since: float = 0.0, until: float = LENGTH
) -> ChartData:
    """Return what charts are drawn of, from `since` to `until`, in s after `MOMENT`."""
    return ChartData(time_range_of(*records, since=since, until=until), marks, Limits())


def is_over_time(chart: Chart) -> bool:
    """Return whether a chart's x axis is the time."""
    return bool(chart(data_of(), WORDS)["layout"]["xaxis"].get("type") == "date")


def varied(count: int) -> list[Record]:
    """Return requests and samples of every kind, evenly over the time, the same ones each time."""
    dice = np.random.default_rng(1)
    records = []
    for number in range(count):
        second = LENGTH * number / count
        if number % 10 == 9:
            records.append(
                a_record(
                    second,
                    event="resource.sample",
                    task_type="system",
                    status=None,
                    response_time_ms=None,
                    memory_usage_mb=round(900 + dice.random() * 100, 1),
                    cpu_usage_percent=round(dice.random() * 400, 1),
                )
            )
            continue
        task = "chat" if number % 2 else "sentiment"
        time = round(300 + dice.gamma(2, 300), 1)
        more: Record = {"label": ("正面", "负面", "中性")[number % 3], "confidence": 0.5 + number % 50 / 100}
        if task == "chat":
            more = {
                "queue_wait_ms": round(dice.random() * 100, 1),
                "ttft_ms": round(100 + dice.random() * 200, 1),
                "tokens_per_second": round(10 + dice.random() * 20, 1),
            }
        status = str(dice.choice(["ok", "error", "cancelled", "rejected"], p=[0.85, 0.05, 0.05, 0.05]))
        identity = dice.bytes(16).hex()
        records.append(
            a_record(
                second, task_type=task, status=status, response_time_ms=time, request_id=identity, **more
            )
        )
    return records


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


def chat(second: float, **fields: object) -> Record:
    """Return a chat's record with its times."""
    return a_record(second, **{"response_time_ms": 1000, "ttft_ms": 300, "queue_wait_ms": 100, **fields})


def heights(trace: Trace) -> list[float]:
    """Return the heights of bars, of which there is one in each span."""
    assert [(moment / 1000 - MOMENT) for moment in values(trace["x"])] == pytest.approx(
        [LENGTH / SPANS * (span + 0.5) for span in range(SPANS)]
    )
    assert trace["width"] == LENGTH / SPANS * 1000
    return values(trace["y"])


def note(figure: Figure) -> str:
    """Return what a figure says about points that are left out."""
    text: str = figure["layout"]["meta"]["note"]
    return text
