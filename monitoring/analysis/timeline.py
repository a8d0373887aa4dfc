"""Equal spans of time, and sums, means and percentiles of the records in each of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitoring.percentiles import percentiles


@dataclass(frozen=True, slots=True)
class Grid:
    """`count` equal spans between two moments, in s since the epoch."""

    since: float
    until: float
    count: int

    @property
    def width(self) -> float:
        """The length of one span, in s."""
        return (self.until - self.since) / self.count or 1.0

    @property
    def centers(self) -> np.ndarray:
        """The middle of each span, in s since the epoch."""
        return self.since + (np.arange(self.count) + 0.5) * self.width

    def spread(self, time: np.ndarray) -> "Spread":
        """Sort records into the spans by their times; records outside go to the first or the last span."""
        places = np.clip((time - self.since) / self.width, 0, self.count - 1).astype(np.int32)
        order = None
        # Sorting is rarely needed: a log is in the order of time, or nearly so.
        if (places[1:] < places[:-1]).any():
            order = np.argsort(places, kind="stable")
            places = places[order]
        return Spread(order, np.searchsorted(places, np.arange(self.count + 1)))


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Records that are sorted into the spans of a grid; `values` and masks have an entry for each record."""

    # Indices that sort the records by their spans; `None` if they are sorted.
    order: np.ndarray | None
    # int64; span i holds the sorted records from bounds[i] to bounds[i + 1].
    bounds: np.ndarray

    def counts(self, mask: np.ndarray | None = None) -> np.ndarray:
        """Return the number of records in each span, or of those that `mask` selects, float64."""
        return np.diff(self.bounds).astype(float) if mask is None else self.sums(mask.astype(float))

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of the values in each span; NaN counts as 0."""
        known = np.append(np.where(np.isnan(values), 0, values)[self._sorted()], 0.0)
        totals = np.add.reduceat(known, self.bounds[:-1])
        # For an empty span, `reduceat` returns the first value of the next one.
        return np.where(np.diff(self.bounds) > 0, totals, 0.0)

    def means(self, values: np.ndarray) -> np.ndarray:
        """Return the mean of each span's values, NaN for an empty span."""
        with np.errstate(invalid="ignore"):
            result: np.ndarray = self.sums(values) / self.counts(~np.isnan(values))
        return result

    def percentiles(self, values: np.ndarray, percents: Sequence[float]) -> np.ndarray:
        """Return percentiles of each span's values, shape [len(percents), spans], NaN for an empty span."""
        spans = np.split(values[self._sorted()], self.bounds[1:-1])
        return np.array([percentiles(span, percents) for span in spans]).T

    def _sorted(self) -> slice | np.ndarray:
        return slice(None) if self.order is None else self.order
