"""Requests and tasks that take too long."""

import math
from typing import Any

import pytest

from monitoring.alerts.detectors.base import MAX_TASKS
from monitoring.alerts.observation import Observation
from tests.monitoring.alerts.helpers import engine_of, feed, firing, request, short
from tests.monitoring.helpers import MOMENT

SLOW = [
    ("sentiment", {"ms": 2000.0}, {"ms": 2000.1}, "response time, ms", 2000.1, 2000.0),
    ("chat", {"ttft_ms": 2000.0}, {"ttft_ms": 2001.0}, "time to first token, ms", 2001.0, 2000.0),
    ("chat", {"tokens_per_second": 8.0}, {"tokens_per_second": 5.0}, "time for a token, ms", 200.0, 150.0),
]


@pytest.mark.parametrize(("task", "at_limit", "over", "measure", "value", "limit"), SLOW)
def test_one_slow_request_fires(
    task: str, at_limit: dict[str, Any], over: dict[str, Any], measure: str, value: float, limit: float
) -> None:
    """A request over a limit of its task fires at once and says how slow it was; at the limit it does not."""
    engine = engine_of("slow_request")
    assert feed(engine, [request(0, task, **at_limit)]) == []
    (change,) = feed(engine, [request(1, task, **over)])
    assert (change.event, change.task, change.level) == ("alert.fired", task, "WARNING")
    assert (change.measure, change.limit) == (measure, limit)
    assert change.value == pytest.approx(value)
    assert change.requests == ("r1",)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "error", "ttft_ms": 9000.0},
        {"status": "cancelled", "ttft_ms": 9000.0},
        {"ms": 60_000.0, "ttft_ms": 100.0},  # a long reply is not a slow one
        {"ttft_ms": math.nan, "tokens_per_second": 0.0},
        {"ms": math.nan},
    ],
)
def test_what_is_no_slow_request(fields: dict[str, Any]) -> None:
    """Requests that did not end well, long replies, and those that tell no time do not fire."""
    assert feed(engine_of("slow_request"), [request(0, **fields)]) == []


@pytest.mark.parametrize(
    ("fields", "measure"),
    [
        ({"ms": 2001.0}, "response time, ms"),
        ({"ms": 9e6, "ttft_ms": 2001.0}, "time to first token, ms"),
        ({"ms": 9e6, "ttft_ms": 1.0, "tokens_per_second": 5.0}, "time for a token, ms"),
    ],
)
def test_any_task_has_limits(fields: dict[str, Any], measure: str) -> None:
    """A task that no rule names is compared by what its requests tell."""
    (change,) = feed(engine_of("slow_request"), [request(0, "translate", **fields)])
    assert (change.task, change.measure) == ("translate", measure)


def test_a_task_with_its_own_limit_is_compared_with_that() -> None:
    """The limits of `[slow_request.tasks.<task>]` go first, for that task alone."""
    engine = engine_of("slow_request", tasks={"translate": {"response_ms": 9000}})
    assert feed(engine, [request(0, "translate", 8999.0)]) == []
    (own,) = feed(engine, [request(1, "translate", 9001.0)])
    (any_task,) = feed(engine, [request(2, "embed", 2001.0)])
    assert (own.task, own.limit, any_task.task, any_task.limit) == ("translate", 9000, "embed", 2000)


def test_slow_requests_are_one_alert_until_there_was_none_for_a_while() -> None:
    """Each slow request prolongs it; fast ones in between do not end it; time alone does."""
    engine = engine_of("slow_request", resolve_seconds=60)
    records = [request(0, ttft_ms=3000.0), request(30), request(50, ttft_ms=5000.0)]
    assert short(feed(engine, records)) == [("fired", "chat", 0)]
    assert engine.advance(MOMENT + 109.9) == []
    (change,) = engine.advance(MOMENT + 200)
    assert short([change]) == [("resolved", "chat", 110)]
    assert (change.value, change.requests) == (5000, ("r0", "r50"))


def test_tasks_do_not_share_an_alert() -> None:
    """A slow sentiment fires beside a slow chat, and each ends for itself."""
    engine = engine_of("slow_request", resolve_seconds=10)
    assert short(feed(engine, [request(0, ttft_ms=3000.0), request(5, "sentiment", 3000)])) == [
        ("fired", "chat", 0),
        ("fired", "sentiment", 5),
    ]
    assert short(engine.advance(MOMENT + 60)) == [("resolved", "chat", 10), ("resolved", "sentiment", 15)]


