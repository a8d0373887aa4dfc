"""The charts of the requests' times."""

from dataclasses import replace

import numpy as np
import pytest

from monitoring.analysis.limits import Limits, TaskLimits
from monitoring.analysis.time_range import MAX_TASKS
from monitoring.charts import latency as figures
from monitoring.charts import requests
from monitoring.charts.latency import (
    HISTOGRAM_BARS,
    MAX_FAILURES,
    MAX_NAMED_FAILURES,
    MAX_POINTS,
    SYMBOLS,
)
from monitoring.charts.parts import TASK_COLORS
from monitoring.charts.traces import COLORS
from tests.monitoring.charts.helpers import (
    LENGTH,
    WORDS,
    Chart,
    chat,
    data_of,
    heights,
    note,
    seconds_of,
    traces_of,
    values,
    varied,
)
from tests.monitoring.helpers import Record, a_record


def test_latency_has_a_cloud_a_task() -> None:
    """Each task's times are a trace of its own, named in the reader's language; samples are in none."""
    data = data_of(
        a_record(1, response_time_ms=100),
        a_record(2, response_time_ms=20, task_type="sentiment"),
        a_record(3, response_time_ms=300),
        a_record(4, event="resource.sample", task_type="system"),
    )
    traces = traces_of(figures.latency(data, WORDS))
    assert (seconds_of(traces["对话"]["x"]), values(traces["对话"]["y"])) == ([1, 3], [100, 300])
    assert values(traces["情感分析"]["y"]) == [20]


def test_a_point_knows_its_request() -> None:
    """Points carry their requests' ids, in the order of time, whatever that of the log is."""
    data = data_of(*(a_record(second, request_id=f"id {second}") for second in (3, 1, 2)))
    trace = traces_of(figures.latency(data, WORDS))["对话"]
    assert seconds_of(trace["x"]) == [1, 2, 3]
    assert trace["customdata"] == ["id 1", "id 2", "id 3"]


def test_reduced_points_keep_their_requests() -> None:
    """Where points are left out, those that stay still carry their own ids, failures as well."""
    count = 5000
    data = data_of(
        *(
            a_record(
                LENGTH * i / count,
                response_time_ms=i + 1,
                request_id=str(i + 1),
                status="error" if i % 2 else "ok",
            )
            for i in range(count)
        )
    )
    traces = traces_of(figures.latency(data, WORDS))
    for name, most in (("对话", MAX_POINTS), ("对话 not ok", MAX_FAILURES)):
        trace = traces[name]
        assert trace["customdata"] == [f"{value:.0f}" for value in values(trace["y"])]
        assert most / 2 < len(trace["customdata"]) <= most


def test_failures_stand_apart() -> None:
    """Requests that failed are a trace of their own, each with its status's symbol and word."""
    records = [a_record(i, status=status) for i, status in enumerate(("ok", *SYMBOLS, "strange", None))]
    traces = traces_of(figures.latency(data_of(*records), WORDS))
    failures = traces["对话 not ok"]
    assert seconds_of(traces["对话"]["x"]) == [0, 5]
    assert seconds_of(failures["x"]) == [1, 2, 3, 4]
    assert failures["marker"]["symbol"] == [*SYMBOLS.values(), "circle-open"]
    assert failures["text"] == ["failed", "stopped", "refused", "not ok"]
    assert len(set(SYMBOLS.values())) == len(SYMBOLS)


def test_without_failures_there_is_no_trace_of_them() -> None:
    """A legend does not speak of failures that were not."""
    assert not any("not ok" in name for name in traces_of(figures.latency(data_of(a_record(1)), WORDS)))


@pytest.mark.parametrize(("count", "is_named"), [(MAX_NAMED_FAILURES, True), (MAX_NAMED_FAILURES + 1, False)])
def test_many_tasks_are_named_once_in_the_legend(count: int, is_named: bool) -> None:
    """With many tasks failures are not named beside the others, unless a task has nothing else."""
    tasks = [f"task {number}" for number in range(count)]
    records = [a_record(1, task_type=task, status=status) for task in tasks for status in ("ok", "error")]
    records.append(a_record(2, task_type=tasks[0], status="cancelled"))
    traces = traces_of(figures.latency(data_of(*records), WORDS))
    assert {traces[f"{task} not ok"]["showlegend"] for task in tasks} == {is_named}
    alone = [a_record(1, task_type=task, status="error") for task in tasks]
    traces = traces_of(figures.latency(data_of(*alone), WORDS))
    assert {traces[f"{task} not ok"]["showlegend"] for task in tasks} == {True}


@pytest.mark.parametrize(("records", "text"), [([a_record(1)], WORDS["log_scale"]), ([], "")])
def test_response_times_may_be_shown_on_a_logarithmic_axis(records: list[Record], text: str) -> None:
    """The chart names a button for that, where it has points; other charts have none."""
    data = data_of(*records)
    assert figures.latency(data, WORDS)["layout"]["meta"]["log_scale"] == text
    assert requests.throughput(data, WORDS)["layout"]["meta"]["log_scale"] == ""


