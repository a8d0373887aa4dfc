"""The resident set: on its way to the limit, by a slow leak or a fast one."""

import math
from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from monitoring.alerts.detectors.base import Detector
from monitoring.alerts.detectors.kv_memory import KVMemory
from monitoring.alerts.detectors.memory import MemoryLimit
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
# The begin of the window, as a share of its bins: the level that the KV caches had there was reached before.
BEGIN_SHARE = 0.25
# Samples of a fast leak, and the MiB by which each must exceed the one before.
MIN_LEAK_SAMPLES = 5
MIN_LEAK_STEP_MB = 8
# Smallest rate in the second half of a fast leak, as a share of the rate in the first: a burst gets slower.
STEADY_LEAK_SHARE = 0.5
# Records closer than this with the same value may repeat one sample.
SAME_SAMPLE_SECONDS = 2.5


class MemoryGrowth(Rule):
    """The resident set is on its way to the limit."""

    window_seconds: WindowSeconds
    horizon_hours: Annotated[float, Field(gt=0, le=24 * 30)]
    leak_seconds: WindowSeconds
    leak_horizon_seconds: WindowSeconds
    warmup_seconds: Seconds


class Bin(NamedTuple):
    """A part of the window of a slow leak."""

    number: int
    # The lowest resident set in MiB.
    memory_mb: float
    # The most that the KV caches took in MiB; NaN where no record of the bin tells it.
    kv_mb: float


class MemoryGrowthDetector(Detector[MemoryGrowth]):
    """Predict whether the resident set will pass the limit, by a slow leak or a fast one.

    A slow leak lifts the lowest value of each bin of the window. Its slope is the median of the slopes
    between all pairs of bins (Theil 1950, Sen 1968), which a few outliers do not move. Memory that grows
    after a start and then stays, as while a model warms up, has no slope in the second half of the window.
    What the model's KV caches explain of the growth is not counted.
    """

    name = "memory_growth"
    events = (SAMPLED, FINISHED, "model.loaded", "app.started")

    def __init__(self, rule: MemoryGrowth, limit: MemoryLimit, machine: Machine) -> None:
        super().__init__(rule)
        self._limit, self._machine = limit, machine
        # When the warm-up ends, in s since the epoch.
        self._warm = -math.inf
        self._begin()

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        if seen.event in ("app.started", "model.loaded"):
            self._begin()
            # Memory grows as it should until the model is loaded.
            is_loaded = seen.event == "model.loaded"
            self._warm = seen.time + self.rule.warmup_seconds if is_loaded else math.inf
            return ()
        self._kv.add(seen)
        if seen.time < self._warm or math.isnan(seen.memory_usage_mb):
            return ()
        if self._bins and self._bins[-1].number == self._number(seen.time):
            last = self._bins[-1]
            self._bins[-1] = last._replace(kv_mb=float(np.fmax(last.kv_mb, seen.kv_mb)))
        if self._is_known(seen):
            return ()
        self._add(seen)
        reached = max(self._slow, self._leak())
        limit = self._machine.limit_mb(self._limit.limit_mb)
        if reached <= limit:
            return FINE
        return (Signal("system", True, "memory to come, MiB", reached, limit),)

    def _begin(self) -> None:
        self._bins: deque[Bin] = deque(maxlen=BINS)
        # Time in s since the epoch, MiB.
        self._samples: deque[tuple[float, float]] = deque(maxlen=64)
        self._kv = KVMemory()
        # MiB at the horizon, by the slope of a slow leak.
        self._slow = -math.inf

    def _number(self, time: float) -> int:
        return int(time * BINS / self.rule.window_seconds)

    def _is_known(self, seen: Observation) -> bool:
        if not self._samples:
            return False
        time, value = self._samples[-1]
        return value == seen.memory_usage_mb and seen.time - time < SAME_SAMPLE_SECONDS

    def _add(self, seen: Observation) -> None:
        value = seen.memory_usage_mb
        self._samples.append((seen.time, value))
        number = self._number(seen.time)
        if self._bins and self._bins[-1].number == number:
            self._bins[-1] = self._bins[-1]._replace(memory_mb=min(value, self._bins[-1].memory_mb))
            return
        while self._bins and self._bins[0].number <= number - BINS:
            self._bins.popleft()
        if number % BINS_BETWEEN == 0:
            # Only bins that have ended are judged.
            self._slow = self._projected()
        self._bins.append(Bin(number, value, seen.kv_mb))

    def _projected(self) -> float:
        """Return the MiB that a slow leak will have reached at the horizon; -inf where there is none."""
        if len(self._bins) < MIN_BINS:
            return -math.inf
        numbers, values, kv_mb = np.array(self._bins).T
        rise = slope(numbers, values)
        half = len(values) // 2
        parts = (slice(half), slice(half, None), slice(-BINS // 6, None))
        # `not all` also catches NaN.
        if not all(slope(numbers[part], values[part]) > STEADY_SHARE * rise for part in parts):
            return -math.inf
        # The caches may have had their level anywhere in the begin, so growth is counted from its end.
        begin = max(1, int(len(values) * BEGIN_SHARE))
        span = float(numbers[-1] - numbers[begin - 1])
        growth = rise * span - self._kv.explained(kv_mb[:begin].tolist(), kv_mb.tolist(), rise * span)
        if not growth >= MIN_RISE * values[0]:
            return -math.inf
        horizon_bins = self.rule.horizon_hours * 3600 * BINS / self.rule.window_seconds
        return float(values[-1] + growth / span * horizon_bins)

    def _leak(self) -> float:
        """Return the MiB that a leak without a pause will have reached; samples may be seconds apart."""
        rising = [self._samples[-1]]
        for time, value in islice(reversed(self._samples), 1, None):
            if rising[-1][1] - value < MIN_LEAK_STEP_MB:
                break
            rising.append((time, value))
        (end, last), (middle, half), (begin, first) = rising[0], rising[len(rising) // 2], rising[-1]
        seconds = end - begin
        if len(rising) < MIN_LEAK_SAMPLES or seconds < self.rule.leak_seconds - 0.5:
            return -math.inf
        if (last - half) * (middle - begin) < STEADY_LEAK_SHARE * (half - first) * (end - middle):
            return -math.inf
        growth = last - first
        growth -= self._kv.explained_lately(begin, first, growth)
        return last + growth / seconds * self.rule.leak_horizon_seconds if growth > 0 else -math.inf
