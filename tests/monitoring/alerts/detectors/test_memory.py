"""The resident set: over its limit."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.observation import Observation
from tests.monitoring.alerts.helpers import (
    MEMORY_MB,
    a_machine,
    engine_of,
    feed,
    observed,
    rules,
    sample,
    short,
    told,
)
from tests.monitoring.helpers import MOMENT

HOUR = 3600


def samples(
    until: float, memory: Callable[[float], float], every: float = 5, start: float = 0
) -> Iterator[Observation]:
    """Yield looks at a resident set that depends on the second."""
    for second in np.arange(start, until, every).tolist():
        yield sample(second, memory(second))


def noise(second: float) -> float:
    """Return some MiB that come and go, the same in each run."""
    return 12 * math.sin(second) ** 2 + 8 * math.cos(second * 1.7) ** 2


def test_memory_over_the_limit_fires_when_it_lasts() -> None:
    """Half a minute over the limit is an alert, a shorter peak and a value at the limit are none."""
    engine = engine_of("memory_limit", limit_mb=2048, for_seconds=30)
    at_limit = samples(60, lambda second: 2048)
    peak = samples(85, lambda second: 3000, start=60)
    below = samples(100, lambda second: 1000, start=85)
    assert feed(engine, [*at_limit, *peak, *below]) == []
    (change,) = feed(engine, samples(200, lambda second: 2049 + second, start=100))
    assert short([change]) == [("fired", "system", 130)]
    assert (change.since, change.value, change.limit) == (MOMENT + 100, 2179, 2048)
    assert (change.level, change.measure) == ("ERROR", "memory, MiB")


def test_memory_is_resolved_clearly_below_the_limit() -> None:
    """97 % of the limit and less, for ten seconds, is fine again."""
    engine = engine_of("memory_limit", limit_mb=1000, for_seconds=0, clear_share=0.97, resolve_seconds=10)
    assert len(feed(engine, [sample(0, 1100)])) == 1
    assert feed(engine, samples(60, lambda second: 971, start=5)) == []
    assert short(feed(engine, samples(100, lambda second: 970, start=60))) == [("resolved", "system", 65)]


def test_a_request_tells_memory_too() -> None:
    """A log without samples has the resident set in its requests; a record without it says nothing."""
    engine = engine_of("memory_limit", limit_mb=1000, for_seconds=0)
    assert len(feed(engine, [observed(0, memory_usage_mb=1001.0), observed(1)])) == 1


@pytest.mark.parametrize("said", [{}, {"memory_total_mb": 1000}, {"memory_total_mb": "1000"}])
def test_an_automatic_limit_is_that_of_the_machine(said: dict[str, Any]) -> None:
    """It is 80 % of the reader's memory, until the record of a start tells that of its own machine."""
    limit = 0.8 * float(str(said.get("memory_total_mb", MEMORY_MB)))
    engine = engine_of("memory_limit", limit_mb="auto", for_seconds=0)
    records = [told(0, "app.started", **said), sample(1, limit), sample(2, limit + 1)]
    (change,) = feed(engine, records)
    assert short([change]) == [("fired", "system", 2)]
    assert change.limit == pytest.approx(limit)


@pytest.mark.parametrize("odd", [None, True, -5, 0, "much", [1], {}, 10**400, math.nan])
def test_a_start_that_tells_no_memory_changes_no_limit(odd: object) -> None:
    """Values that are no amount of memory, or number of cores, are not taken over."""
    engine = engine_of("memory_limit", limit_mb="auto", for_seconds=0)
    records = [told(0, "app.started", memory_total_mb=odd, cpu_cores=odd), sample(1, 0.8 * MEMORY_MB + 1)]
    (change,) = feed(engine, records)
    assert change.limit == pytest.approx(0.8 * MEMORY_MB)


def test_engines_do_not_share_what_a_start_told() -> None:
    """The machine that an engine was given stays as it was."""
    machine = a_machine()
    feed(AlertEngine(rules(), machine), [told(0, "app.started", memory_total_mb=1, cpu_cores=64)])
    assert machine == a_machine()
