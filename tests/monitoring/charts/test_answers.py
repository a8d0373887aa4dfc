"""The charts of the answers to typed questions."""

import pytest

from monitoring.charts import answers as figures
from monitoring.charts.answers import MAX_LABELS
from tests.monitoring.charts.helpers import WORDS, data_of, heights, seconds_of, traces_of, values
from tests.monitoring.helpers import a_record


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


def test_confidence_is_a_line_for_each_task() -> None:
    """It is the mean of each span; a task without answers has no line."""
    told = ((0, "sentiment", 0.9), (1, "sentiment", 0.7), (15, "sentiment", 0.6), (2, "topic", 0.5))
    records = [a_record(second, task_type=task, confidence=value) for second, task, value in told]
    figure = figures.confidence(data_of(*records, a_record(3, task_type="chat")), WORDS)
    traces = traces_of(figure)
    assert set(traces) == {"情感分析", "topic"}
    assert {trace["mode"] for trace in traces.values()} == {"lines+markers"}  # one span alone is no line
    sentiment = traces["情感分析"]
    assert seconds_of(sentiment["x"]) == [5, 15]
    assert values(sentiment["y"]) == pytest.approx([0.8, 0.6])
    assert figure["layout"]["meta"]["description"] == "Confidence. 情感分析: 73%; topic: 50%"


def test_without_answers_there_is_no_confidence() -> None:
    """The chart says that there is no data."""
    figure = figures.confidence(data_of(a_record(0)), WORDS)
    assert traces_of(figure) == {}
