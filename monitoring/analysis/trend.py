"""The trend of noisy values: a median of slopes, which a few outliers do not move (Theil 1950, Sen 1968)."""

import math

import numpy as np

from monitoring.analysis.time_range import Records

# Spans that must hold records: the start of an app alone has no trend.
MIN_SPANS = 10
# Smallest rise over the window, as a share of the resident set: less is noise.
MIN_RISE = 0.01


def slope(x: np.ndarray, y: np.ndarray) -> float:
    """Return the median of the slopes between all pairs of points; NaN if all `x` are equal."""
    first, second = np.triu_indices(len(x), 1)
    apart = x[second] != x[first]
    rise, run = (y[second] - y[first])[apart], (x[second] - x[first])[apart]
    return float(np.median(rise / run)) if len(run) else math.nan


def trend(time: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Return the slope per second of a line through values at times, and its level at the first time.

    Values that are NaN are left out. A single value has the slope 0; without values the level is NaN.
    """
    known = ~np.isnan(values)
    x, y = (time - time[0])[known], values[known]
    if len(x) < 2:
        return 0.0, float(y[0]) if len(y) else math.nan
    steepness = slope(x, y)
    return steepness, float(np.median(y - steepness * x))


def memory_full_at(records: Records, limit_mb: float) -> float | None:
    """Return the slope per second of a line through values at times, and its level at the first one.

    Memory that grew after a start and then stays has no slope in the second half of the time range.
    """
    (medians,) = records.series("memory_usage_mb", (50,))
    known = ~np.isnan(medians)
    if known.sum() < MIN_SPANS:
        return None
    time, values = records.grid.centers[known], medians[known]
    half = len(values) // 2
    slope = min(trend(time, values)[0], trend(time[half:], values[half:])[0])
    if slope * (time[-1] - time[0]) < MIN_RISE * values[0]:
        return None
    # The level of the trend at the last time.
    level = float(np.median(values - slope * (time - time[-1])))
    return float(time[-1]) + max(0.0, limit_mb - level) / slope
