"""The charts of the requests."""

from monitoring.charts import requests as figures
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
