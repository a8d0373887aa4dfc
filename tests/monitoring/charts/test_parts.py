"""What all charts share."""

import json

import msgspec
import numpy as np
import plotly.graph_objects
import pytest

from monitoring.analysis.incidents import Mark
from monitoring.charts import resources as resource_figures
from monitoring.charts.parts import MARKS, MAX_MARK_CHARS
from monitoring.charts.traces import array, moments
from tests.monitoring.charts.helpers import (
    CHARTS,
    LENGTH,
    WORDS,
    Chart,
    data_of,
    is_over_time,
    seconds_of,
    traces_of,
    values,
    varied,
)
from tests.monitoring.helpers import MOMENT, a_record

HOSTILE = "</script><img src=x onerror=alert(1)>\u2028\x00'\"%{y}"
OVER_TIME = [chart for chart in CHARTS if is_over_time(chart)]
MAX_BYTES = 250_000  # of all charts together, as JSON


@pytest.mark.parametrize("count", [0, 1, 300])
@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_is_one_that_plotly_takes(chart: Chart, count: int) -> None:
    """With records and without, a figure has no property that plotly does not know, and is strict JSON."""
    figure = chart(data_of(*varied(count), marks=[Mark(MOMENT + 1, "app.started", "here")]), WORDS)
    plotly.graph_objects.Figure(figure)
    json.dumps(figure, allow_nan=False)


@pytest.mark.parametrize("chart", CHARTS)
def test_without_records_a_chart_says_so(chart: Chart) -> None:
    """There are no points, axes or marks' feet, and the chart and its description say so."""
    figure = chart(data_of(marks=[Mark(MOMENT + 1, "app.started", "here")]), WORDS)
    layout = figure["layout"]
    assert all(values(trace["y"]) == [] for trace in figure["data"])
    assert [note["text"] for note in layout["annotations"]] == ["nothing yet"]
    assert layout["meta"]["description"] == f"{layout['meta']['title']}. nothing yet"
    assert layout["meta"]["note"] == ""
    assert not layout["xaxis"]["visible"]
    assert not layout["yaxis"]["visible"]


@pytest.mark.parametrize("chart", CHARTS)
def test_with_records_a_chart_is_told_in_words(chart: Chart) -> None:
    """The description begins with the title and names numbers, and nothing says that there is no data."""
    layout = chart(data_of(*varied(300)), WORDS)["layout"]
    assert layout["annotations"] == []
    assert layout["meta"]["title"] == WORDS[f"{chart.__name__}_title"]
    title, _, told = layout["meta"]["description"].partition(". ")
    assert title == layout["meta"]["title"]
    assert any(sign.isdigit() for sign in told)
    assert "nan" not in told
    assert layout["xaxis"]["visible"]
    assert layout["yaxis"]["visible"]


@pytest.mark.parametrize("chart", OVER_TIME)
def test_the_time_axis_is_the_time_range(chart: Chart) -> None:
    """The axis goes from the first to the last moment that is shown, wherever the records are."""
    for data in (data_of(since=20, until=90), data_of(*varied(300), since=20, until=90)):
        axis = chart(data, WORDS)["layout"]["xaxis"]
        assert axis["type"] == "date"
        assert axis["range"] == [(MOMENT + 20) * 1000, (MOMENT + 90) * 1000]


def test_all_charts_are_small() -> None:
    """However many records there are, all charts together take little of the wire."""
    data = data_of(*varied(20_000))
    assert sum(len(msgspec.json.encode(chart(data, WORDS))) for chart in CHARTS) < MAX_BYTES


@pytest.mark.parametrize("chart", CHARTS)
def test_the_same_records_give_the_same_figure(chart: Chart) -> None:
    """A figure is a pure function of the records, and what was hidden stays hidden over updates."""
    first, second = (chart(data_of(*varied(100)), WORDS) for _ in range(2))
    assert first == second
    assert first["layout"]["uirevision"] == "keep"


