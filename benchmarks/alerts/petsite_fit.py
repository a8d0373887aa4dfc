"""Limits of two rules for a service, fitted to its fault-free time and to faults whose times are known."""

import math
from collections import deque
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.alerts.petsite import POINT_SECONDS, Case, Point, observations
from monitoring.alerts.detectors.base import MAX_RECENT, Recent, Value
from monitoring.alerts.rules import Rules
from monitoring.alerts.rules_file import load_rules

PERCENTILES = (90, 95, 99)
FAILURES = "failures"
# Without a fault, bad points are mostly single ones. A window of two points does not fire for a single one.
WINDOW = 2 * POINT_SECONDS
LASTING = (0, 120, 300)  # candidates of `for_seconds`, the time that a value must stay above its limit
STEP_SECONDS = 5.0
DRAWS = (1, 2, 3)  # seeds; a limit must hold for several random orders of the requests
MARGIN = 1.05  # a training fault counts as caught from this multiple of the worst fault-free value on

# Values over time, by percentile or `FAILURES`.
Series = dict[int | str, np.ndarray]


class Setting(NamedTuple):
    """The settings of a rule that are fitted before its limit."""

    measure: int | str  # a percentile of the latencies, or `FAILURES`
    lasting: float  # s that a value must stay above the limit


class Fit(NamedTuple):
    """How well a rule separates faults from the fault-free time."""

    caught: int  # number of training faults
    distance: float  # sum over the caught faults: logarithm of the ratio to the worst fault-free value
    setting: Setting
    limit: float  # ms, or the share of failures


def fit(quiet: Sequence[Point], train: Sequence[Case]) -> Rules:
    """Return the shipped rules with limits of `slow_task` and `error_rate` for this service.

    Each rule gets the percentile and the duration that catch the most training faults. Its limit is the
    geometric mean of the worst fault-free value, which must not fire, and of the weakest caught fault. If no
    fault is caught, the limit is 1.5 times the worst fault-free value.
    """
    usual = median(point.requests for point in quiet) * WINDOW / POINT_SECONDS
    # A window needs half of its usual number of requests.
    min_requests = max(10, int(min(usual, MAX_RECENT) / 2))
    normal = [_series(quiet, min_requests, seed) for seed in DRAWS]
    faults = [[_series(case.points, min_requests, seed) for seed in DRAWS] for case in train]
    latency = _best(normal, faults, PERCENTILES)
    failures = _best(normal, faults, (FAILURES,))
    rules = load_rules()
    window = {"window_seconds": WINDOW, "requests": min_requests}
    slow_task = {
        "percentile": latency.setting.measure,
        "limit_ms": latency.limit,
        "for_seconds": latency.setting.lasting,
    }
    error_rate = {"share": min(failures.limit, 1.0), "for_seconds": failures.setting.lasting}
    return rules.model_copy(
        update={
            "slow_task": rules.slow_task.model_copy(update=window | slow_task),
            "error_rate": rules.error_rate.model_copy(update=window | error_rate),
        }
    )


def _best(normal: Sequence[Series], faults: Sequence[Sequence[Series]], names: Sequence[int | str]) -> Fit:
    fits = []
    for name in names:
        for lasting in LASTING:
            worst = max(_sustained(draw[name], lasting) for draw in normal)
            levels = [min(_sustained(draw[name], lasting) for draw in draws) for draws in faults]
            fits.append(_fit(Setting(name, lasting), worst, levels))
    return max(fits, key=lambda fit: (fit.caught, fit.distance))


def _fit(setting: Setting, worst: float, levels: Sequence[float]) -> Fit:
    # A service that never fails still needs a limit above 0.
    worst = max(worst, 1e-4)
    caught = [level for level in levels if level >= MARGIN * worst]
    limit = math.sqrt(worst * min(caught)) if caught else 1.5 * worst
    return Fit(len(caught), sum(math.log(level / worst) for level in caught), setting, limit)


def _series(points: Sequence[Point], min_requests: int, seed: int) -> Series:
    """Return percentiles and the share of failures over a sliding window, every five seconds."""
    recent, ends, failed, next_step = Recent(WINDOW), deque[tuple[float, bool]](), 0, -math.inf
    rows = []
    for seen in observations(points, seed):
        is_failed = seen.status == "error"
        ends.append((seen.time, is_failed))
        failed += is_failed
        while ends[0][0] < seen.time - WINDOW or len(ends) > MAX_RECENT:
            failed -= ends.popleft()[1]
        if not is_failed:
            recent.add(Value(seen.time, seen.response_time_ms, ""))
        if seen.time >= next_step and len(recent) >= min_requests:
            next_step = seen.time + STEP_SECONDS
            rows.append((*(recent.percentile(percent) for percent in PERCENTILES), failed / len(ends)))
    columns = np.array(rows).T if rows else np.zeros((len(PERCENTILES) + 1, 1))
    return dict(zip((*PERCENTILES, FAILURES), columns, strict=True))


def _sustained(values: np.ndarray, seconds: float) -> float:
    """Return the highest level that the values stay at or above for this time."""
    steps = max(1, int(seconds / STEP_SECONDS))
    return float(sliding_window_view(values, steps).min(axis=1).max()) if len(values) >= steps else 0.0
