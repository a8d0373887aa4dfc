"""How many messages the model can take: the rate at which answers are still in time, from recorded ones."""

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

import numpy as np

from monitoring.alerts.memory import LEAST_RISE
from monitoring.filters import is_request
from monitoring.limits import Limits
from monitoring.resource_figures import SPANS_OF_A_TREND
from monitoring.stretch import Part, Stretch
from monitoring.theil_sen import trend
from monitoring.timeline import percentiles
from monitoring.window import Frame

NOW_SECONDS = 300.0  # the newest, whose messages are the rate of now
LEAST_MESSAGES = 20  # fewer tell nothing of a 95th percentile
MOST_TASKS = 4000  # the newest ones, whose demands are used
SIMULATED = 2000  # messages at each rate
WARM_UP = 200  # the first of them, which meet an idle model
SEED = 7
LOADS = np.linspace(0.1, 1.05, 12)  # of the rate at which the model is busy all the time
HALVINGS = 5  # of the step between two of these rates: to 0.3 % of the load
MOST_ACTIVE = 4  # replies that take turns, as the engine's MAX_BATCH
PERCENT = 95


@dataclass(frozen=True, slots=True, eq=False)
class Demands:
    """What each message needs of the model, in s that it would take alone; arrays of equal length."""

    sentiment: np.ndarray  # one step, which nothing interrupts
    prefill: np.ndarray  # the chat's first step, the same
    decode: np.ndarray  # the other tokens, which share the model with those of other chats
    token: np.ndarray  # one of these

    def __len__(self) -> int:
        return len(self.sentiment)

    @property
    def total(self) -> np.ndarray:
        """The whole message, in s."""
        whole: np.ndarray = self.sentiment + self.prefill + self.decode
        return whole

    def take(self, places: np.ndarray) -> "Demands":
        """Return the messages at these places."""
        return Demands(self.sentiment[places], self.prefill[places], self.decode[places], self.token[places])


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
    busy = 1 / found.total.mean()  # messages/s
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


def demands(frame: Frame) -> Demands:
    """Reconstruct what each message needs of the model, from the finished tasks of a frame.

    Requests overlap, so a response time holds others' work too. A model that is shared serves each of the
    n(t) requests that run at t at 1/n(t) of its speed (processor sharing; Kleinrock 1967, "Time-shared
    systems"), so the integral of 1/n(t) from a request's begin to its end is what it would take alone.
    Sentiments and prefills are steps that the engine does not interrupt: what decodes stands still
    meanwhile, and shares the rest of the time. Waits are left out: nothing runs for who waits.

    A chat's first token comes `ttft_ms` after the message, which began with its sentiment: so only what has
    both records is a message, but whatever ran counts as running.
    """
    tasks = frame.where(is_request(frame) & ~np.isnan(frame["queue_wait_ms"] + frame["response_time_ms"]))
    tasks = tasks.tail(MOST_TASKS)
    sentiments = tasks.where(tasks.equals("task_type", "sentiment"))
    chats = tasks.where(tasks.equals("task_type", "chat") & ~np.isnan(tasks["ttft_ms"]))
    origin = tasks.time[0] if len(tasks) else 0.0  # the floats' digits are for differences

    places = {name: place for place, name in enumerate(sentiments.texts("request_id")) if name}
    own = np.array([places.get(name, -1) for name in chats.texts("request_id")], dtype=int)
    paired = own >= 0

    said = sentiments.time - origin
    begin = said - sentiments["response_time_ms"] / 1000
    run = begin + sentiments["queue_wait_ms"] / 1000
    end = chats.time - origin
    start = end - (chats["response_time_ms"] - chats["queue_wait_ms"]) / 1000
    asked = end - chats["response_time_ms"] / 1000
    asked[paired] = begin[own[paired]]
    first = np.clip(asked + chats["ttft_ms"] / 1000, start, end)

    step_begin, step_end = np.concatenate([run, start]), np.concatenate([said, first])
    steps = shared_seconds(step_begin, step_end)
    decode = shared_seconds(first, end, step_begin, step_end)
    token = decode / np.fmax(chats["output_tokens"] - 1, 1)
    said_alone, read_alone = steps[: len(run)], steps[len(run) :]
    found = Demands(said_alone[own[paired]], read_alone[paired], decode[paired], token[paired])
    return found.take(np.flatnonzero(found.total > 0))


