"""How many messages the model can take: the rate at which answers are still in time, from recorded ones."""

from dataclasses import dataclass

import numpy as np

from monitoring.analysis.limits import Limits
from monitoring.analysis.time_range import Part, Stretch
from monitoring.analysis.timeline import percentiles
from monitoring.analysis.trend import memory_full_at
from monitoring.capacity.demands import demands
from monitoring.capacity.simulation import MOST_ACTIVE, simulate

NOW_SECONDS = 300.0  # the newest, whose messages are the rate of now
LEAST_MESSAGES = 20  # fewer tell nothing of a 95th percentile
SIMULATED = 2000  # messages at each rate
WARM_UP = 200  # the first of them, which meet an idle model
SEED = 7
LOADS = np.linspace(0.1, 1.05, 12)  # of the rate at which the model is busy all the time
HALVINGS = 5  # of the step between two of these rates: to 0.3 % of the load
PERCENT = 95


@dataclass(frozen=True, slots=True, eq=False)
class Capacity:
    """The rate that the model can take; the curve is empty where `reason` says why nothing is known."""

    per_minute: float | None  # messages; the highest rate with both 95th percentiles within their limits
    now_per_minute: float  # messages of the newest minutes, on average
    headroom: float | None  # share of `per_minute` that is free; below 0 where more come than it can take
    messages: int  # behind the demands
    reason: str  # "" or "few_messages"
    memory_full_at: float | None  # s since the epoch; None where the memory does not grow
    rates: np.ndarray  # of the curve, messages a minute
    sentiment_ms: np.ndarray  # 95th percentile of the sentiment's response time
    ttft_ms: np.ndarray  # 95th percentile of the chat's time to first token


def estimate(stretch: Stretch, limits: Limits | None = None, most_active: int = MOST_ACTIVE) -> Capacity:
    """Predict the capacity from a stretch's messages; the same records give the same answer.

    It takes tens of ms, whatever the stretch's length: keep the result as long as the stretch is the same.
    """
    limits = limits or Limits()
    recent = min(NOW_SECONDS, stretch.grid.until - stretch.grid.since) or 1.0
    now = 60 * float((_messages(stretch).time >= stretch.grid.until - recent).sum()) / recent
    full_at = memory_full_at(stretch.all, limits.memory_mb)
    found = demands(stretch.requests.frame)
    if len(found) < LEAST_MESSAGES:
        none = np.empty(0)
        return Capacity(None, now, None, len(found), "few_messages", full_at, none, none, none)
    busy = 1 / found.total(most_active).mean()  # messages/s
    dice = np.random.default_rng(SEED)
    chosen = found.take(dice.integers(0, len(found), SIMULATED))
    gaps = dice.exponential(1.0, SIMULATED)

    def measured(rate: float) -> tuple[float, float]:
        times = simulate(chosen, np.cumsum(gaps) / rate, most_active)[:2]
        sentiment, ttft = (float(percentiles(part[WARM_UP:], (PERCENT,))[0]) * 1000 for part in times)
        return sentiment, ttft

    curve = np.array([measured(load * busy) for load in LOADS])
    curve = np.maximum.accumulate(curve)  # more messages are never faster: what says so is chance
    fits = (curve <= (limits.sentiment_ms, limits.ttft_ms)).all(axis=1)
    count = int(fits.sum())  # the first ones, as the curve rises
    low = LOADS[count - 1] if count else 0.0
    high = LOADS[count] if count < len(LOADS) else low
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        sentiment, ttft = measured(middle * busy)
        if sentiment <= limits.sentiment_ms and ttft <= limits.ttft_ms:
            low = middle
        else:
            high = middle
    most = float(low * busy * 60)
    headroom = 1 - now / most if most else None
    return Capacity(most, now, headroom, len(found), "", full_at, LOADS * busy * 60, *curve.T)


def _messages(stretch: Stretch) -> Part:
    """Select the chats: each message has one."""
    return stretch.requests.where(stretch.requests.frame.equals("task_type", "chat"))
