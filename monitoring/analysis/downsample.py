"""Reduce a series to fewer points for the browser, without losing a peak."""

from itertools import pairwise

import numpy as np


def reduce_points(time: np.ndarray, values: np.ndarray, max_points: int) -> np.ndarray:
    """Return the indices of the points to show, in the order of time.

    The time is divided into `max_points` / 2 equal spans; the lowest and the highest point of each span are
    shown. Values that are NaN are left out. An empty span shows nothing, so there may be fewer points.
    """
    known = np.flatnonzero(~np.isnan(values))
    times = time[known]
    if (np.diff(times) < 0).any():
        order = np.argsort(times, kind="stable")
        known, times = known[order], times[order]
    if len(known) <= max_points:
        return known
    heights = values[known]
    edges = np.linspace(times[0], times[-1], max_points // 2, endpoint=False)
    # The first point of each span that is not empty.
    starts = np.unique(np.searchsorted(times, edges)).tolist()
    chosen: set[int] = set()
    for start, stop in pairwise([*starts, len(known)]):
        span = heights[start:stop]
        chosen |= {start + int(span.argmin()), start + int(span.argmax())}
    result: np.ndarray = known[sorted(chosen)]
    return result
