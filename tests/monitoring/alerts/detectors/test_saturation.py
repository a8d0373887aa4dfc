"""Cores that are busy while requests wait."""

import math
from collections.abc import Iterator

import pytest

from monitoring.alerts.observation import Observation
from tests.monitoring.alerts.helpers import engine_of, feed, request, sample, short, told
from tests.monitoring.helpers import MOMENT


def load(until: int, cpu: float, wait_ms: float, start: int = 0) -> Iterator[Observation]:
    """Yield a look at two cores each 5 s, and a request each second."""
    for second in range(start, until):
        if second % 5 == 0:
            yield sample(second, cpu=cpu)
        yield request(second + 0.5, queue_wait_ms=wait_ms)


def test_busy_cores_and_waiting_requests_fire() -> None:
    """Three seconds of both are an alert that names a request and tells its wait."""
    (change,) = feed(engine_of("queue_backing_up"), load(20, 195, 1500))
    assert change.event == "alert.fired"
    assert change.since == MOMENT + 0.5
    assert change.time == MOMENT + 3.5
    assert (change.measure, change.value, change.limit) == ("queue wait, ms", 1500, 1000)
    assert set(change.requests) <= {f"r{second}.5" for second in range(4)}
    assert change.requests


@pytest.mark.parametrize(
    ("cpu", "wait_ms"), [(189, 1500), (200, 1000), (math.nan, 1500), (200, math.nan), (0, 0)]
)
def test_one_of_both_is_not_enough(cpu: float, wait_ms: float) -> None:
    """Cores with room, waits at the limit, and what a log does not tell, do not fire."""
    assert feed(engine_of("queue_backing_up"), load(120, cpu, wait_ms)) == []


def test_the_cores_are_those_of_the_start() -> None:
    """What a start tells of its machine counts for what is busy."""
    started = told(0, "app.started", cpu_cores=8)
    assert feed(engine_of("queue_backing_up"), [started, *load(60, 200, 5000)]) == []
    assert len(feed(engine_of("queue_backing_up"), [started, *load(60, 780, 5000)])) == 1


def test_a_queue_that_is_short_again_resolves() -> None:
    """The processor may stay busy: when nobody waits for a while, it is over."""
    engine = engine_of("queue_backing_up", resolve_seconds=20)
    assert len(feed(engine, load(30, 200, 2000))) == 1
    (change,) = feed(engine, load(100, 200, 10, start=30))
    assert change.event == "alert.resolved"
    # bad for the last time at the look at 30 s, just before the first short wait at 30.5 s
    assert change.time == MOMENT + 50


def test_what_was_seen_gets_old() -> None:
    """A wait of long ago says nothing: without records the alert is resolved by time."""
    engine = engine_of("queue_backing_up", resolve_seconds=20)
    assert len(feed(engine, load(10, 200, 2000))) == 1
    (change,) = engine.advance(MOMENT + 600)
    assert short([change]) == [("resolved", "system", 30)]  # busy at 5 s counts for 6 s


def test_one_long_wait_alone_does_not_last() -> None:
    """A request that waited long, and others that did not, are no queue that backs up."""
    records = [sample(0, cpu=200), request(1, queue_wait_ms=9000.0), *load(60, 200, 5, start=2)]
    assert feed(engine_of("queue_backing_up"), records) == []


def test_a_task_that_goes_first_does_not_hide_one_that_waits() -> None:
    """A sentiment is one step and hardly waits; chats that wait beside it are a queue all the same."""
    records = [
        each
        for second in range(20)
        for each in (
            sample(second, cpu=200),
            request(second + 0.2, queue_wait_ms=3000.0),
            request(second + 0.4, "sentiment", queue_wait_ms=5.0),
        )
    ]
    (change,) = feed(engine_of("queue_backing_up"), records)
    assert (change.event, change.value) == ("alert.fired", 3000)
