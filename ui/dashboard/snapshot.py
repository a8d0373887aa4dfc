"""The data of one view at one moment, shared by all pages that look at the same source and time range."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cachetools import FIFOCache

from monitoring.analysis.time_range import TimeRange
from monitoring.reading.log_reader import View
from monitoring.window.masks import during
from ui.view.interval import Interval

# Just below the shortest refresh, so that all pages that ask within one refresh share a snapshot.
FRESH_SECONDS = 1.9
MAX_FRESH_SECONDS = 10.0
MAX_SHARE = 0.01  # largest share of one core that refreshing one view may use
# Cached parts per snapshot. Bounded: a file's snapshot never changes, and filter texts vary without limit.
MAX_CACHED = 64


@dataclass(frozen=True, slots=True)
class LogState:
    """Whether the log can be written."""

    dropped: int = 0  # records so far that were never written
    error: OSError | None = None  # why nothing can be written now; None while writing works


@dataclass(slots=True, eq=False)
class Snapshot:
    """The records and the state of a source at one moment, with a cache of everything made from them."""

    serial: int
    taken: float  # s of a monotonic clock
    view: View
    interval: Interval
    log: LogState
    time_range: TimeRange  # the records of the interval
    cost: float = 0.0  # s of processor time spent on the cached parts
    _cache: FIFOCache[object, bytes] = field(default_factory=lambda: FIFOCache(MAX_CACHED))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def take(cls, serial: int, taken: float, view: View, interval: Interval, log: LogState) -> "Snapshot":
        """Select the records of the interval."""
        return cls(serial, taken, view, interval, log, TimeRange(view.frame, interval.since, interval.until))

    def is_fresh(self, now: float) -> bool:
        """Return whether it is too early to read the source again; a costly view is refreshed less often."""
        return now - self.taken < min(max(FRESH_SECONDS, self.cost / MAX_SHARE), MAX_FRESH_SECONDS)

    def is_outdated(self, view: View, interval: Interval, log: LogState) -> bool:
        """Return whether a new snapshot would differ: by new records, or by some that left the interval."""
        if (view.version, log, interval.range) != (self.view.version, self.log, self.interval.range):
            return True
        return int(during(view.frame, interval.since, interval.until).sum()) != len(self.time_range.all)

    def once(self, key: object, make: Callable[[], bytes]) -> bytes:
        """Return the cached part of this key; the first caller makes it while all others wait."""
        with self._lock:
            if key not in self._cache:
                started = time.thread_time()
                self._cache[key] = make()
                self.cost += time.thread_time() - started
            return self._cache[key]