def shared_seconds(
    begin: np.ndarray,
    end: np.ndarray,
    held_begin: np.ndarray | None = None,
    held_end: np.ndarray | None = None,
) -> np.ndarray:
    """Integrate 1/n(t) over each interval, where n(t) of them run at t; nothing runs while it is held."""
    none = np.empty(0)
    if not len(begin):
        return none
    held_begin, held_end = (none if part is None else part for part in (held_begin, held_end))
    end = np.maximum(begin, end)
    moments = np.concatenate([begin, end, held_begin, held_end])
    order = np.argsort(moments, kind="stable")
    moments = moments[order]
    ones, held_ones = np.ones(len(begin)), np.ones(len(held_begin))
    running = np.cumsum(np.concatenate([ones, -ones, 0 * held_ones, 0 * held_ones])[order])
    held = np.cumsum(np.concatenate([0 * ones, 0 * ones, held_ones, -held_ones])[order])
    share = np.where(held > 0, 0.0, 1 / np.maximum(running, 1))[:-1]
    worked = np.concatenate([[0.0], np.cumsum(share * np.diff(moments))])
    result: np.ndarray = np.interp(end, moments, worked) - np.interp(begin, moments, worked)
    return result


def simulate(
    needs: Demands, arrivals: np.ndarray, most_active: int = MOST_ACTIVE
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Serve messages as the engine does; return response times, in s: sentiment, first token, whole message.

    A sentiment goes before all else, the newest first. Then its chat takes one of `most_active` places, in
    order of arrival: its prefill is one step, and the chats that decode share the time without a step. A
    token is not interrupted either, so that a sentiment waits for the rest of one, and a prefill until each
    chat that decodes has had its turn; both are added to the result.

    Left out: refusals, errors and stopped replies (as they were recorded, they count), the time between
    the tasks, and that more requests make everything else on the machine busier.
    """
    count = len(needs)
    parts = (arrivals, needs.sentiment, needs.prefill, needs.decode, needs.token)
    came, sentiment, prefill, decode, token = (part.tolist() for part in parts)
    came.append(inf)
    said, first, done = [0.0] * count, [0.0] * count, [0.0] * count
    urgent: list[int] = []
    prefills: deque[int] = deque()
    waiting: deque[int] = deque()
    decoding: list[tuple[float, int]] = []  # a heap: how much each had of the model when this one ends
    now, had, active, arrived, left = 0.0, 0.0, 0, 0, count  # `had`: what each that decodes had so far
    step, step_end, is_prefill = -1, inf, False
    while left:
        number = len(decoding)
        ends = step_end if step >= 0 else now + (decoding[0][0] - had) * number if number else inf
        if came[arrived] <= ends:
            if step < 0 and number:
                had += (came[arrived] - now) / number
            now = came[arrived]
            said[arrived] = token[decoding[0][1]] / 2 if step < 0 and number else 0.0
            urgent.append(arrived)
            arrived += 1
        elif step < 0:
            now, (had, chat) = ends, heappop(decoding)
            done[chat] = now - came[chat]
            active -= 1
            left -= 1
            if waiting:
                prefills.append(waiting.popleft())
                active += 1
        else:
            now = ends
            if is_prefill:
                first[step] += now - came[step]
                heappush(decoding, (had + decode[step], step))
            else:
                said[step] += now - came[step]
                if active < most_active:
                    prefills.append(step)
                    active += 1
                else:
                    waiting.append(step)
            step = -1
        if step < 0 and (urgent or prefills):
            is_prefill = not urgent
            step = prefills.popleft() if is_prefill else urgent.pop()
            step_end = now + (prefill if is_prefill else sentiment)[step]
            if is_prefill:
                first[step] = sum(token[chat] for _, chat in decoding)
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