@pytest.mark.parametrize("chart", CHARTS)
def test_hostile_records_do_not_break_a_chart(chart: Chart) -> None:
    """Markup and plotly's placeholders from records get into no title, name or hover text."""
    hostile = dict.fromkeys(("request_id", "message", "label", "status", "level"), HOSTILE)
    records = [a_record(1, task_type=task, **hostile) for task in ("chat", "sentiment", HOSTILE)]
    figure = chart(data_of(*records), WORDS)
    plotly.graph_objects.Figure(figure)
    shown = [figure["layout"], *({**trace, "customdata": None} for trace in figure["data"])]
    for text in map(json.dumps, shown):
        assert "<img" not in text
        assert "</script" not in text
        assert "&quot;%{" not in text  # the name's own placeholder


def test_marks_are_lines_with_feet() -> None:
    """Each mark is a dotted line at its moment, and a point on the axis with its colour, symbol and text."""
    marks = [Mark(MOMENT + 10 * place, event, f"text {place}") for place, event in enumerate(MARKS)]
    figure = resource_figures.cpu(data_of(a_record(1), marks=marks), WORDS)
    shapes = figure["layout"]["shapes"]
    moments = [10 * place for place in range(len(MARKS))]
    assert [shape["x0"] / 1000 - MOMENT for shape in shapes] == moments
    assert [shape["line"]["color"] for shape in shapes] == [color for color, _ in MARKS.values()]
    feet = traces_of(figure)["marks"]
    assert (seconds_of(feet["x"]), values(feet["y"])) == (moments, [0] * len(MARKS))
    axis = figure["layout"]["yaxis2"]
    assert (feet["yaxis"], axis["overlaying"], axis["range"]) == ("y2", "y", [0, 1])  # whatever the scale is
    assert feet["marker"]["symbol"] == [symbol for _, symbol in MARKS.values()]
    assert feet["text"] == [f"{WORDS[event]}: text {place}" for place, event in enumerate(MARKS)]


def test_marks_come_after_the_limits() -> None:
    """A chart with a limit has its line and those of the marks."""
    figure = resource_figures.memory(data_of(a_record(1), marks=[Mark(MOMENT, "alert.fired", "")]), WORDS)
    assert [shape["line"]["dash"] for shape in figure["layout"]["shapes"]] == ["dash", "dot"]


def test_a_marks_text_is_escaped_and_short() -> None:
    """Markup in a mark's text is shown as text, and a long one is cut, never within an entity."""
    marks = [Mark(MOMENT, "alert.fired", HOSTILE), Mark(MOMENT, "alert.fired", "<" * 500)]
    feet = traces_of(resource_figures.cpu(data_of(a_record(1), marks=marks), WORDS))["marks"]
    assert feet["text"][0].startswith("alert: &lt;/script&gt;&lt;img src=x")
    assert feet["text"][1] == "alert: " + "&lt;" * MAX_MARK_CHARS
    assert not any("<" in text for text in feet["text"])


def test_a_chart_without_marks_has_no_feet() -> None:
    """Where nothing happened the legend does not speak of marks."""
    assert "marks" not in traces_of(resource_figures.cpu(data_of(a_record(1)), WORDS))


def test_few_points_need_no_note() -> None:
    """Where all points are shown nothing is said about it."""
    assert {chart(data_of(*varied(100)), WORDS)["layout"]["meta"]["note"] for chart in CHARTS} == {""}


def test_numbers_are_packed() -> None:
    """Arrays are little-endian and base64, moments exact to the millisecond."""
    assert array(np.array([1.0, 2.0])) == {"dtype": "f4", "bdata": "AACAPwAAAEA="}
    assert values(array(np.array([1, 2**32 - 1]), "u4")) == [1, 2**32 - 1]
    assert values(moments(np.array([MOMENT + 0.123]))) == [MOMENT * 1000 + 123]
    assert seconds_of(moments(np.array([MOMENT + LENGTH]))) == [LENGTH]
