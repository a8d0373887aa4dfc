"""Limits for a service, from its fault-free time and from faults of which is known when they were."""

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
WINDOW = 2 * POINT_SECONDS  # what is not a fault is mostly one bad point: no rule judges by one alone
LASTING = (0, 120, 300)  # s, that a rule may wait before it fires
STEP_SECONDS = 5.0
DRAWS = (1, 2, 3)  # seeds: a limit must hold for each way in which the requests may have come
MARGIN = 1.05  # a training fault counts as caught from so many times the worst fault-free value on

Series = dict[int | str, np.ndarray]  # by percentile or `FAILURES`


class Setting(NamedTuple):
    """What a rule looks at."""

    measure: int | str  # a percentile of the latencies, or `FAILURES`
    lasting: float  # s


class Fit(NamedTuple):
    """How well a rule tells faults from the fault-free time; the best is the greatest."""

    caught: int  # training faults
    distance: float  # sum of the logarithms of how far those are above the worst fault-free value
    setting: Setting
    limit: float  # ms, or a share


def fit(quiet: Sequence[Point], train: Sequence[Case]) -> Rules:
    """Return the shipped rules with limits of `slow_task` and `error_rate` for this service.

    Each rule takes the percentile and lasting time with which most training faults stand out from the
    fault-free time. Its limit is the geometric middle of the worst fault-free value (none of that fires) and
    the weakest training fault that is caught; where none is, half more than the worst fault-free value.
    """
    usual = median(point.requests for point in quiet) * WINDOW / POINT_SECONDS
    least = max(10, int(min(usual, MAX_RECENT) / 2))  # half of what a window usually holds
    normal = [_series(quiet, least, seed) for seed in DRAWS]
    faults = [[_series(case.points, least, seed) for seed in DRAWS] for case in train]
    latency = _best(normal, faults, PERCENTILES)
    failures = _best(normal, faults, (FAILURES,))
    rules = load_rules()
    window = {"window_seconds": WINDOW, "requests": least}
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
    worst = max(worst, 1e-4)  # a service that never fails still has a limit of failures
    caught = [level for level in levels if level >= MARGIN * worst]
    limit = math.sqrt(worst * min(caught)) if caught else 1.5 * worst
    return Fit(len(caught), sum(math.log(level / worst) for level in caught), setting, limit)


def _series(points: Sequence[Point], least: int, seed: int) -> Series:
    """Return percentiles and the share of failures over a sliding window, every five seconds."""
    recent, ends, failed, next_look = Recent(WINDOW), deque[tuple[float, bool]](), 0, -math.inf
    rows = []
    for seen in observations(points, seed):
        is_failed = seen.status == "error"
        ends.append((seen.time, is_failed))
        failed += is_failed
        while ends[0][0] < seen.time - WINDOW or len(ends) > MAX_RECENT:
            failed -= ends.popleft()[1]
        if not is_failed:
            recent.add(Value(seen.time, seen.response_time_ms, ""))
        if seen.time >= next_look and len(recent) >= least:
            next_look = seen.time + STEP_SECONDS
            rows.append((*(recent.percentile(percent) for percent in PERCENTILES), failed / len(ends)))
    columns = np.array(rows).T if rows else np.zeros((len(PERCENTILES) + 1, 1))
    return dict(zip((*PERCENTILES, FAILURES), columns, strict=True))


def _sustained(values: np.ndarray, seconds: float) -> float:
    """Return the highest level that the values do not fall below for so long."""
    steps = max(1, int(seconds / STEP_SECONDS))
    return float(sliding_window_view(values, steps).min(axis=1).max()) if len(values) >= steps else 0.0
