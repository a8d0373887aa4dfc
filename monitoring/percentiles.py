"""The one definition of a percentile: linear between two values, bit by bit that of `numpy.percentile`."""

import math
from collections.abc import Sequence

import numpy as np


def percentile(ordered: Sequence[float] | np.ndarray, percent: float) -> float:
    """Return a percentile of ascending values without NaN; NaN where there are no values."""
    if not len(ordered):
        return math.nan
    place = (len(ordered) - 1) * (percent / 100)
    low = ordered[int(place)]
    high = ordered[min(int(place) + 1, len(ordered) - 1)]
    share = place % 1
    # Counting from the nearer value keeps the result between the two in spite of rounding.
    return float(low + (high - low) * share if share < 0.5 else high - (high - low) * (1 - share))


def percentiles(values: np.ndarray, percents: Sequence[float]) -> np.ndarray:
    """Return percentiles of values in any order; NaN is no value, and without values each one is NaN."""
    values = values[~np.isnan(values)]
    if not len(values):
        return np.full(len(percents), np.nan)
    # Partitioning puts just the values in order that `percentile` reads, which is faster than sorting.
    below = ((len(values) - 1) * (np.asarray(percents) / 100)).astype(int)
    above = np.minimum(below + 1, len(values) - 1)
    ordered = np.partition(values, np.concatenate([below, above]))
    return np.array([percentile(ordered, percent) for percent in percents])
