"""Equal spans of time, and what happened in each of them."""

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
        """Length of one span, in s."""
        return (self.until - self.since) / self.count or 1.0

    @property
    def centers(self) -> np.ndarray:
        """The middle of each span, in s since the epoch."""
        return self.since + (np.arange(self.count) + 0.5) * self.width

    def spread(self, time: np.ndarray) -> "Spread":
        """Sort records into the spans by their moments; those outside go to the first or the last span."""
        places = np.clip((time - self.since) / self.width, 0, self.count - 1).astype(np.int32)
        order = None
        if (places[1:] < places[:-1]).any():  # rare: a log is in the order of time, or nearly
            order = np.argsort(places, kind="stable")
            places = places[order]
        return Spread(order, np.searchsorted(places, np.arange(self.count + 1)))


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Records spread over the spans of a grid; what it is asked about has a value for each record."""

    order: np.ndarray | None  # how to sort the records by their spans; None where they are so
    bounds: np.ndarray  # int64: span i is made of the sorted records from bounds[i] to bounds[i + 1]

    def counts(self, mask: np.ndarray | None = None) -> np.ndarray:
        """Count the records of each span, or those that `mask` selects, float64."""
        return np.diff(self.bounds).astype(float) if mask is None else self.sums(mask.astype(float))

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Add up the values in each span, NaN being nothing."""
        known = np.append(np.where(np.isnan(values), 0, values)[self._sorted()], 0.0)
        totals = np.add.reduceat(known, self.bounds[:-1])
        return np.where(np.diff(self.bounds) > 0, totals, 0.0)  # an empty span has the next one's first value

    def means(self, values: np.ndarray) -> np.ndarray:
        """Return the mean of each span's values, NaN where there is none."""
        with np.errstate(invalid="ignore"):
            result: np.ndarray = self.sums(values) / self.counts(~np.isnan(values))
        return result

    def percentiles(self, values: np.ndarray, percents: Sequence[float]) -> np.ndarray:
        """Return percentiles of each span's values, shape [len(percents), spans], NaN where there is none."""
        parts = np.split(values[self._sorted()], self.bounds[1:-1])
        return np.array([percentiles(part, percents) for part in parts]).T

    def _sorted(self) -> slice | np.ndarray:
        return slice(None) if self.order is None else self.order
