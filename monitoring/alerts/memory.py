"""The resident set: over its limit, or on its way there."""

import math
from collections import deque
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from monitoring.alerts.condition import Signal
from monitoring.alerts.detector import Detector
from monitoring.alerts.machine import Machine
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import MemoryGrowth, MemoryLimit

BINS = 60  # of the window of a slow leak
LEAST_BINS = 30
LEAST_RISE = 0.01  # of the resident set, over the window: less is noise
STEADY = 0.25  # each half of the window must grow so fast, to the whole: a plateau does not
LEAK_SAMPLES = 5
LEAK_STEP_MB = 8  # between two samples


class MemoryLimitDetector(Detector[MemoryLimit]):
    """The resident set over a limit in MiB."""

    name = "memory_limit"
    events = ("task.finished", "resource.sample")

    def __init__(self, rule: MemoryLimit, machine: Machine) -> None:
        super().__init__(rule)
        self._machine = machine

    def see(self, seen: Observation) -> Iterable[Signal]:
        value, limit = seen.memory_usage_mb, self._machine.limit_mb(self.rule.limit_mb)
        if math.isnan(value):
            return ()
        clears = value <= limit * self.rule.clear_share
        return (Signal("system", value > limit, "memory, MiB", value, limit, clears=clears),)


class MemoryGrowthDetector(Detector[MemoryGrowth]):
    """A resident set that will pass the limit: slowly, over hours, or at once.

    A slow leak lifts the lowest value of each part of the window; the slope is the median of the slopes
    of all pairs of parts (Theil 1950, Sen 1968), which a few outliers do not move. What grows after a start
    and then stays, as a model that warms up, has a second half without a slope.
    """

    name = "memory_growth"
    events = ("resource.sample", "model.loaded", "app.started")

    def __init__(self, rule: MemoryGrowth, limit: MemoryLimit, machine: Machine) -> None:
        super().__init__(rule)
        self._limit, self._machine = limit, machine
        self._warm = -math.inf
        self._bins: deque[tuple[int, float]] = deque(maxlen=BINS)  # number, lowest MiB
        self._samples: deque[tuple[float, float]] = deque(maxlen=64)
        self._slow = math.nan  # MiB that it will have reached

    def see(self, seen: Observation) -> Iterable[Signal]:
        if seen.event != "resource.sample":
            self._bins.clear()
            self._samples.clear()
            self._slow = math.nan
            self._warm = seen.time + self.rule.warmup_seconds
            return ()
        if seen.time < self._warm or math.isnan(seen.memory_usage_mb):
            return ()
        self._add(seen.time, seen.memory_usage_mb)
        reached = np.nanmax([self._slow, self._leak(), -math.inf])
        limit = self._machine.limit_mb(self._limit.limit_mb)
        return (Signal("system", bool(reached > limit), "memory to come, MiB", float(reached), limit),)

    def _add(self, time: float, value: float) -> None:
        self._samples.append((time, value))
        while self._samples[0][0] < time - 2 * self.rule.leak_seconds:
            self._samples.popleft()
        number = int(time * BINS / self.rule.window_seconds)
        if self._bins and self._bins[-1][0] == number:
            self._bins[-1] = (number, min(value, self._bins[-1][1]))
            return
        while self._bins and self._bins[0][0] <= number - BINS:
            self._bins.popleft()
        self._slow = self._projected()  # of the parts that have ended
        self._bins.append((number, value))

    def _projected(self) -> float:
        if len(self._bins) < LEAST_BINS:
            return math.nan
        numbers, values = np.array(self._bins).T
        slope = _slope(numbers, values)
        half = len(values) // 2
        is_steady = all(
            _slope(numbers[part], values[part]) > STEADY * slope
            for part in (slice(half), slice(half, None), slice(-BINS // 6, None))
        )
        if not is_steady or slope * (numbers[-1] - numbers[0]) < LEAST_RISE * values[0]:
            return math.nan
        horizon = self.rule.horizon_hours * 3600 * BINS / self.rule.window_seconds  # in parts
        return float(values[-1] + slope * horizon)

    def _leak(self) -> float:
        """Return what a leak without a pause will have reached, in MiB."""
        end, last = self._samples[-1]
        recent = [
            (time, value) for time, value in self._samples if time >= end - self.rule.leak_seconds - 0.5
        ]
        steps = [after - before for (_, before), (_, after) in pairwise(recent)]
        begin, first = recent[0]
        if len(recent) < LEAK_SAMPLES or end - begin < max(0.5, self.rule.leak_seconds - 1.5):
            return math.nan
        if min(steps) < LEAK_STEP_MB:
            return math.nan
        return last + (last - first) / (end - begin) * self.rule.leak_horizon_seconds


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    first, second = np.triu_indices(len(x), 1)
    apart = x[second] != x[first]  # a late sample may have begun a part anew
    rise, run = (y[second] - y[first])[apart], (x[second] - x[first])[apart]
    return float(np.median(rise / run)) if len(run) else math.nan