def test_all_further_tasks_are_grey() -> None:
    """The tasks that have no colour of their own are told apart from those that have one."""
    tasks = [f"task {number}" for number in range(MAX_TASKS + 1)]
    traces = traces_of(figures.latency(data_of(*(a_record(1, task_type=task) for task in tasks)), WORDS))
    colors = [trace["marker"]["color"] for trace in traces.values() if trace["mode"] == "markers"]
    assert colors == [*TASK_COLORS[: MAX_TASKS - 1], COLORS["other"]]


def test_failures_are_told_in_words() -> None:
    """The description names how many requests failed, also where none ended ok."""
    records = [a_record(1, status="error"), a_record(2, status="rejected")]
    description = figures.latency(data_of(*records), WORDS)["layout"]["meta"]["description"]
    assert description == "Latency. 对话 not ok: 2 requests"
    description = figures.latency(data_of(a_record(0), *records), WORDS)["layout"]["meta"]["description"]
    assert description == "Latency. 对话: 1 requests, highest 100 ms; 对话 not ok: 2 requests"


@pytest.mark.parametrize(
    ("chart", "column", "most"),
    [
        (figures.latency, "response_time_ms", MAX_POINTS),
        (requests.speed, "tokens_per_second", requests.MAX_POINTS),
    ],
)
def test_peaks_survive_fewer_points(chart: Chart, column: str, most: int) -> None:
    """Of 5,000 points some hundreds are shown, the lowest and the highest among them, and a note says so."""
    count, peaks = 5000, {1234: 9000.0, 4321: 1.0}
    records = (a_record(LENGTH * i / count, **{column: peaks.get(i, 500.0)}) for i in range(count))
    figure = chart(data_of(*records), WORDS)
    shown = values(traces_of(figure)["对话"]["y"])
    assert (min(shown), max(shown)) == (1, 9000)
    assert len(shown) <= most
    assert note(figure) == f"{len(shown):,} of 5,000 points"


