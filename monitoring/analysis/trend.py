"""The slope of noisy values: a median of slopes, which a few outliers do not move (Theil 1950, Sen 1968)."""

import math

import numpy as np

from monitoring.analysis.time_range import Part

SPANS_OF_A_TREND = 10  # in which there must be records: a start alone has no trend
LEAST_RISE = 0.01  # of the resident set, over the window: less is noise


def slope(x: np.ndarray, y: np.ndarray) -> float:
    """Return the median of the slopes of all pairs, in y a unit of x; NaN where no two `x` differ."""
    first, second = np.triu_indices(len(x), 1)
    apart = x[second] != x[first]
    rise, run = (y[second] - y[first])[apart], (x[second] - x[first])[apart]
    return float(np.median(rise / run)) if len(run) else math.nan


def trend(time: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Return the slope per second, and the level at the first moment, of a line through values at times.

    NaN is left out; a single value has the slope 0, none has the level NaN.
    """
    known = ~np.isnan(values)
    x, y = (time - time[0])[known], values[known]
    if len(x) < 2:
        return 0.0, float(y[0]) if len(y) else math.nan
    steepness = slope(x, y)
    return steepness, float(np.median(y - steepness * x))


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
