"""The resident set: over its limit, or on its way there."""

import math
from collections import deque
from collections.abc import Iterable
from itertools import islice

import numpy as np

from monitoring.alerts.detectors.base import Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import MemoryGrowth, MemoryLimit
from monitoring.alerts.signal import FINE, Signal
from monitoring.analysis.trend import LEAST_RISE, slope
from monitoring.machine import Machine

BINS = 60  # of the window of a slow leak
LEAST_BINS = 30
BINS_BETWEEN = 5  # two judgements of a slow leak
STEADY = 0.25  # each half of the window must grow so fast, to the whole: a plateau does not
LEAK_LOOKS = 5
LEAK_STEP_MB = 8  # between two looks
SAME_LOOK_SECONDS = 2.5  # records that come sooner, with the same value, may tell of one look at the machine


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
        if value <= limit * self.rule.clear_share:
            return FINE
        return (Signal("system", value > limit, "memory, MiB", value, limit, clears=False),)


class MemoryGrowthDetector(Detector[MemoryGrowth]):
    """A resident set that will pass the limit: slowly, over hours, or at once.

    A slow leak lifts the lowest value of each part of the window; the slope is the median of the slopes
    of all pairs of parts (Theil 1950, Sen 1968), which a few outliers do not move. What grows after a start
    and then stays, as a model that warms up, has a second half without a slope.
    """

    name = "memory_growth"
    events = ("resource.sample", "task.finished", "model.loaded", "app.started")

    def __init__(self, rule: MemoryGrowth, limit: MemoryLimit, machine: Machine) -> None:
        super().__init__(rule)
        self._limit, self._machine = limit, machine
        self._warm = -math.inf  # s since the epoch
        self._bins: deque[tuple[int, float]] = deque(maxlen=BINS)  # number, lowest MiB
        self._looks: deque[tuple[float, float]] = deque(maxlen=64)  # time, MiB
        self._slow = -math.inf  # MiB that it will have reached, by its slow slope

    def see(self, seen: Observation) -> Iterable[Signal]:
        if seen.event in ("app.started", "model.loaded"):
            self._bins.clear()
            self._looks.clear()
            self._slow = -math.inf
            is_loaded = seen.event == "model.loaded"  # until then it grows as it should
            self._warm = seen.time + self.rule.warmup_seconds if is_loaded else math.inf
            return ()
        if seen.time < self._warm or math.isnan(seen.memory_usage_mb) or self._is_known(seen):
            return ()
        self._add(seen.time, seen.memory_usage_mb)
        reached = max(self._slow, self._leak())
        limit = self._machine.limit_mb(self._limit.limit_mb)
        if reached <= limit:
            return FINE
        return (Signal("system", True, "memory to come, MiB", reached, limit),)

    def _is_known(self, seen: Observation) -> bool:
        if not self._looks:
            return False
        time, value = self._looks[-1]
        return value == seen.memory_usage_mb and seen.time - time < SAME_LOOK_SECONDS

    def _add(self, time: float, value: float) -> None:
        self._looks.append((time, value))
        number = int(time * BINS / self.rule.window_seconds)
        if self._bins and self._bins[-1][0] == number:
            self._bins[-1] = (number, min(value, self._bins[-1][1]))
            return
        while self._bins and self._bins[0][0] <= number - BINS:
            self._bins.popleft()
        if number % BINS_BETWEEN == 0:
            self._slow = self._projected()  # of the parts that have ended
        self._bins.append((number, value))

    def _projected(self) -> float:
        if len(self._bins) < LEAST_BINS:
            return -math.inf
        numbers, values = np.array(self._bins).T
        rise = slope(numbers, values)
        if not rise * (numbers[-1] - numbers[0]) >= LEAST_RISE * values[0]:  # also where it is NaN
            return -math.inf
        half = len(values) // 2
        parts = (slice(half), slice(half, None), slice(-BINS // 6, None))
        if not all(slope(numbers[part], values[part]) > STEADY * rise for part in parts):
            return -math.inf
        horizon = self.rule.horizon_hours * 3600 * BINS / self.rule.window_seconds  # in parts
        return float(values[-1] + rise * horizon)

    def _leak(self) -> float:
        """Return what a leak without a pause will have reached, in MiB; looks may be seconds apart."""
        end, last = begin, first = self._looks[-1]
        rising = 1
        for time, value in islice(reversed(self._looks), 1, None):
            if first - value < LEAK_STEP_MB:
                break
            begin, first = time, value
            rising += 1
        if rising < LEAK_LOOKS or end - begin < self.rule.leak_seconds - 0.5:
            return -math.inf
        return last + (last - first) / (end - begin) * self.rule.leak_horizon_seconds
