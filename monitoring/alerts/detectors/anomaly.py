"""What is far outside of the last days, at the load of now; no fixed limit."""

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from monitoring.alerts.detectors.base import EVIDENCE, Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import Odd
from monitoring.alerts.signal import Signal

LATENCY = "p95 against the past, ms"
SPEED = "tokens/s against the past"
MEMORY = "memory against the past, MiB"
LEAST_REQUESTS = 10  # in a bin: percentiles of fewer say little
MOST_VALUES = 2000  # that are kept of a bin
NEIGHBOURS = 60  # bins of the past with the load that is nearest
LEAST_SPREAD = 0.03  # of the median: a past without any spread makes nothing odd
MAD_TO_SIGMA = 1.4826  # of normally distributed values (Rousseeuw and Croux 1993)


@dataclass(slots=True)
class _Measure:
    """One number of each bin: the running bin, and the past ones with their loads."""

    summary: Callable[[list[float]], float]
    is_high_bad: bool
    least: int
    past: deque[tuple[float, float]]  # logarithm of the load, value
    requests: list[tuple[float, str]] = field(default_factory=list)  # of the running bin: value, id
    odd_bins: int = 0


class OddDetector(Detector[Odd]):
    """Latency, speed and memory against their own past, bin by bin.

    A value's distance from the median of the past bins with about the same number of requests is measured in
    robust deviations: the median absolute deviation, scaled. What is odd enters the past, too: some bins do
    not move a median, and many are a new normal.
    """

    name = "odd"
    events = ("task.finished", "resource.sample")

    def __init__(self, rule: Odd) -> None:
        super().__init__(rule)
        self._bin = -1
        self._load = 0
        self._measures: dict[tuple[str, str], _Measure] = {}  # by task and name

    def see(self, seen: Observation) -> Iterable[Signal]:
        number = int(seen.time // self.rule.bin_seconds)
        judged: list[Signal] = []
        if number != self._bin:
            judged = self._close()
            if number != self._bin + 1:  # a pause: what comes after it is not one after the other
                for measure in self._measures.values():
                    measure.odd_bins = 0
            self._bin, self._load = number, 0
        if seen.event == "resource.sample":
            self._add("system", MEMORY, seen.memory_usage_mb, "")
        elif seen.status == "ok":
            self._load += 1
            self._add(seen.task_type, LATENCY, seen.response_time_ms, seen.request_id)
            self._add(seen.task_type, SPEED, seen.tokens_per_second, seen.request_id)
        return judged

    def _add(self, task: str, name: str, value: float, request: str) -> None:
        if math.isnan(value):
            return
        measure = self._measures.get((task, name))
        if measure is None:
            measure = self._measures[task, name] = _measure(name, self.rule.history_bins)
        if len(measure.requests) < MOST_VALUES:
            measure.requests.append((value, request))

    def _close(self) -> list[Signal]:
        """End the running bin; return for each task what is odd about it, or that nothing is."""
        load = math.log1p(self._load)
        judged: dict[str, Signal] = {}
        for (task, name), measure in self._measures.items():
            if len(measure.requests) >= measure.least:
                signal = self._judge(task, name, measure, load)
                if signal.is_bad or task not in judged:
                    judged[task] = signal
            measure.requests = []
        return list(judged.values())

    def _judge(self, task: str, name: str, measure: _Measure, load: float) -> Signal:
        value = measure.summary([value for value, _ in measure.requests])
        limit = self._limit(measure, load)
        measure.past.append((load, value))
        is_odd = value > limit if measure.is_high_bad else value < limit
        measure.odd_bins = measure.odd_bins + 1 if is_odd else 0
        if measure.odd_bins < self.rule.for_bins:
            return Signal(task, False)
        worst = sorted(measure.requests, reverse=measure.is_high_bad)[:EVIDENCE]
        requests = tuple(request for _, request in worst if request)
        return Signal(task, True, name, value, limit, requests)

    def _limit(self, measure: _Measure, load: float) -> float:
        """Return from where on a value is odd at this load; NaN where the past is too short."""
        if len(measure.past) < self.rule.least_bins:
            return math.nan
        loads, values = np.array(measure.past).T
        if len(values) > NEIGHBOURS:
            values = values[np.argpartition(np.abs(loads - load), NEIGHBOURS)[:NEIGHBOURS]]
        median = float(np.median(values))
        spread = max(MAD_TO_SIGMA * float(np.median(np.abs(values - median))), LEAST_SPREAD * median)
        if measure.is_high_bad:
            return max(median + self.rule.score * spread, median * self.rule.ratio)
        return min(median - self.rule.score * spread, median / self.rule.ratio)


def _measure(name: str, history: int) -> _Measure:
    past: deque[tuple[float, float]] = deque(maxlen=history)
    if name == MEMORY:
        return _Measure(max, True, 1, past)
    if name == SPEED:
        return _Measure(lambda values: float(np.median(values)), False, LEAST_REQUESTS, past)
    return _Measure(lambda values: float(np.percentile(values, 95)), True, LEAST_REQUESTS, past)
