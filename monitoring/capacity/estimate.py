"""How many messages the model can take: the rate at which answers are still in time, from recorded ones."""

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

import numpy as np

from monitoring.alerts.detectors.memory import LEAST_RISE
from monitoring.analysis.limits import Limits
from monitoring.analysis.time_range import Part, Stretch
from monitoring.analysis.timeline import percentiles
from monitoring.analysis.trend import trend
from monitoring.capacity.demands import Demands, demands
from monitoring.charts.resources import SPANS_OF_A_TREND

NOW_SECONDS = 300.0  # the newest, whose messages are the rate of now
LEAST_MESSAGES = 20  # fewer tell nothing of a 95th percentile
SIMULATED = 2000  # messages at each rate
WARM_UP = 200  # the first of them, which meet an idle model
SEED = 7
LOADS = np.linspace(0.1, 1.05, 12)  # of the rate at which the model is busy all the time
HALVINGS = 5  # of the step between two of these rates: to 0.3 % of the load
MOST_ACTIVE = 4  # replies that are written at once, as the engine's MAX_BATCH
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
    now = 60 * float((stretch.tasks["chat"].time >= stretch.grid.until - recent).sum()) / recent
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


def simulate(
    needs: Demands, arrivals: np.ndarray, most_active: int = MOST_ACTIVE
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Serve messages as the engine does; return response times, in s: sentiment, first token, whole message.

    A chat takes one of `most_active` places, in order of arrival. Chats' prompts are read before sentiments',
    one after the other, and what decodes stands still meanwhile. The rest of the time all chats that decode
    go on together. A pass of theirs is not interrupted, so that who comes waits for the rest of one, and a
    first token comes with a token of each of them.

    Left out: refusals, errors and stopped replies (as they were recorded, they count), and that more
    requests make everything else on the machine busier.
    """
    count = len(needs)
    parts = (arrivals, needs.sentiment, needs.prefill, needs.decode, needs.token)
    came, sentiment, prefill, decode, token = (part.tolist() for part in parts)
    came.append(inf)
    said, first, done = [0.0] * count, [0.0] * count, [0.0] * count
    prefills: deque[int] = deque()
    sentiments: deque[int] = deque()
    waiting: deque[int] = deque()
    decoding: list[tuple[float, int]] = []  # a heap: how far each that decodes is when this one ends
    now, had, active, arrived, left = 0.0, 0.0, 0, 0, count  # `had`: how far they are
    step, step_end, is_prefill = -1, inf, False
    while left:
        longer = needs.stretch(max(1, len(decoding)))
        one_pass = longer * token[decoding[0][1]] if decoding else 0.0
        ends = step_end if step >= 0 else now + (decoding[0][0] - had) * longer if decoding else inf
        if came[arrived] <= ends:
            if step < 0:
                had += (came[arrived] - now) / longer
                said[arrived] = first[arrived] = one_pass / 2
            now = came[arrived]
            sentiments.append(arrived)
            waiting.append(arrived)
            arrived += 1
        elif step < 0:
            now, (had, chat) = ends, heappop(decoding)
            done[chat] = now - came[chat]
            active -= 1
            left -= 1
        else:
            now = ends
            if is_prefill:
                first[step] += now - came[step] + one_pass
                heappush(decoding, (had + decode[step], step))
            else:
                said[step] += now - came[step]
            step = -1
        while waiting and active < most_active:
            active += 1
            prefills.append(waiting.popleft())
        if step < 0 and (prefills or sentiments):
            is_prefill = bool(prefills)
            step = (prefills or sentiments).popleft()
            step_end = now + (prefill if is_prefill else sentiment)[step]
    return np.array(said), np.array(first), np.array(done)


def memory_full_at(records: Part, limit_mb: float) -> float | None:
    """Return when the memory's trend reaches its limit, in s since the epoch; None where it does not grow.

    What grew after a start and then stays has no slope in its second half.
    """
    (medians,) = records.courses("memory_usage_mb", (50,))
    known = ~np.isnan(medians)
    if known.sum() < SPANS_OF_A_TREND:
        return None
    time, values = records.grid.centers[known], medians[known]
    half = len(values) // 2
    slope = min(trend(time, values)[0], trend(time[half:], values[half:])[0])
    if slope * (time[-1] - time[0]) < LEAST_RISE * values[0]:
        return None
    level = float(np.median(values - slope * (time - time[-1])))  # of the trend at the last moment
    return float(time[-1]) + max(0.0, limit_mb - level) / slope
