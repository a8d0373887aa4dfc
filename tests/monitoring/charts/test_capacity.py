"""The chart of the capacity."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from monitoring.analysis.limits import Limits
from monitoring.capacity.estimate import Capacity
from monitoring.charts.capacity import SHOWN_LIMITS, capacity
from tests.monitoring.charts.helpers import WORDS, traces_of, values

OWN_WORDS = {
    **WORDS,
    "capacity_title": "Capacity",
    "capacity_few": "{count} messages are too few, {needed} are not",
    "capacity_no_waits": "no waits",
    "capacity_most": "most",
    "capacity_free": "{share} % free",
    "capacity_over": "{share} % too many",
    "capacity_memory": "memory: {limit} MiB at {moment}",
    "capacity_told": "{most} a minute, now {now}, {headroom}, from {count} messages",
    "messages_per_minute": "messages a minute",
}
FOUND = Capacity(
    per_minute=12.34,
    now_per_minute=3.085,
    headroom=0.75,
    messages=1234,
    reason="",
    memory_full_at=None,
    answer_tasks=("sentiment",),
    answer_limit_ms=2000.0,
    ttft_limit_ms=2000.0,
    rates=np.array([5.0, 10, 15]),
    answer_ms=np.array([300.0, 400, 500]),
    ttft_ms=np.array([600.0, 1500, 9000]),
)
NONE = Capacity(None, 1.0, None, 7, "few_messages", None, (), 2000.0, 2000.0, *(np.empty(0),) * 3)


def test_both_curves_are_drawn() -> None:
    """Each 95th percentile is a line over the rates."""
    traces = traces_of(capacity(FOUND, Limits(), OWN_WORDS))
    assert {name: values(trace["y"]) for name, trace in traces.items()} == {
        "情感分析": [300, 400, 500],
        "first token": [600, 1500, 9000],
    }
    assert all(values(trace["x"]) == [5, 10, 15] for trace in traces.values())


def test_a_log_without_answers_has_one_curve() -> None:
    """A program that only streams replies has no percentile of answers, and no limit for them."""
    streamed = replace(FOUND, answer_tasks=(), answer_ms=np.full(3, np.nan))
    figure = capacity(streamed, Limits(), OWN_WORDS)
    assert list(traces_of(figure)) == ["first token"]


def test_limit_and_rates_are_lines() -> None:
    """Equal limits are one dashed line; the rate that can be taken and the one of now stand upright."""
    limit, most, now = capacity(FOUND, Limits(), OWN_WORDS)["layout"]["shapes"]
    assert (limit["y0"], limit["line"]["dash"], limit["label"]["text"]) == (2000, "dash", "limit")
    assert (most["x0"], most["x1"], most["label"]["text"]) == (12.34, 12.34, "most 12.3")
    assert (now["x0"], now["x1"], now["label"]["text"]) == (3.085, 3.085, "now 3.1")


def test_different_limits_have_names() -> None:
    """Two limits are two lines, each with what it is a limit of."""
    shapes = capacity(replace(FOUND, answer_limit_ms=1000.0), Limits(), OWN_WORDS)["layout"]["shapes"]
    assert [(shape["y0"], shape["label"]["text"]) for shape in shapes[:2]] == [
        (1000, "limit 情感分析"),
        (2000, "limit first token"),
    ]


def test_the_axis_ends_above_the_limit() -> None:
    """Beyond the capacity times grow without bound: the axis does not."""
    layout = capacity(FOUND, Limits(), OWN_WORDS)["layout"]
    assert layout["yaxis"]["range"] == [0, SHOWN_LIMITS * 2000]


def test_the_figures_are_told() -> None:
    """The description says what the lines show."""
    meta = capacity(FOUND, Limits(), OWN_WORDS)["layout"]["meta"]
    assert meta["description"] == "Capacity. 12.3 a minute, now 3.1, 75 % free, from 1,234 messages"


def test_more_than_it_can_take_is_told() -> None:
    """A headroom below nothing is a surplus of messages."""
    over = replace(FOUND, now_per_minute=24.68, headroom=-1.0)
    assert "now 24.7, 100 % too many" in capacity(over, Limits(), OWN_WORDS)["layout"]["meta"]["note"]


def test_when_memory_is_full_is_told() -> None:
    """With the rate, or alone where there are too few messages for one."""
    full = 1_700_000_000.0
    for found, before in ((FOUND, "messages; "), (NONE, "20 are not; ")):
        note = capacity(replace(found, memory_full_at=full), Limits(), OWN_WORDS)["layout"]["meta"]["note"]
        assert note.endswith(f"{before}memory: 2,048 MiB at 2023-11-14T22:13Z")


def test_too_few_messages_are_told() -> None:
    """Without a curve there are no lines, and a note says why."""
    layout = capacity(NONE, Limits(), OWN_WORDS)["layout"]
    assert layout["shapes"] == []
    assert layout["meta"]["note"] == "7 messages are too few, 20 are not"
    assert layout["meta"]["description"] == "Capacity. nothing yet"


def test_a_log_without_waits_is_told() -> None:
    """Another program's log may not tell its queue waits: more messages would not help."""
    figure = capacity(replace(NONE, reason="no_waits"), Limits(), OWN_WORDS)
    assert figure["layout"]["meta"]["note"] == "no waits"


def test_no_rate_is_a_rate() -> None:
    """Where even the lowest rate is too much, the line stands at zero."""
    figure = capacity(replace(FOUND, per_minute=0.0, headroom=None), Limits(), OWN_WORDS)
    assert "most 0.0" in [shape["label"]["text"] for shape in figure["layout"]["shapes"]]


@pytest.mark.parametrize("found", [FOUND, NONE])
def test_plotly_takes_the_figure(found: Capacity) -> None:
    """Every property is one that plotly knows."""
    go.Figure(capacity(found, Limits(), OWN_WORDS))
