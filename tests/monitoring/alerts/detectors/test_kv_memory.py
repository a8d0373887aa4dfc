"""What KV caches explain of a growth of the memory."""

import math

import pytest

from monitoring.alerts.detectors.kv_memory import OVERHEAD, KVMemory
from monitoring.alerts.observation import Observation
from tests.monitoring.alerts.helpers import sample
from tests.monitoring.helpers import MOMENT


def a_look(second: float, kv_mb: float, budget_mb: float = 500.0, memory_mb: float = 900.0) -> Observation:
    """Return a sample that tells of the caches."""
    return sample(second, memory_mb)._replace(kv_mb=kv_mb, kv_budget_mb=budget_mb)


def after(*looks: Observation) -> KVMemory:
    """Return what is known after some looks."""
    known = KVMemory()
    for look in looks:
        known.add(look)
    return known


def test_where_nobody_looks_nothing_is_explained() -> None:
    """A log without the fields has no caches that could explain a growth."""
    known = after(sample(0), sample(5))
    assert known.explained([math.nan], [math.nan, math.nan], 100) == 0
    assert known.explained_lately(MOMENT, 900, 100) == 0


@pytest.mark.parametrize(
    ("begin", "all_looks", "explained"),
    [
        ([100], [100, 200], 400),  # They grow: all that is left of the budget.
        ([math.nan, 100], [math.nan, 100, 200], 400),
        ([], [200], 500),
        ([100], [100, 110], 10),  # A tenth of the growth: they are not its cause.
        ([300], [300, 100], 0),
        ([100, 300], [100, 300, 310], 10),  # They had been there in the begin.
        ([100], [100, 600], 500),  # Beyond the budget: as far as they were seen.
    ],
)
def test_caches_explain_their_budget_while_they_grow(
    begin: list[float], all_looks: list[float], explained: float
) -> None:
    """Else they explain what they have grown by, and some more for what is kept beside them."""
    assert after(a_look(0, 0)).explained(begin, all_looks, 100) == pytest.approx(explained * OVERHEAD)


def test_what_was_reserved_shortly_before_is_filled_now() -> None:
    """A growth that begins a minute after a reservation belongs to it, after ten minutes it does not."""
    known = after(a_look(0, 0), a_look(5, 400), a_look(60, 400))
    assert known.explained_lately(MOMENT + 55, 900, 300) == pytest.approx(500 * OVERHEAD)
    known = after(*(a_look(second, 400 if second else 0) for second in range(0, 700, 5)))
    assert known.explained_lately(MOMENT + 650, 900, 300) == 0


def test_memory_that_was_given_back_comes_back() -> None:
    """Up to the highest resident set so far a new burst is explained, beyond it only by higher caches."""
    burst = [a_look(second, 400, memory_mb=1300) for second in range(0, 60, 5)]
    pause = [a_look(second, 0, memory_mb=1000) for second in range(60, 300, 5)]
    again = [a_look(second, 400, memory_mb=1200) for second in range(300, 320, 5)]
    assert after(*burst, *pause, *again).explained_lately(MOMENT + 299, 1000, 350) == pytest.approx(300)


def test_caches_that_nobody_has_seen_since_may_be_full() -> None:
    """Where samples are rare, all that was left of the budget at the last one is explained."""
    known = after(a_look(0, 100))
    assert known.explained_lately(MOMENT + 10, 900, 1000) == pytest.approx(400 * OVERHEAD)
