"""The capacity: what the model can take, and when its memory is full."""

import numpy as np
import pytest

from monitoring.analysis.limits import Limits
from monitoring.analysis.time_range import TimeRange
from monitoring.analysis.trend import memory_full_at
from monitoring.capacity.demands import Demands
from monitoring.capacity.estimate import MIN_MESSAGES, Capacity, estimate
from monitoring.capacity.simulation import simulate
from tests.monitoring.capacity.message_records import messages
from tests.monitoring.charts.helpers import time_range_of
from tests.monitoring.helpers import MOMENT, a_record

MANY = 10**6  # places: nobody waits for one


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_the_simulation_agrees_with_theory(load: float) -> None:
    """With decode alone it is an M/G/1-PS queue, whose mean time is E[S] / (1 - load), whatever S is."""
    count = 40_000
    dice = np.random.default_rng(11)
    seconds = dice.gamma(2, 0.5, count)
    none = np.zeros(count)
    arrivals = np.cumsum(dice.exponential(seconds.mean() / load, count))
    *_, done = simulate(Demands(none, none, seconds, none), arrivals, MANY)
    assert done.mean() == pytest.approx(seconds.mean() / (1 - load), rel=0.08)


def test_one_place_is_a_line() -> None:
    """With one place it is an M/D/1 queue, whose mean wait is load * S / (2 (1 - load))."""
    count, load = 40_000, 0.6
    ones, none = np.ones(count), np.zeros(count)
    arrivals = np.cumsum(np.random.default_rng(2).exponential(1 / load, count))
    _, first, done = simulate(Demands(none, none, ones, none), arrivals, max_active=1)
    assert first.mean() == pytest.approx(load / (2 * (1 - load)), rel=0.08)
    assert done == pytest.approx(first + 1)


def test_chats_that_are_written_together_take_little_longer() -> None:
    """By hand: of two that begin together the second one costs a quarter, so that 2 s take 2.5 for both."""
    two, none = np.ones(2), np.zeros(2)
    *_, done = simulate(Demands(none, none, 2 * two, none, 0.25), np.zeros(2))
    assert done.tolist() == [2.5, 2.5]


def test_prompts_go_first() -> None:
    """By hand: the second message's prompt is read before the first one's sentiment; writing waits."""
    two = np.ones(2)
    said, first, done = simulate(Demands(two, two, 2 * two, 0.5 * two), np.array([0.0, 0.5]))
    assert first.tolist() == [1.0, pytest.approx(1.5 + 0.5)]  # with a token of the other chat
    assert said.tolist() == [3.0, 3.5]
    assert done.tolist() == [8.0, 7.5]


def test_who_waits_for_a_place_has_its_sentiment_before() -> None:
    """By hand, with one place: the second prompt is read when the first chat has ended."""
    two = np.ones(2)
    said, first, done = simulate(Demands(two, two, 2 * two, 0 * two), np.zeros(2), max_active=1)
    assert said.tolist() == [2.0, 3.0]
    assert first.tolist() == [1.0, 6.0]
    assert done.tolist() == [5.0, 8.0]


def test_too_few_messages_tell_nothing() -> None:
    """Below the least number there is a reason instead of a rate; with it there is a rate."""
    few = estimate(time_range_of(*messages(MIN_MESSAGES - 1)))
    assert (few.per_minute, few.headroom, few.reason) == (None, None, "few_messages")
    assert (few.messages, len(few.rates)) == (MIN_MESSAGES - 1, 0)
    enough = estimate(time_range_of(*messages(MIN_MESSAGES)))
    assert (enough.messages, enough.reason) == (MIN_MESSAGES, "")
    assert enough.per_minute is not None


def test_requests_without_waits_tell_nothing() -> None:
    """Where no request tells how long it waited, the reason is that, however many there are."""
    records = [{**record, "queue_wait_ms": None} for record in messages(40)]
    assert estimate(time_range_of(*records)).reason == "no_waits"


def test_nothing_at_all_tells_nothing() -> None:
    """An empty time_range has no rate and no memory, and raises nothing."""
    found = estimate(time_range_of())
    assert (found.per_minute, found.now_per_minute, found.memory_full_at) == (None, 0.0, None)