def test_percentiles_are_numpys_of_each_span() -> None:
    """The lines for the median and p95 are of a span's requests that ended ok, and say of how many."""
    records = varied(2000)
    traces = traces_of(figures.latency(data_of(*records), WORDS))
    for task in ("sentiment", "chat"):
        # a span is 10 s: 2000 records in 600 s are 33 or 34 of them
        spans: dict[int, list[float]] = {}
        for number, record in enumerate(records):
            if (record["task_type"], record.get("status")) == (task, "ok"):
                second = round(LENGTH * number / 2000, 3)
                spans.setdefault(int(second // 10), []).append(record["response_time_ms"])
        for name, percent in (("p50", 50), ("p95", 95)):
            line = traces[f"{WORDS[f'task_{task}']} {name}"]
            expected = [np.percentile(times, percent) for times in spans.values()]
            assert values(line["y"]) == pytest.approx(expected, rel=1e-6)
            assert seconds_of(line["x"]) == [10 * span + 5 for span in spans]
            assert line["customdata"] == [len(times) for times in spans.values()]
            assert "%{customdata:,} records" in line["hovertemplate"]


def test_spans_without_requests_are_not_in_the_lines() -> None:
    """A line goes from span to span that has requests; failures and unknown times do not count."""
    data = data_of(
        a_record(0, response_time_ms=100),
        a_record(1, response_time_ms=200),
        a_record(30, response_time_ms=5000, status="error"),
        a_record(40, response_time_ms=None),
        a_record(595, response_time_ms=50),
    )
    traces = traces_of(figures.latency(data, WORDS))
    median, p95 = traces["对话 p50"], traces["对话 p95"]
    assert (seconds_of(median["x"]), values(median["y"])) == ([5, 595], [150, 50])
    assert values(p95["y"]) == pytest.approx([195, 50])
    assert median["customdata"] == p95["customdata"] == [2, 1]
    assert median["line"]["dash"] != p95["line"]["dash"]
    assert "情感分析 p95" not in traces


def test_the_legend_names_each_task_once() -> None:
    """A click on a task's name hides its points and its lines together."""
    data = figures.latency(data_of(a_record(0, task_type="sentiment"), a_record(1)), WORDS)["data"]
    assert [trace["name"] for trace in data if trace.get("showlegend", True)] == ["情感分析", "对话"]
    groups = {trace["name"].split()[0]: trace["legendgroup"] for trace in data}
    assert groups == {"情感分析": TASK_COLORS[0], "对话": TASK_COLORS[1]}


@pytest.mark.parametrize(
    ("chart", "limit", "name"),
    [
        (figures.latency, Limits().response_ms, "limit 情感分析, embed"),
        (figures.phases, Limits().ttft_ms, "limit first token"),
    ],
)
def test_a_limit_is_a_line_across(chart: Chart, limit: float, name: str) -> None:
    """The limits of response times and first tokens are dashed lines with their names."""
    answers = [a_record(second, task_type=task) for second, task in ((2, "sentiment"), (3, "embed"))]
    (shape,) = chart(data_of(chat(1), *answers), WORDS)["layout"]["shapes"]
    assert (shape["y0"], shape["y1"], shape["label"]["text"]) == (limit, limit, name)
    assert (shape["xref"], shape["x0"], shape["x1"], shape["line"]["dash"]) == ("paper", 0, 1, "dash")


def test_limits_of_single_tasks_are_lines_with_their_names() -> None:
    """A task with its own limit has its own line; the first token's lines name their tasks then, too."""
    own = TaskLimits("translate", 5000, 700)
    records = [chat(1), chat(2, task_type="translate"), a_record(3, task_type="embed")]
    data = replace(data_of(*records), limits=Limits(tasks=(own,)))
    lines = [
        (shape["y0"], shape["label"]["text"])
        for make in (figures.latency, figures.phases)
        for shape in make(data, WORDS)["layout"]["shapes"]
    ]
    assert lines == [
        (2000, "limit embed"),
        (2000, "limit first token 对话"),
        (700, "limit first token translate"),
    ]


def test_phases_add_up_to_the_response_time() -> None:
    """A span's means of waiting, prefill and decode are together its mean response time."""
    data = data_of(
        chat(0),
        chat(5, response_time_ms=2000, queue_wait_ms=None),
        chat(7, ttft_ms=500, queue_wait_ms=600),  # waits no longer than until its first token
        chat(12, response_time_ms=400),
        chat(14, ttft_ms=None, response_time_ms=9e6),  # its parts are not known
        chat(15, status="error", response_time_ms=9e6),
    )
    traces = traces_of(figures.phases(data, WORDS))
    assert list(traces) == ["排队", "读题", "生成"]
    parts = np.array([heights(trace) for trace in traces.values()])
    assert parts.sum(axis=0)[:3] == pytest.approx([4000 / 3, 400, 0])
    assert parts[:, 0] == pytest.approx([200, 500 / 3, 2900 / 3])
    assert parts[:, 1].tolist() == [100, 200, 100]


def test_without_first_tokens_there_are_no_phases() -> None:
    """Chats that do not tell their first token leave the chart empty."""
    assert figures.phases(data_of(chat(1, ttft_ms=None)), WORDS)["data"] == []


def test_a_phase_that_nobody_tells_is_left_out() -> None:
    """Where the response times are unknown, so is the decode, and no word says nan."""
    figure = figures.phases(data_of(chat(1, response_time_ms=None)), WORDS)
    assert list(traces_of(figure)) == ["排队", "读题"]
    assert figure["layout"]["meta"]["description"] == "Phases. 排队 100 ms, 读题 200 ms"


def test_histogram_counts_every_request_once() -> None:
    """Bars add up to the requests that ended ok, and each bar is as many times as long as the one before."""
    records = varied(1000)
    traces = traces_of(figures.histogram(data_of(*records), WORDS))
    for task in ("sentiment", "chat"):
        times = np.array(
            [
                record["response_time_ms"]
                for record in records
                if (record["task_type"], record.get("status")) == (task, "ok")
            ]
        )
        trace = traces[WORDS[f"task_{task}"]]
        centers, widths = np.array(values(trace["x"])), np.array(values(trace["width"]))
        ratios = centers[1:] / centers[:-1]
        assert sum(values(trace["y"])) == len(times)
        assert len(centers) == HISTOGRAM_BARS
        assert ratios == pytest.approx(np.full(HISTOGRAM_BARS - 1, ratios[0]), rel=1e-5)
        assert widths[1:] / widths[:-1] == pytest.approx(ratios, rel=1e-5)
        edges = centers[0] / np.sqrt(ratios[0]) * ratios[0] ** np.arange(HISTOGRAM_BARS + 1)
        below = np.cumsum(values(trace["y"]))
        middle = HISTOGRAM_BARS // 2
        assert below[middle - 1] == (times < edges[middle]).sum()


@pytest.mark.parametrize("times", [[100], [7, 7, 7], [1e-3, 1e9], [0, 5]])
def test_histogram_takes_any_times(times: list[float]) -> None:
    """One value, equal ones, and those far apart all have their bar; those without length have none."""
    data = data_of(*(a_record(second, response_time_ms=time) for second, time in enumerate(times)))
    trace = traces_of(figures.histogram(data, WORDS))["对话"]
    assert len(values(trace["y"])) == HISTOGRAM_BARS
    assert sum(values(trace["y"])) == sum(time > 0 for time in times)
