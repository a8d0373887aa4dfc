"""The charts, as plain dicts."""

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from plotly.utils import PlotlyJSONEncoder

from monitoring import figures
from monitoring.figures import MAX_POINTS, SYMBOLS, Labels
from monitoring.window import Frame
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import a_record

LABELS = {
    "no_data": "nothing yet",
    "sentiment": "情感分析",
    "chat": "对话",
    "latency_title": "Latency",
    "memory_title": "Memory",
    "cpu_title": "CPU",
    "one_core": "100 = one core",
    "records_count": "{count} records",
}
HOSTILE = "</script><img src=x onerror=alert(1)>\u2028\x00'\"%{y}"
CHARTS = (figures.latency, figures.memory, figures.cpu)
Chart = Callable[[Frame, Labels], dict[str, Any]]


def values(column: Any) -> list[Any]:
    """Return a trace's values, which plotly may have packed."""
    if isinstance(column, dict):
        unpacked: list[Any] = np.frombuffer(base64.b64decode(column["bdata"]), column["dtype"]).tolist()
        return unpacked
    return list(column)


def traces_of(figure: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a figure's traces by name."""
    return {trace["name"]: trace for trace in figure["data"]}


def as_json(figure: dict[str, Any]) -> dict[str, Any]:
    """Return the figure as a browser gets it; fails where it is no strict JSON."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    plain: dict[str, Any] = json.loads(json.dumps(figure, cls=PlotlyJSONEncoder), parse_constant=refuse)
    return plain


@pytest.mark.parametrize("chart", CHARTS)
def test_an_empty_window_gives_an_empty_chart(chart: Chart) -> None:
    """Without records there is a figure with its title, no points, and a word that says so."""
    figure = chart(frame_of(), LABELS)
    assert all(values(trace["y"]) == [] for trace in figure["data"])
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["nothing yet"]
    assert as_json(figure)["layout"]["title"]["text"] in ("Latency", "Memory", "CPU")


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_is_json(chart: Chart) -> None:
    """A figure of any records becomes strict JSON, with every trace in it."""
    figure = chart(frame_of(a_record(1), a_record(2, response_time_ms=None, memory_usage_mb=None)), LABELS)
    assert len(as_json(figure)["data"]) == len(figure["data"])


@pytest.mark.parametrize("chart", CHARTS)
def test_hostile_records_do_not_break_a_chart(chart: Chart) -> None:
    """Markup and control characters from records neither fail nor get into titles and names."""
    record = a_record(request_id=HOSTILE, message=HOSTILE, label=HOSTILE, status=HOSTILE, level=HOSTILE)
    figure = chart(frame_of(record, {**a_record(), "request_id": None, "status": 5}), LABELS)
    plain = as_json(figure)
    assert "onerror" not in json.dumps(plain["layout"])
    assert not any("onerror" in str(trace.get("name")) for trace in plain["data"])


def test_latency_has_a_line_a_task() -> None:
    """Each task's times are a trace of its own, named in the reader's language."""
    frame = frame_of(
        a_record(1, response_time_ms=100),
        a_record(2, response_time_ms=20, task_type="sentiment"),
        a_record(3, response_time_ms=300),
        a_record(4, event="resource.sample", task_type="system"),
    )
    traces = traces_of(figures.latency(frame, LABELS))
    assert values(traces["对话"]["y"]) == [100, 300]
    assert values(traces["情感分析"]["y"]) == [20]


def test_percentiles_are_lines_over_the_points() -> None:
    """Each task has a line for the median and one for p95, and each point says of how many records."""
    times = [(0, 100), (0, 200), (0, 300), (600, 50)]
    frame = frame_of(*(a_record(second, response_time_ms=ms) for second, ms in times))
    traces = traces_of(figures.latency(frame, LABELS))
    median, p95 = traces["对话 p50"], traces["对话 p95"]
    assert values(median["y"]) == [200, 50]
    assert values(p95["y"]) == pytest.approx([290, 50])
    assert values(p95["customdata"]) == [3, 1]
    assert p95["hovertemplate"].startswith("p95 %{y:,.0f} ms · %{customdata:,} records")
    assert median["line"]["dash"] != p95["line"]["dash"]
    assert values(traces["情感分析 p95"]["y"]) == []


def test_the_legend_names_each_task_once() -> None:
    """A click on a task's name hides its points and its lines together."""
    data = figures.latency(frame_of(a_record(0)), LABELS)["data"]
    assert [trace["name"] for trace in data if trace.get("showlegend", True)] == ["情感分析", "对话"]
    assert {trace["name"].split()[0]: trace["legendgroup"] for trace in data} == {
        "情感分析": "sentiment",
        "对话": "chat",
    }


def test_percentiles_are_of_the_points_that_are_shown() -> None:
    """What is too old for the chart is in none of its lines."""
    old = [a_record(0, response_time_ms=1e6)] * 10
    new = (a_record(second, response_time_ms=100) for second in range(1000, 1000 + MAX_POINTS))
    traces = traces_of(figures.latency(frame_of(*old, *new), LABELS))
    assert set(values(traces["对话 p95"]["y"])) == {100}
    assert sum(values(traces["对话 p95"]["customdata"])) == MAX_POINTS


def test_times_are_utc_dates() -> None:
    """The x axis holds moments to the millisecond, in UTC."""
    trace = figures.memory(frame_of(a_record(0.25)), LABELS)["data"][0]
    assert trace["x"].tolist() == np.array(["2023-11-14T22:13:20.250"], "datetime64[ms]").tolist()


def test_the_symbol_tells_how_a_task_ended() -> None:
    """Every status has a symbol of its own; an unknown one looks like any other point."""
    records = [a_record(status=status) for status in (*SYMBOLS, "strange")]
    trace = traces_of(figures.latency(frame_of(*records), LABELS))["对话"]
    assert list(trace["marker"]["symbol"]) == [*SYMBOLS.values(), "circle"]
    assert len(set(SYMBOLS.values())) == 4


def test_a_point_knows_its_request() -> None:
    """A click on a point can tell the request's id."""
    frame = frame_of(a_record(request_id="abc", status="error"))
    trace = traces_of(figures.latency(frame, LABELS))["对话"]
    assert trace["customdata"].tolist() == [["abc", "error"]]


def test_resources_come_from_every_record_that_says_them() -> None:
    """Memory and CPU are drawn from tasks and samples alike; records without them are left out."""
    frame = frame_of(
        a_record(1, memory_usage_mb=900, cpu_usage_percent=None),
        a_record(2, memory_usage_mb=None, cpu_usage_percent=150, event="resource.sample"),
        a_record(3, memory_usage_mb=910, cpu_usage_percent=20),
    )
    assert values(figures.memory(frame, LABELS)["data"][0]["y"]) == [900, 910]
    assert values(figures.cpu(frame, LABELS)["data"][0]["y"]) == [150, 20]


def test_axes_say_their_units() -> None:
    """Milliseconds, MiB, and per cent of one core stand at the axes."""
    titles = [chart(frame_of(), LABELS)["layout"]["yaxis"]["title"]["text"] for chart in CHARTS]
    assert titles == ["ms", "MiB", "% (100 = one core)"]


def test_a_chart_shows_the_newest_points_only() -> None:
    """More points than a browser likes are cut; the newest ones stay."""
    frame = frame_of(*(a_record(second, memory_usage_mb=second) for second in range(MAX_POINTS + 5)))
    assert values(figures.memory(frame, LABELS)["data"][0]["y"]) == list(range(5, MAX_POINTS + 5))
    assert len(values(traces_of(figures.latency(frame, LABELS))["对话"]["y"])) == MAX_POINTS


def test_the_same_records_give_the_same_figure() -> None:
    """A figure is a pure function of the records: a zoom stays over updates."""
    frame = frame_of(a_record(1), a_record(2))
    assert as_json(figures.latency(frame, LABELS)) == as_json(figures.latency(frame, LABELS))
    assert figures.latency(frame, LABELS)["layout"]["uirevision"] == "keep"