def window(count: int, slow: int, task: str = "sentiment", ms: float = 3000.0) -> list[Observation]:
    """Return requests a second apart, the last ones slow."""
    return [request(second, task, ms if second >= count - slow else 100) for second in range(count)]


def test_a_slow_task_fires_by_its_95th_percentile() -> None:
    """Two slow ones of ten lift it over the limit; the alert names them and tells the percentile."""
    (change,) = feed(engine_of("slow_task"), window(10, 2))
    assert (change.event, change.task, change.measure) == ("alert.fired", "sentiment", "p95, ms")
    assert (change.value, change.limit, change.requests) == (3000, 2000, ("r8", "r9"))


@pytest.mark.parametrize(
    "records",
    [
        window(9, 9),  # too few to say
        window(40, 2),  # two of forty lie above the percentile
        window(10, 10, ms=2000),
        [each._replace(status="error") for each in window(10, 10)],
        [each._replace(response_time_ms=math.nan) for each in window(20, 20)],
        [request(40 * second, "sentiment", 3000) for second in range(30)],  # never ten within 300 s
    ],
)
def test_what_is_no_slow_task(records: list[Observation]) -> None:
    """Too few, a few outliers, values at the limit, failures and unknown times do not fire."""
    assert feed(engine_of("slow_task"), records) == []


def test_a_chat_is_slow_by_its_first_token() -> None:
    """The response time counts only where a log does not tell the time to the first token."""
    quick = [request(second, ms=60_000, ttft_ms=100.0) for second in range(20)]
    assert feed(engine_of("slow_task"), quick) == []
    assert feed(engine_of("slow_task"), window(10, 10, "chat"))[0].task == "chat"
    late = [request(second, ms=100, ttft_ms=3000.0) for second in range(10)]
    assert feed(engine_of("slow_task"), late)[0].value == 3000


def test_a_slow_task_may_have_a_limit_of_its_own() -> None:
    """A limit in `[slow_task.tasks.<task>]` is for that task; all others keep the one for any."""
    engine = engine_of("slow_task", tasks={"translate": {"limit_ms": 5000}})
    assert feed(engine, window(10, 10, "translate")) == []
    (change,) = feed(engine, window(10, 10, "embed"))
    assert (change.task, change.limit) == ("embed", 2000)


def test_endless_task_names_are_bounded() -> None:
    """A log of endless tasks is watched for the first ones; the others cost no memory."""
    engine = engine_of("slow_task", requests=1)
    changes = feed(engine, [request(0, f"task-{number}", 3000.0) for number in range(MAX_TASKS + 50)])
    assert [change.task for change in changes] == [f"task-{number}" for number in range(MAX_TASKS)]


def test_a_slow_task_is_resolved_when_it_is_clearly_faster() -> None:
    """Between nine tenths of the limit and the limit the alert stays; below, it ends after a while."""
    engine = engine_of("slow_task", window_seconds=30, resolve_seconds=10)
    assert len(feed(engine, window(10, 10))) == 1
    near = [request(second, "sentiment", 1900) for second in range(10, 100)]
    assert feed(engine, near) == []
    fast = [request(second, "sentiment", 1800) for second in range(100, 200)]
    (change,) = feed(engine, fast)
    # p95 of a window of 31 s is 1800 as soon as one of 1900 is left in it: at 128 s two of 31 are
    assert change.event == "alert.resolved"
    assert 128 <= change.time - MOMENT <= 140


def test_a_slow_task_without_requests_is_resolved_by_time() -> None:
    """What is slow ages: with nothing left in the window nothing is known to be slow."""
    engine = engine_of("slow_task", window_seconds=300, resolve_seconds=30)
    assert len(feed(engine, window(10, 10))) == 1
    assert engine.advance(MOMENT + 290) == []
    assert firing(engine) == {("slow_task", "sentiment")}
    # the first of ten leaves after second 300: nine are too few; it was bad for the last time at 300
    assert short(engine.advance(MOMENT + 600)) == [("resolved", "sentiment", 330)]
