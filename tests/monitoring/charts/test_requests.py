"""The charts of the requests."""

from monitoring.charts import requests as figures
from monitoring.charts.requests import MAX_LABELS
from tests.monitoring.charts.helpers import (
    WORDS,
    data_of,
    heights,
    seconds_of,
    traces_of,
    values,
)
from tests.monitoring.helpers import a_record, refused_requests


def test_throughput_is_per_minute() -> None:
    """Three requests in a span of 10 s are 18 a minute, however they ended."""
    records = [a_record(second, status=status) for second, status in ((0, "ok"), (1, "error"), (2, "ok"))]
    figure = figures.throughput(data_of(*records, a_record(15, task_type="sentiment")), WORDS)
    traces = traces_of(figure)
    assert heights(traces["对话"])[:3] == [18, 0, 0]
    assert heights(traces["情感分析"])[:3] == [0, 6, 0]
    assert figure["layout"]["barmode"] == "stack"
    assert "对话: highest 18.0 a minute" in figure["layout"]["meta"]["description"]


def test_throughput_has_refused_requests_without_a_record() -> None:
    """They are requests of their task; a task that has no others has bars, too, and no point anywhere."""
    records = [a_record(0), refused_requests(1, 4), refused_requests(2, 3, task_type="sentiment")]
    traces = traces_of(figures.throughput(data_of(*records), WORDS))
    assert heights(traces["对话"])[:2] == [30, 0]
    assert heights(traces["情感分析"])[:2] == [18, 0]
    assert list(traces_of(figures.speed(data_of(*records), WORDS))) == ["median"]


def test_speed_has_points_and_their_median() -> None:
    """Each chat that ended ok is a point with its request, and each span has a median."""
    told = ((0, 10.0, "ok"), (1, 20.0, "ok"), (2, 900.0, "error"), (15, 40.0, "ok"), (16, None, "ok"))
    records = (
        a_record(second, tokens_per_second=speed, status=status, request_id=str(second))
        for second, speed, status in told
    )
    figure = figures.speed(data_of(*records), WORDS)
    traces = traces_of(figure)
    assert values(traces["对话"]["y"]) == [10, 20, 40]
    assert traces["对话"]["customdata"] == ["0", "1", "15"]
    assert (seconds_of(traces["median"]["x"]), values(traces["median"]["y"])) == ([5, 15], [15, 40])
    assert figure["layout"]["meta"]["description"] == "Speed. median 20.0 tok/s"


def test_labels_are_counted() -> None:
    """Each label has its bars, in order of first use; requests without a label are not counted."""
    told = ((0, "正面"), (1, "正面"), (2, "中性"), (3, "负面"), (5, None), (15, "正面"))
    records = [a_record(second, task_type="sentiment", label=label) for second, label in told]
    figure = figures.labels(data_of(*records), WORDS)
    found = {name: heights(trace)[:2] for name, trace in traces_of(figure).items()}
    assert found == {"Positive": [2, 1], "中性": [1, 0], "Negative": [1, 0]}
    assert figure["layout"]["meta"]["description"] == "Labels. Positive 3, 中性 1, Negative 1"


def test_labels_of_several_tasks_name_their_task() -> None:
    """The same label of two tasks is counted for each of them."""
    told = (("sentiment", "正面"), ("language", "zh"), ("language", "正面"), ("embed", None))
    records = [a_record(second, task_type=task, label=label) for second, (task, label) in enumerate(told)]
    names = list(traces_of(figures.labels(data_of(*records), WORDS)))
    assert names == ["情感分析: Positive", "language: Positive", "language: zh"]


def test_endless_labels_are_summed_up() -> None:
    """The first labels have bars, all others are one, and a label of a hostile log is plain text."""
    strange = ["<b>%", *map(str, range(MAX_LABELS + 9))]
    records = [a_record(0, task_type="topic", label=label) for label in strange]
    traces = traces_of(figures.labels(data_of(*records), WORDS))
    assert len(traces) == MAX_LABELS + 1
    assert "&lt;b&gt;&#37;" in traces
    assert sum(heights(trace)[0] for trace in traces.values()) == len(strange)
    assert heights(traces["其他"])[0] == 10


def test_a_label_that_was_not_given_has_no_bars() -> None:
    """A legend names the labels that there are."""
    data = data_of(a_record(0, task_type="sentiment", label="负面"))
    assert list(traces_of(figures.labels(data, WORDS))) == ["Negative"]
