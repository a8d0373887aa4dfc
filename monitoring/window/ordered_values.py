"""Keep values that come and go in order, for their percentiles."""

from collections import Counter

import numpy as np
from sortedcontainers import SortedList

from monitoring.percentiles import percentile

# So many changes may wait for the next question, however few values there are.
MAX_PENDING = 10_000


class OrderedValues:
    """Numbers in order; adding or removing one costs the same among few and among many.

    Changes are gathered until the next question: a thousand at once cost far less than one by one.
    """

    def __init__(self, max_pending: int = MAX_PENDING) -> None:
        self._max_pending = max_pending
        self._ordered = SortedList()
        self._added: list[float] = []
        self._removed: list[float] = []

    def __len__(self) -> int:
        return len(self._ordered) + len(self._added) - len(self._removed)

    def add(self, values: np.ndarray) -> None:
        """Add values; NaN is no value."""
        self._added += _known(values)
        self._settle_many()

    def remove(self, values: np.ndarray) -> None:
        """Remove values that were added before."""
        self._removed += _known(values)
        self._settle_many()

    def percentile(self, percent: float) -> float | None:
        """Return a percentile of the values; None where there are none."""
        self._settle()
        return percentile(self._ordered, percent) if self._ordered else None

    def _settle_many(self) -> None:
        if len(self._added) + len(self._removed) > max(self._max_pending, len(self._ordered) // 2):
            self._settle()

    def _settle(self) -> None:
        self._ordered.update(self._added)
        if len(self._removed) * 4 > len(self._ordered):  # One pass costs less than many searches.
            gone = Counter(self._removed)
            kept = [value for value in self._ordered if not _take(gone, value)]
            self._ordered = SortedList(kept)
        else:
            for value in self._removed:
                self._ordered.remove(value)
        self._added, self._removed = [], []


def _known(values: np.ndarray) -> list[float]:
    known: list[float] = values[~np.isnan(values)].tolist()
    return known


def _take(gone: Counter[float], value: float) -> bool:
    """Count one of this value down, and return whether one was left."""
    if not gone[value]:
        return False
    gone[value] -= 1
    return True
