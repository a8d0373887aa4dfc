"""Memory that KV caches fill is no leak, whatever the shape of its growth; a leak beside them is one."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from monitoring.alerts.observation import Observation
from tests.monitoring.alerts.helpers import engine_of, feed, observed, request, sample
from tests.monitoring.helpers import MOMENT

HOUR = 3600
BASE_MB = 700.0
LIMIT_MB = 2048.0

# The MiB at each second: in the caches, of a budget, or leaked.
Load = Callable[[np.ndarray, float], np.ndarray]


def linear(second: np.ndarray, budget: float, seconds: float) -> np.ndarray:
    """Return a steady rise to the budget."""
    return np.asarray(budget * np.clip((second - 300) / seconds, 0, 1))


def steps(second: np.ndarray, budget: float, seconds: float) -> np.ndarray:
    """Return ten steps to the budget."""
    return np.asarray(np.floor(linear(second, 10, seconds)) * budget / 10)


def slower(second: np.ndarray, budget: float, seconds: float) -> np.ndarray:
    """Return a rise that becomes slower and slower."""
    return np.asarray(budget * (1 - np.exp(-np.clip(second - 300, 0, None) / (seconds / 3))))


def bursts(second: np.ndarray, budget: float, seconds: float) -> np.ndarray:
    """Return bursts that come again, each as long as the pause after it."""
    return np.where((second > 300) & (second // seconds % 2 == 1), 0.8 * budget, 0.1 * budget)


LOADS = {
    f"{shape.__name__} {seconds} s": lambda second, budget, shape=shape, seconds=seconds: shape(
        second, budget, seconds
    )
    for shape in (linear, steps, slower, bursts)
    for seconds in (20, 90, 600, 2700)
}


def records(
    load: Load, seed: int, leak: Load, *, keeps: bool, hours: float = 4, every: float = 5.0
) -> Iterator[Observation]:
    """Yield records of some hours: caches of some size, reserved ahead, filled behind, and perhaps a leak.

    Each fifth second it is a sample, which tells of the caches. `keeps` is whether freed memory stays with
    the process.
    """
    chance = np.random.default_rng(seed)
    second = np.arange(0, hours * HOUR, every)
    budget = chance.uniform(400, 900)
    reserved = np.clip(load(second, budget) * (1 + 0.03 * chance.standard_normal(len(second))), 0, budget)
    filled = np.zeros(len(second))
    for place in range(1, len(second)):
        filled[place] = filled[place - 1] + (0.95 * reserved[place] - filled[place - 1]) * every / 15
    if keeps:
        filled = np.maximum.accumulate(filled)
    growth = chance.uniform(1, 1.15) * filled + leak(second, LIMIT_MB) + 6 * chance.random(len(second))
    yield observed(-120, "model.loaded")
    for now, value, kv in zip(second.tolist(), (BASE_MB + growth).tolist(), reserved.tolist(), strict=True):
        if now % 5:
            yield request(now, memory_usage_mb=value)
        else:
            yield sample(now, value)._replace(kv_mb=kv, kv_budget_mb=budget)


def nothing(second: np.ndarray, limit: float) -> np.ndarray:
    """Return no leak."""
    return np.zeros_like(second)


@pytest.mark.parametrize("keeps", [True, False], ids=["kept", "given back"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("load", LOADS)
def test_caches_that_fill_are_no_leak(load: str, seed: int, keeps: bool) -> None:
    """A burst to a plateau does not fire, be it steady, in steps, slower and slower, or again and again."""
    engine = engine_of("memory_growth")
    assert feed(engine, records(LOADS[load], seed, nothing, keeps=keeps)) == []


@pytest.mark.parametrize("keeps", [True, False], ids=["kept", "given back"])
@pytest.mark.parametrize("load", [name for name in LOADS if "2700" not in name])
def test_caches_that_fill_are_no_leak_to_frequent_looks(load: str, keeps: bool) -> None:
    """Nor does a burst fire where requests tell the memory each second, and samples the caches each fifth."""
    for seed in range(10, 13):
        seen = records(LOADS[load], seed, nothing, keeps=keeps, hours=0.7, every=1.0)
        assert feed(engine_of("memory_growth"), seen) == []


def test_without_looks_at_the_caches_it_could_be_a_leak() -> None:
    """The same burst fires where no record tells of the caches; so the tests above can fail."""
    seen = records(LOADS["linear 90 s"], 10, nothing, keeps=True, hours=0.7, every=1.0)
    blind = (each._replace(kv_mb=math.nan, kv_budget_mb=math.nan) for each in seen)
    assert [change.event for change in feed(engine_of("memory_growth"), blind)][:1] == ["alert.fired"]


LEAKS: dict[str, Load] = {
    "slow": lambda second, limit: np.asarray(second * 360 / HOUR),
    "slow and late": lambda second, limit: np.asarray(np.clip(second - HOUR, 0, None) * 360 / HOUR),
    "fast": lambda second, limit: np.asarray(np.clip(second - 2 * HOUR - 7, 0, None) * 12),
}


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("load", LOADS)
def test_a_leak_under_the_same_load_fires_ahead(load: str, seed: int, leak: str) -> None:
    """Memory that grows besides the caches fires before the limit is reached."""
    seen = list(records(LOADS[load], seed, LEAKS[leak], keeps=True))
    fired = [c.time for c in feed(engine_of("memory_growth"), seen) if c.event == "alert.fired"]
    reached = next(each.time for each in seen if each.memory_usage_mb > LIMIT_MB)
    assert fired, reached - MOMENT
    assert fired[0] < reached


def test_a_fast_leak_beside_a_large_budget_is_told_at_once() -> None:
    """Caches that stay as they are explain nothing, however much of their budget is left."""
    seen: list[Observation] = [observed(-120, "model.loaded")]
    for second in range(120):
        memory = BASE_MB + 40 * max(0, second - 60)
        seen.append(request(second, memory_usage_mb=memory))
        if second % 5 == 0:
            kv = 20.0 + second / 10
            seen.append(sample(second, memory)._replace(kv_mb=kv, kv_budget_mb=2048.0))
    fired = feed(engine_of("memory_growth"), seen)
    assert [change.event for change in fired] == ["alert.fired"]
    assert fired[0].time - MOMENT < 70
