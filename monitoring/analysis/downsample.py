"""Fewer points for the browser, without losing a peak."""

from itertools import pairwise

import numpy as np


def reduce_points(time: np.ndarray, values: np.ndarray, most: int) -> np.ndarray:
    """Return which points to show, in the order of time: the lowest and highest of each of `most` / 2 spans.

    Values that are NaN are left out. The spans are equal in time, so that `most` may not be reached.
    """
    known = np.flatnonzero(~np.isnan(values))
    times = time[known]
    if (np.diff(times) < 0).any():
        order = np.argsort(times, kind="stable")
        known, times = known[order], times[order]
    if len(known) <= most:
        return known
    heights = values[known]
    edges = np.linspace(times[0], times[-1], most // 2, endpoint=False)
    starts = np.unique(np.searchsorted(times, edges)).tolist()  # of the spans that are not empty
    chosen: set[int] = set()
    for start, stop in pairwise([*starts, len(known)]):
        span = heights[start:stop]
        chosen |= {start + int(span.argmin()), start + int(span.argmax())}
    result: np.ndarray = known[sorted(chosen)]
    return result
