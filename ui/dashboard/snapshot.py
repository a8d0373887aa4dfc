"""One look at a source, shared by everybody who looks at the same stretch of time."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from monitoring.analysis.time_range import Stretch
from monitoring.reading.log_reader import View
from monitoring.window.masks import during
from ui.dashboard.interval import Interval

FRESH_SECONDS = 1.9  # just less than the shortest refresh: all pages that ask meanwhile share one look
MOST_FRESH_SECONDS = 10.0
MOST_SHARE = 0.01  # of a core that looks at one stretch of time may take: the model needs the rest
MOST_MADE = 64  # things that are made of one look: a file's never changes, and texts to filter by are endless


@dataclass(frozen=True, slots=True)
class LogState:
    """How the writing of the log goes."""

    dropped: int = 0  # records so far that were never written
    error: OSError | None = None  # why nothing can be written, while that lasts


@dataclass(slots=True, eq=False)
class Snapshot:
    """What was known at one moment; what is made of it is made once."""

    serial: int
    taken: float  # s of a monotonic clock
    view: View
    interval: Interval
    log: LogState
    stretch: Stretch  # the interval's records
    cost: float = 0.0  # processor time in s that making things of it has taken
    _made: dict[object, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def take(cls, serial: int, taken: float, view: View, interval: Interval, log: LogState) -> "Snapshot":
        """Cut the interval out of what is known."""
        return cls(serial, taken, view, interval, log, Stretch(view.frame, interval.since, interval.until))

    def is_fresh(self, moment: float) -> bool:
        """Tell whether it is too early for another look: one that costs much is made less often."""
        return moment - self.taken < min(max(FRESH_SECONDS, self.cost / MOST_SHARE), MOST_FRESH_SECONDS)

    def is_news(self, view: View, interval: Interval, log: LogState) -> bool:
        """Tell whether another look would show something else: records that came, or that left with time."""
        if (view.version, log, interval.range) != (self.view.version, self.log, self.interval.range):
            return True
        return int(during(view.frame, interval.since, interval.until).sum()) != len(self.stretch.all)

    def once(self, key: object, make: Callable[[], bytes]) -> bytes:
        """Return what was made under this key, or make it; one at a time, so that many pages cost as one."""
        with self._lock:
            if key not in self._made:
                begun = time.thread_time()
                self._made[key] = make()
                self.cost += time.thread_time() - begun
                if len(self._made) > MOST_MADE:
                    del self._made[next(iter(self._made))]  # the oldest
            return self._made[key]
