"""The resident set: over its limit, or on its way there."""

import math
from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from monitoring.alerts.detectors.base import Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rule import Rule, Seconds, WindowSeconds
from monitoring.alerts.signal import FINE, Signal
from monitoring.analysis.trend import MIN_RISE, slope
from monitoring.machine import Machine
from monitoring.record.vocabulary import FINISHED, SAMPLED

# Bins into which the window of a slow leak is divided.
BINS = 60
# Bins below which no slow leak is judged.
MIN_BINS = 30
# Bins between two judgements of a slow leak.
BINS_BETWEEN = 5
# Smallest slope of each half of the window, as a share of the whole window's slope: a plateau has none.
STEADY_SHARE = 0.25
# Samples of a fast leak, and the MiB by which each must exceed the one before.
MIN_LEAK_SAMPLES = 5
MIN_LEAK_STEP_MB = 8
# Records closer than this with the same value may repeat one sample.
SAME_SAMPLE_SECONDS = 2.5


class MemoryLimit(Rule):
    """The resident set is over its limit."""

    limit_mb: Annotated[float, Field(gt=0)] | Literal["auto"]


class MemoryGrowth(Rule):
    """The resident set is on its way to the limit."""

    window_seconds: WindowSeconds
    horizon_hours: Annotated[float, Field(gt=0, le=24 * 30)]
    leak_seconds: WindowSeconds
    leak_horizon_seconds: WindowSeconds
    warmup_seconds: Seconds


class MemoryLimitDetector(Detector[MemoryLimit]):
    """Compare the resident set with its limit, in MiB."""

    name = "memory_limit"
    events = (FINISHED, SAMPLED)

    def __init__(self, rule: MemoryLimit, machine: Machine) -> None:
        super().__init__(rule)
        self._machine = machine

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        value, limit = seen.memory_usage_mb, self._machine.limit_mb(self.rule.limit_mb)
        if math.isnan(value):
            return ()
        if value <= limit * self.rule.clear_share:
            return FINE
        return (Signal("system", value > limit, "memory, MiB", value, limit, clears=False),)


class MemoryGrowthDetector(Detector[MemoryGrowth]):
    """Predict whether the resident set will pass the limit, by a slow leak or a fast one.

    A slow leak lifts the lowest value of each bin of the window. Its slope is the median of the slopes
    between all pairs of bins (Theil 1950, Sen 1968), which a few outliers do not move. Memory that grows
    after a start and then stays, as while a model warms up, has no slope in the second half of the window.
    """

    name = "memory_growth"
    events = (SAMPLED, FINISHED, "model.loaded", "app.started")

    def __init__(self, rule: MemoryGrowth, limit: MemoryLimit, machine: Machine) -> None:
        super().__init__(rule)
        self._limit, self._machine = limit, machine
        # When the warm-up ends, in s since the epoch.
        self._warm = -math.inf
        # Number of the bin, lowest MiB.
        self._bins: deque[tuple[int, float]] = deque(maxlen=BINS)
        # Time in s since the epoch, MiB.
        self._samples: deque[tuple[float, float]] = deque(maxlen=64)
        # MiB at the horizon, by the slope of a slow leak.
        self._slow = -math.inf

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        if seen.event in ("app.started", "model.loaded"):
            self._bins.clear()
            self._samples.clear()
            self._slow = -math.inf
            # Memory grows as it should until the model is loaded.
            is_loaded = seen.event == "model.loaded"
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
        if not self._samples:
            return False
        time, value = self._samples[-1]
        return value == seen.memory_usage_mb and seen.time - time < SAME_SAMPLE_SECONDS

    def _add(self, time: float, value: float) -> None:
        self._samples.append((time, value))
        number = int(time * BINS / self.rule.window_seconds)
        if self._bins and self._bins[-1][0] == number:
            self._bins[-1] = (number, min(value, self._bins[-1][1]))
            return
        while self._bins and self._bins[0][0] <= number - BINS:
            self._bins.popleft()
        if number % BINS_BETWEEN == 0:
            # Only bins that have ended are judged.
            self._slow = self._projected()
        self._bins.append((number, value))

    def _projected(self) -> float:
        if len(self._bins) < MIN_BINS:
            return -math.inf
        numbers, values = np.array(self._bins).T
        rise = slope(numbers, values)
        # `not >=` also catches NaN.
        if not rise * (numbers[-1] - numbers[0]) >= MIN_RISE * values[0]:
            return -math.inf
        half = len(values) // 2
        parts = (slice(half), slice(half, None), slice(-BINS // 6, None))
        if not all(slope(numbers[part], values[part]) > STEADY_SHARE * rise for part in parts):
            return -math.inf
        horizon_bins = self.rule.horizon_hours * 3600 * BINS / self.rule.window_seconds
        return float(values[-1] + rise * horizon_bins)

    def _leak(self) -> float:
        """Return the MiB that a leak without a pause will have reached; samples may be seconds apart."""
        end, last = begin, first = self._samples[-1]
        rising = 1
        for time, value in islice(reversed(self._samples), 1, None):
            if first - value < MIN_LEAK_STEP_MB:
                break
            begin, first = time, value
            rising += 1
        if rising < MIN_LEAK_SAMPLES or end - begin < self.rule.leak_seconds - 0.5:
            return -math.inf
        return last + (last - first) / (end - begin) * self.rule.leak_horizon_seconds