@pytest.mark.parametrize("time", [0.0, -1000.0, None])
def test_senseless_times_are_no_demand(time: float | None) -> None:
    """Messages that took no time, less, or nobody knows how much, tell nothing and raise nothing."""
    records = [{**record, "response_time_ms": time, "queue_wait_ms": 0.0} for record in messages(30)]
    assert estimate(time_range_of(*records)).reason == "few_messages"


def known(found: Capacity) -> float:
    """Return the rate that is predicted."""
    assert found.per_minute is not None
    return found.per_minute


def test_the_capacity_is_where_the_curve_crosses_the_limit() -> None:
    """The curves rise, and the rate lies between the last point within the limits and the first beyond."""
    found = estimate(time_range_of(*messages(30)))
    for curve in (found.answer_ms, found.ttft_ms):
        assert (np.diff(curve) >= 0).all()
    fits = (found.answer_ms <= Limits().response_ms) & (found.ttft_ms <= Limits().ttft_ms)
    assert found.rates[fits][-1] <= known(found) <= found.rates[~fits][0]
    assert found.rates[-1] == pytest.approx(1.05 * 60 / 1.75, rel=0.01)  # s a message, with 4 of 2 s in 5


def test_the_rate_of_now_is_that_of_the_newest_minutes() -> None:
    """Of messages in the first half of ten minutes it is none, where the time ends with them all."""
    records = messages(30)
    assert estimate(time_range_of(*records)).headroom == 1
    found = estimate(time_range_of(*records, until=240))
    assert found.now_per_minute == pytest.approx(30 / 4)
    assert found.headroom == pytest.approx(1 - 30 / 4 / known(found))


def test_the_same_records_give_the_same_answer() -> None:
    """The simulation's chance is seeded."""
    time_range = time_range_of(*messages(30))
    one, two = estimate(time_range), estimate(time_range)
    assert one.per_minute == two.per_minute
    assert one.ttft_ms.tolist() == two.ttft_ms.tolist()


def test_limits_decide() -> None:
    """Tighter limits allow less, ones that cannot be kept nothing, endless ones what the curve shows."""
    time_range = time_range_of(*messages(30))
    tight = known(estimate(time_range, Limits(ttft_ms=1000)))
    assert 0 < tight < known(estimate(time_range)) < known(estimate(time_range, Limits(ttft_ms=10_000)))
    impossible = estimate(time_range, Limits(ttft_ms=150))
    assert (impossible.per_minute, impossible.headroom) == (0.0, None)
    endless = estimate(time_range, Limits(response_ms=1e9, ttft_ms=1e9))
    assert known(endless) == pytest.approx(endless.rates[-1])


def memory(*values: float) -> TimeRange:
    """Return a time range with these values, MiB, one in each span of ten seconds."""
    return time_range_of(*(a_record(10 * place + 5, memory_usage_mb=mb) for place, mb in enumerate(values)))


def test_memory_that_grows_will_be_full() -> None:
    """1 MiB more every ten seconds, 959 at last: 1,000 are reached 410 s later; a peak is nothing."""
    values = [900.0 + span for span in range(60)]
    values[20] = 5000
    assert memory_full_at(memory(*values).all, 1000) == pytest.approx(MOMENT + 595 + 410)


@pytest.mark.parametrize(
    "values",
    [
        [900.0] * 60,
        [900.0 - span for span in range(60)],
        [900.0 + 0.1 * span for span in range(60)],  # less than a hundredth: noise
        [900.0 + 10 * min(span, 25) for span in range(60)],  # a start, and then nothing
        [900.0, 950, 1000],  # too short
    ],
)
def test_memory_that_does_not_grow_is_never_full(values: list[float]) -> None:
    """No slope, one that is noise, one that has ended and one of too short a time tell nothing."""
    assert memory_full_at(memory(*values).all, 1000) is None


def test_memory_over_its_limit_is_full_now() -> None:
    """The moment is never before the last known one."""
    values = [900.0 + span for span in range(60)]
    assert memory_full_at(memory(*values).all, 800) == pytest.approx(MOMENT + 595)
