"""The data of one view at one moment, shared by all pages that look at the same source and time range."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial

from monitoring.analysis.time_range import TimeRange
from monitoring.reading.log_reader import View
from monitoring.storage.keeping import LeftAlone
from monitoring.storage.write_error import WriteError
from monitoring.window.masks import during
from ui.dashboard.made_parts import MadeParts
from ui.view.interval import Interval

# Just below the shortest refresh, so that all pages that ask within one refresh share a snapshot.
FRESH_SECONDS = 1.9
MAX_FRESH_SECONDS = 10.0
# The same for a file that is being read.
LOADING_FRESH_SECONDS = 0.4
MAX_LOADING_SHARE = 0.1
ROW_BYTES = 8  # memory of a selected record's place in the window
MAX_SHARE = 0.01  # largest share of one core that refreshing one view may use


@dataclass(frozen=True, slots=True)
class LogState:
    """Whether the log can be written, and whether its old files are kept in order."""

    dropped: int = 0  # records so far that were never written
    error: WriteError | None = None  # why nothing can be written now; None while writing works
    # Of a folder with far more old files than would stay; None where they are kept in order.
    left_alone: LeftAlone | None = None


@dataclass(slots=True, eq=False)
class Snapshot:
    """The records and the state of a source at one moment; what is made from them is kept in `parts`.

    `parts` may be shared with other snapshots of other serial numbers.
    """

    serial: int
    taken: float  # s of a monotonic clock
    view: View
    interval: Interval
    log: LogState
    time_range: TimeRange  # the records of the interval
    parts: MadeParts = field(default_factory=MadeParts)
    cost: float = 0.0  # s of processor time spent on the parts
    _makers: int = 0  # threads that make a part now
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def take(
        cls,
        serial: int,
        taken: float,
        view: View,
        interval: Interval,
        log: LogState,
        parts: MadeParts | None = None,
    ) -> "Snapshot":
        """Select the records of the interval."""
        time_range = TimeRange(view.frame, interval.since, interval.until)
        return cls(serial, taken, view, interval, log, time_range, parts or MadeParts())

    @property
    def nbytes(self) -> int:
        """The memory that the selection of the records takes, in bytes."""
        return ROW_BYTES * len(self.time_range.all)

    @property
    def is_unknown(self) -> bool:
        """Whether the source is still being read, and has shown no requests yet: there may be some."""
        return self.view.loading and self.view.error is None and not len(self.time_range.counted)

    def is_fresh(self, now: float) -> bool:
        """Return whether it is too early to read the source again; a costly view is refreshed less often.

        A file that is on its way is looked at more often: its reader waits for it.
        """
        if self.view.progress is not None:
            seconds = min(max(LOADING_FRESH_SECONDS, self.cost / MAX_LOADING_SHARE), FRESH_SECONDS)
        else:
            seconds = min(max(FRESH_SECONDS, self.cost / MAX_SHARE), MAX_FRESH_SECONDS)
        return now - self.taken < seconds

    def is_outdated(self, view: View, interval: Interval, log: LogState) -> bool:
        """Return whether a new snapshot would differ: by new records, or by some that left the interval."""
        if (view.version, log, interval.range) != (self.view.version, self.log, self.interval.range):
            return True
        return int(during(view.frame, interval.since, interval.until).sum()) != len(self.time_range.all)

    def once(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return the part of this key; the first caller makes it while others of the same key wait."""
        return self.parts.once((self.serial, key), partial(self._made, make))

    def _made(self, make: Callable[[], bytes]) -> bytes:
        with self._lock:
            self._makers += 1
        started = time.thread_time()
        try:
            return make()
        finally:
            with self._lock:
                self.cost += time.thread_time() - started
                self._makers -= 1
                if not self._makers:
                    self._forget()

    def _forget(self) -> None:
        """Give back what the time range has computed: about 170 bytes for each record."""
        self.time_range = TimeRange(self.view.frame, self.interval.since, self.interval.until)
