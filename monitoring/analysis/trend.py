"""The slope of noisy values: a median of slopes, which a few outliers do not move (Theil 1950, Sen 1968)."""

import math

import numpy as np


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
