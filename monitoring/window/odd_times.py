"""Find the records that are dated far from all others, as a machine with a wrong clock dates them."""

import math
from dataclasses import dataclass

import numpy as np

# A wrong clock dates few records: at each end of a log at most so many, or this share of all if that is more.
MAX_FEW = 10
MAX_SHARE = 0.01
# Of a short log, and beyond a gap of another age, at most this share.
MAX_LARGE_SHARE = 0.2
# Odd records are so many times as far away as all others lie apart, and a pause of a month is ordinary.
MIN_SPANS_AWAY = 10
MIN_SECONDS_AWAY = 30 * 86_400.0
# No log pauses for so long, whatever its own length.
MIN_SECONDS_OF_ANOTHER_AGE = 5 * 365 * 86_400.0
MAX_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class OddTimes:
    """The time of a log without its odd records, and which those are; moments in s since the epoch."""

    # The first and the last record that are not odd.
    first: float
    last: float
    # The number of odd records.
    count: int = 0
    # The times of some of them.
    examples: tuple[float, ...] = ()


def odd_times(time: np.ndarray) -> OddTimes:
    """Tell which times of records are far from all others; there is at least one time, in any order."""
    first, last = float(time.min()), float(time.max())
    if last - first < MIN_SECONDS_AWAY:  # Most logs: a live one is looked at with each new record.
        return OddTimes(first, last)
    # A log is nearly in the order of time, which makes a stable sort fast.
    order = np.sort(time, kind="stable")
    since = _odd_before(order)
    until = len(order) - _odd_before(-order[::-1])
    odd = (*order[:since].tolist(), *order[until:].tolist())
    examples = tuple(dict.fromkeys(map(math.floor, odd)))[:MAX_EXAMPLES]
    return OddTimes(float(order[since]), float(order[until - 1]), len(odd), examples)


def _odd_before(order: np.ndarray) -> int:
    """Return how many of the first times are odd; the times are sorted."""
    most = int(len(order) * MAX_LARGE_SHARE)
    few = min(most, max(MAX_FEW, int(len(order) * MAX_SHARE)))
    # The last time that cannot be odd itself.
    end = order[len(order) - 1 - most]
    gaps = np.diff(order[: most + 1])
    # How far the times after each gap lie apart.
    spans = end - order[1 : most + 1]
    is_far = gaps >= MIN_SECONDS_OF_ANOTHER_AGE
    is_far[:few] |= (gaps[:few] >= MIN_SECONDS_AWAY) & (gaps[:few] >= MIN_SPANS_AWAY * spans[:few])
    found = np.flatnonzero(is_far)
    return int(found[-1]) + 1 if len(found) else 0
