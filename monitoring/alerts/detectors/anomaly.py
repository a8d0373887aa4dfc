"""Values far outside of those of the last days at the present load; there is no fixed limit."""

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from pydantic import Field

from monitoring.alerts.detectors.base import MAX_EVIDENCE, Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rule import Count, Rule, WindowSeconds
from monitoring.alerts.signal import Signal
from monitoring.percentiles import percentiles
from monitoring.record.vocabulary import FINISHED, SAMPLED

LATENCY = "p95 against the past, ms"
SPEED = "tokens/s against the past"
MEMORY = "memory against the past, MiB"
# Requests in a bin: percentiles of fewer say little.
MIN_REQUESTS = 10
# Values that are kept of a bin.
MAX_VALUES = 2000
# Bins of the past that are compared: those with the nearest load.
NEIGHBOURS = 60
# Smallest spread as a share of the median, so that a constant past does not make every value odd.
MIN_SPREAD = 0.03
# Factor from the median absolute deviation to sigma, for a normal distribution (Rousseeuw and Croux 1993).
MAD_TO_SIGMA = 1.4826


class Odd(Rule):
    """A value is far outside of the past."""

    bin_seconds: WindowSeconds
    history_bins: Count
    least_bins: Count
    score: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    ratio: Annotated[float, Field(gt=1, allow_inf_nan=False)]
    for_bins: Count


@dataclass(slots=True)
class _Measure:
    """One number for each bin: the running bin, and the past bins with their loads."""

    summary: Callable[[list[float]], float]
    is_high_bad: bool
    min_values: int
    # Logarithm of the load, value.
    past: deque[tuple[float, float]]
    # Value and request id of the running bin.
    requests: list[tuple[float, str]] = field(default_factory=list)
    odd_bins: int = 0


class OddDetector(Detector[Odd]):
    """Compare latency, speed and memory with their own past, bin by bin.

    The distance of a value from the median of the past bins with about the same number of requests is
    measured in robust deviations: the scaled median absolute deviation. Odd bins enter the past, too: a few
    of them do not move a median, and many are a new normal.
    """

    name = "odd"
    events = (FINISHED, SAMPLED)

    def __init__(self, rule: Odd) -> None:
        super().__init__(rule)
        self._bin = -1
        self._load = 0
        # By task and name.
        self._measures: dict[tuple[str, str], _Measure] = {}

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        number = int(seen.time // self.rule.bin_seconds)
        signals: list[Signal] = []
        if number != self._bin:
            signals = self._close()
            # After a gap, bins are not consecutive.
            if number != self._bin + 1:
                for measure in self._measures.values():
                    measure.odd_bins = 0
            self._bin, self._load = number, 0
        if seen.event == SAMPLED:
            self._add("system", MEMORY, seen.memory_usage_mb, "")
        elif seen.status == "ok":
            self._load += 1
            self._add(seen.task_type, LATENCY, seen.response_time_ms, seen.request_id)
            self._add(seen.task_type, SPEED, seen.tokens_per_second, seen.request_id)
        return signals

    def _add(self, task: str, name: str, value: float, request: str) -> None:
        if math.isnan(value):
            return
        measure = self._measures.get((task, name))
        if measure is None:
            measure = self._measures[task, name] = _measure(name, self.rule.history_bins)
        if len(measure.requests) < MAX_VALUES:
            measure.requests.append((value, request))

    def _close(self) -> list[Signal]:
        """End the running bin; return a signal for each task."""
        load = math.log1p(self._load)
        signals: dict[str, Signal] = {}
        for (task, name), measure in self._measures.items():
            if len(measure.requests) >= measure.min_values:
                signal = self._judge(task, name, measure, load)
                if signal.is_bad or task not in signals:
                    signals[task] = signal
            measure.requests = []
        return list(signals.values())

    def _judge(self, task: str, name: str, measure: _Measure, load: float) -> Signal:
        value = measure.summary([value for value, _ in measure.requests])
        limit = self._limit(measure, load)
        measure.past.append((load, value))
        is_odd = value > limit if measure.is_high_bad else value < limit
        measure.odd_bins = measure.odd_bins + 1 if is_odd else 0
        if measure.odd_bins < self.rule.for_bins:
            return Signal(task, False)
        worst = sorted(measure.requests, reverse=measure.is_high_bad)[:MAX_EVIDENCE]
        requests = tuple(request for _, request in worst if request)
        return Signal(task, True, name, value, limit, requests)

    def _limit(self, measure: _Measure, load: float) -> float:
        """Return the limit beyond which a value is odd at this load; NaN where the past is too short."""
        if len(measure.past) < self.rule.least_bins:
            return math.nan
        loads, values = np.array(measure.past).T
        if len(values) > NEIGHBOURS:
            values = values[np.argpartition(np.abs(loads - load), NEIGHBOURS)[:NEIGHBOURS]]
        median = float(np.median(values))
        spread = max(MAD_TO_SIGMA * float(np.median(np.abs(values - median))), MIN_SPREAD * median)
        if measure.is_high_bad:
            return max(median + self.rule.score * spread, median * self.rule.ratio)
        return min(median - self.rule.score * spread, median / self.rule.ratio)


def _measure(name: str, history: int) -> _Measure:
    past: deque[tuple[float, float]] = deque(maxlen=history)
    if name == MEMORY:
        return _Measure(max, True, 1, past)
    if name == SPEED:
        return _Measure(lambda values: float(np.median(values)), False, MIN_REQUESTS, past)
    return _Measure(lambda values: float(percentiles(np.array(values), (95,))[0]), True, MIN_REQUESTS, past)
