"""The capacity: the rate of messages at which they are still in time, predicted from recorded ones."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from monitoring.analysis.limits import Limits
from monitoring.analysis.time_range import TimeRange
from monitoring.analysis.trend import memory_full_at
from monitoring.capacity.demands import Demands, count_messages, demands
from monitoring.capacity.simulation import MAX_ACTIVE, simulate
from monitoring.percentiles import percentiles

# The newest time, whose messages make the present rate.
NOW_SECONDS = 300.0
# Fewer messages say nothing about a 95th percentile.
MIN_MESSAGES = 20
# Messages that are simulated at each rate; the first of them meet an idle model and are not counted.
SIMULATED = 2000
WARM_UP = 200
SEED = 7
# Simulated rates, as shares of the rate at which the model is busy all the time.
LOADS = np.linspace(0.1, 1.05, 12)
# Halvings of the step between two of these rates: they find the capacity to 0.3 % of the load.
HALVINGS = 5
PERCENT = 95


@dataclass(frozen=True, slots=True, eq=False)
class Capacity:
    """The predicted rate; the curve is empty where `reason` says why nothing is known."""

    # The highest rate, in messages a minute, with both 95th percentiles within their limits.
    per_minute: float | None
    # The present rate, in messages a minute.
    now_per_minute: float
    # The free share of `per_minute`; below 0 where more messages come than the machine can take.
    headroom: float | None
    # The number of messages behind the prediction.
    messages: int
    # "", "few_messages", or "no_waits" where no request tells its queue wait.
    reason: str
    # Seconds since the epoch; `None` where the memory does not grow.
    memory_full_at: float | None
    # The tasks whose requests are answered in one pass, and the strictest limits of both kinds, ms.
    answer_tasks: tuple[str, ...]
    answer_limit_ms: float
    ttft_limit_ms: float
    # The curve: rates in messages a minute, and at each of them the 95th percentiles of the answers'
    # response time and of the replies' time to first token, in ms; NaN where there are none.
    rates: np.ndarray
    answer_ms: np.ndarray
    ttft_ms: np.ndarray


class _Times(NamedTuple):
    """95th percentiles at one rate, in ms; NaN where there are no such requests."""

    answer: float
    ttft: float

    def are_within(self, limits: "_Times") -> bool:
        return not (self.answer > limits.answer or self.ttft > limits.ttft)


def estimate(time_range: TimeRange, limits: Limits | None = None, max_active: int = MAX_ACTIVE) -> Capacity:
    """Predict the capacity from the messages of a time range; the same records give the same answer.

    It takes tens of ms, whatever the length of the time range: keep the result as long as that is the same.
    """
    limits = limits or Limits()
    strictest = _strictest(time_range, limits)
    tasks = tuple(time_range.not_streamed)
    recent = min(NOW_SECONDS, time_range.grid.until - time_range.grid.since) or 1.0
    newest = time_range.requests.where(time_range.requests.time >= time_range.grid.until - recent)
    now = 60 * count_messages(newest.frame) / recent
    full_at = memory_full_at(time_range.all, limits.memory_mb)
    found = demands(time_range.requests.frame)
    if len(found) < MIN_MESSAGES:
        none = np.empty(0)
        has_waits = not len(time_range.requests) or len(time_range.requests.known("queue_wait_ms"))
        reason = "few_messages" if has_waits else "no_waits"
        return Capacity(None, now, None, len(found), reason, full_at, tasks, *strictest, none, none, none)
    measure = _measurement(found, max_active)
    # In messages a second.
    busy_rate = float(1 / found.total(max_active).mean())
    curve = [measure(load * busy_rate) for load in LOADS]
    per_minute = 60 * busy_rate * _highest_load(curve, strictest, lambda load: measure(load * busy_rate))
    headroom = 1 - now / per_minute if per_minute else None
    # Latency cannot fall as the rate grows: `maximum` removes noise of the simulation.
    answer_ms, ttft_ms = np.maximum.accumulate(np.array(curve)).T
    rates = LOADS * busy_rate * 60
    return Capacity(
        per_minute,
        now,
        headroom,
        len(found),
        "",
        full_at,
        tasks,
        *strictest,
        rates,
        answer_ms,
        ttft_ms,
    )


def _strictest(time_range: TimeRange, limits: Limits) -> _Times:
    """Return the lowest limit of the tasks of each kind."""
    return _Times(
        min(limits.response_of(time_range.not_streamed), default=limits.response_ms),
        min(limits.ttft_of(time_range.streamed), default=limits.ttft_ms),
    )


def _measurement(found: Demands, max_active: int) -> Callable[[float], _Times]:
    """Return a function that simulates a rate, in messages a second; each time with the same messages."""
    random = np.random.default_rng(SEED)
    chosen = found.take(random.integers(0, len(found), SIMULATED))
    gaps = random.exponential(1.0, SIMULATED)

    def measure(rate: float) -> _Times:
        answered, first, _ = simulate(chosen, np.cumsum(gaps) / rate, max_active)
        return _Times(_percentile_ms(answered), _percentile_ms(first))

    return measure


def _percentile_ms(seconds: np.ndarray) -> float:
    return float(percentiles(seconds[WARM_UP:], (PERCENT,))[0]) * 1000


def _highest_load(curve: list[_Times], limits: _Times, measure: Callable[[float], _Times]) -> float:
    """Return the highest load within the limits, between the loads of the curve, or 0."""
    over = (place for place, times in enumerate(curve) if not times.are_within(limits))
    first_over = next(over, len(curve))
    low = float(LOADS[first_over - 1]) if first_over else 0.0
    high = float(LOADS[first_over]) if first_over < len(LOADS) else low
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if measure(middle).are_within(limits):
            low = middle
        else:
            high = middle
    return low
