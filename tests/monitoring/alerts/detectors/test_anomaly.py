"""What is far outside of the past, at the load of now."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from monitoring.alerts.condition import Change
from monitoring.alerts.detectors.anomaly import LATENCY, MEMORY, SPEED
from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.observation import Observation
from tests.monitoring.alerts.helpers import engine_of, feed, request, sample
from tests.monitoring.helpers import MOMENT

BIN = 300
BORDER = BIN - MOMENT % BIN  # seconds after MOMENT at which a bin begins
HISTORY = 36  # bins, before anything is odd
REQUESTS = 20


def a_bin(number: int, count: int = REQUESTS, task: str = "chat", **fields: Any) -> Iterator[Observation]:
    """Yield requests of one bin, with a little spread that each bin has."""
    ms = fields.pop("ms", 1000)
    spread = 1 + 0.02 * (number % 3 - 1)
    for place in range(count):
        second = BORDER + (number + place / count) * BIN
        yield request(second, task, ms * spread, request_id=f"{number}-{place}", **fields)


def bins(numbers: Iterable[int], **fields: Any) -> list[Observation]:
    """Return the requests of several bins."""
    return [seen for number in numbers for seen in a_bin(number, **fields)]


def events(changes: Iterable[Change]) -> list[tuple[str, int]]:
    """Return what changed, and at the begin of which bin that was told."""
    return [(change.event, round((change.time - MOMENT - BORDER) / BIN)) for change in changes]


@pytest.fixture
def engine() -> AlertEngine:
    """Return an engine with a past of 40 bins."""
    engine = engine_of("odd")
    assert feed(engine, bins(range(40), tokens_per_second=20.0)) == []
    return engine


def test_a_latency_outside_of_the_past_fires(engine: AlertEngine) -> None:
    """Two bins at twice the time fire when the second has ended, and a bin as before resolves."""
    fired, resolved = feed(engine, [*bins([40, 41], ms=2000), *bins([42, 43])])
    assert events([fired, resolved]) == [("alert.fired", 42), ("alert.resolved", 43)]
    assert (fired.task, fired.measure) == ("chat", LATENCY)
    assert 1400 < fired.limit < 1600 < fired.value
    assert fired.requests
    assert all(name.startswith("41-") for name in fired.requests)


def test_one_odd_bin_is_not_enough(engine: AlertEngine) -> None:
    """A bin as before in between, or a pause, begins anew."""
    records = [*bins([40], ms=3000), *bins([41]), *bins([42], ms=3000), *bins([50], ms=3000), *bins([60])]
    assert feed(engine, records) == []


def test_a_bin_that_tells_too_little_is_no_odd_one(engine: AlertEngine) -> None:
    """Percentiles of nine requests say nothing, however slow."""
    assert feed(engine, [*bins([40, 41, 42], ms=9000, count=9), *bins([43])]) == []


def test_what_differs_a_little_is_not_odd(engine: AlertEngine) -> None:
    """A past that hardly varies makes nothing odd that is not half as much again."""
    assert feed(engine, [*bins(range(40, 44), ms=1400), *bins([44])]) == []


def test_what_is_faster_is_not_odd(engine: AlertEngine) -> None:
    """A latency is odd above its past alone."""
    assert feed(engine, [*bins(range(40, 44), ms=100, tokens_per_second=200.0), *bins([44])]) == []


def test_a_speed_below_its_past_fires(engine: AlertEngine) -> None:
    """Tokens come at half the speed, at the same response time."""
    (change,) = feed(engine, bins(range(40, 43), tokens_per_second=8.0))
    assert (change.measure, change.value) == (SPEED, 8)
    assert change.value < change.limit < 20


def test_a_memory_above_its_past_fires() -> None:
    """The highest sample of a bin counts, and there are no requests to name."""
    engine = engine_of("odd")
    past = [sample(BORDER + 60 * minute, 900 + minute % 4) for minute in range(5 * HISTORY)]
    leap = [sample(BORDER + 60 * minute, 1500) for minute in range(5 * HISTORY, 5 * HISTORY + 11)]
    (change,) = feed(engine, [*past, *leap])
    assert (change.task, change.measure, change.value, change.requests) == ("system", MEMORY, 1500, ())


@pytest.mark.parametrize(("past", "fires"), [(HISTORY - 2, False), (HISTORY, True)])
def test_it_needs_a_history(past: int, fires: bool) -> None:
    """Three hours of bins must have been seen before the first one can be odd."""
    engine = engine_of("odd")
    found = feed(engine, [*bins(range(past)), *bins([past, past + 1], ms=5000), *bins([past + 2])])
    assert bool(found) is fires


def test_a_load_is_compared_with_its_like() -> None:
    """Twice the time is normal under a load that always took so long, and odd under the usual one."""

    def past() -> list[Observation]:
        busy_last = [(number, number % 2) for number in range(140)]
        return [
            seen
            for number, is_busy in busy_last
            for seen in a_bin(number, count=200 if is_busy else 20, ms=2000 if is_busy else 1000)
        ]

    busy, calm = engine_of("odd"), engine_of("odd")
    assert feed(busy, past()) == feed(calm, past()) == []
    assert feed(busy, [*bins(range(140, 144), count=200, ms=2000), *bins([144])]) == []
    assert len(feed(calm, [*bins(range(140, 144), count=20, ms=2000), *bins([144])])) == 1


def test_a_new_normal_is_learned() -> None:
    """What stays odd for long becomes the past, and the alert is resolved."""
    engine = engine_of("odd", history_bins=40)
    feed(engine, bins(range(40)))
    changes = feed(engine, bins(range(40, 90), ms=2000))
    assert [change.event for change in changes] == ["alert.fired", "alert.resolved"]


def test_failures_are_no_latency(engine: AlertEngine) -> None:
    """Requests that did not end well are not looked at, however long they took."""
    assert feed(engine, [*bins(range(40, 44), ms=9000, status="error"), *bins([44])]) == []
