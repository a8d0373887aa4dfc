"""The resident set: on its way to its limit."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from monitoring.alerts.observation import Observation
from tests.monitoring.alerts.helpers import engine_of, feed, observed, request, sample
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


def test_a_plateau_after_warm_up_never_fires() -> None:
    """A model that loads, grows with its first replies and then stays is no leak, for hours."""
    engine = engine_of("memory_growth")

    def warming(second: float) -> float:
        return 300 + 1200 * (1 - math.exp(-second / 400)) + noise(second)

    records = [observed(0, "app.started"), observed(0, "model.loaded"), *samples(6 * HOUR, warming)]
    assert feed(engine, records) == []


def test_steps_that_stay_are_no_leak() -> None:
    """A resident set that rises at once and stays does not fire, wherever in the window it rises."""
    engine = engine_of("memory_growth")
    stairs = samples(6 * HOUR, lambda second: 900 + 150 * (second // (2 * HOUR)) + noise(second))
    assert feed(engine, stairs) == []


def test_a_slow_leak_fires_hours_ahead() -> None:
    """4 MiB a minute, from 900 on, is told hours before the limit of 2048 is reached."""
    engine = engine_of("memory_growth")
    (change,) = feed(engine, samples(2 * HOUR, lambda second: 900 + second / 15 + noise(second)))
    reached = (2048 - 900) * 15  # s
    ahead = reached - (change.time - MOMENT)
    assert (change.event, change.measure) == ("alert.fired", "memory to come, MiB")
    assert ahead > 4 * HOUR
    assert change.value > change.limit == 2048


def test_a_leak_that_takes_longer_than_the_horizon_does_not_fire() -> None:
    """Growth that reaches the limit only after the hours that the rule looks ahead is not told yet."""
    engine = engine_of("memory_growth", horizon_hours=6)
    assert feed(engine, samples(3 * HOUR, lambda second: 900 + second * 100 / HOUR)) == []


def test_a_few_outliers_do_not_hide_a_slow_leak() -> None:
    """Peaks in some parts of the window change neither when nor whether it fires."""
    peaks = engine_of("memory_growth")

    def leak(second: float) -> float:
        return 900 + second / 15 + (700 if second % 600 < 30 else 0)

    assert [change.event for change in feed(peaks, samples(2 * HOUR, leak))] == ["alert.fired"]


def test_a_fast_leak_fires_within_ten_seconds() -> None:
    """50 MiB a second is told before it has lasted for ten seconds, and is resolved after it stops."""
    engine = engine_of("memory_growth")
    leak = samples(80, lambda second: 600 + 50 * max(0, min(second, 70) - 61), every=1, start=61)
    (change,) = feed(engine, leak)
    assert change.event == "alert.fired"
    assert change.time - MOMENT - 61 < 10
    steady = samples(200, lambda second: 1050, every=1, start=80)
    assert [change.event for change in feed(engine, steady)] == ["alert.resolved"]


@pytest.mark.parametrize(
    "memory",
    [
        lambda second: 600 + 7 * second,  # too little at a time
        lambda second: 600 + 50 * (second % 6),  # comes and goes
        lambda second: 600 + 50 * min(second, 5),  # a burst that ends
        lambda second: 600 + 600 * (1 - math.exp(-second / 4)),  # slower and slower, to a plateau
        lambda second: math.nan,
    ],
)
def test_what_is_no_fast_leak(memory: Callable[[float], float]) -> None:
    """Growth that is small, has a pause, becomes slower or ends does not fire."""
    assert feed(engine_of("memory_growth"), samples(120, memory, every=1)) == []


def test_a_new_model_may_grow() -> None:
    """For a minute after it was loaded nothing is a leak; the minute after that counts again."""
    leak = [*samples(90, lambda second: 100 + 12 * second, every=1)]
    assert [change.event for change in feed(engine_of("memory_growth"), leak)] == ["alert.fired"]
    warm = feed(engine_of("memory_growth", warmup_seconds=60), [observed(0, "model.loaded"), *leak])
    assert [60 < change.time - MOMENT < 70 for change in warm] == [True]


def test_a_start_may_take_long() -> None:
    """Until its model is there, what is fetched and converted is no leak."""
    leak = samples(300, lambda second: 100 + 12 * second, every=1, start=1)
    assert feed(engine_of("memory_growth"), [observed(0, "app.started"), *leak]) == []


def test_requests_tell_of_a_leak_between_two_samples() -> None:
    """Samples come each 5 s, but each request tells what was last seen, some the same look again."""
    requests = [
        request(second / 4, memory_usage_mb=600.0 + 50 * max(0, min(second // 4, 20) - 5))
        for second in range(60)
    ]
    (change,) = feed(engine_of("memory_growth"), requests)
    assert change.time - MOMENT - 5 < 9


def test_looks_that_are_far_apart_take_longer() -> None:
    """Where only samples tell, each 5 s, a leak is told with the fifth of them."""
    (change,) = feed(engine_of("memory_growth"), samples(60, lambda second: 600 + 50 * second))
    assert change.time == MOMENT + 20


def test_a_start_forgets_the_growth_before() -> None:
    """A slow leak of the process before a restart is not continued by the next one."""
    engine = engine_of("memory_growth")
    before = samples(1700, lambda second: 300 + second / 6)
    after = samples(HOUR + 600, lambda second: 300 + second / 6, start=1710)
    (change,) = feed(engine, [*before, observed(1705, "app.started"), observed(1706, "model.loaded"), *after])
    assert change.time - MOMENT > 1705 + HOUR / 2


def test_samples_at_one_moment_do_no_harm() -> None:
    """Samples that all tell the same time are no growth in time."""
    engine = engine_of("memory_growth", leak_seconds=1)
    assert feed(engine, [sample(0, 600 + 10 * number) for number in range(20)]) == []


def test_a_late_sample_does_not_hide_a_slow_leak() -> None:
    """One that was written just after the first of the next part changes nothing."""
    records = [*samples(2 * HOUR, lambda second: 900 + second // 120 * 8)]
    at_borders = [
        place
        for place in range(1, len(records))
        if int(records[place].time / 60) != int(records[place - 1].time / 60)
    ]
    for place in at_borders:
        records[place], records[place - 1] = records[place - 1], records[place]
    assert [change.event for change in feed(engine_of("memory_growth"), records)] == ["alert.fired"]
