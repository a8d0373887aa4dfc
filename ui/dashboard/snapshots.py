"""The newest snapshot of each view that somebody looks at."""

import threading
import time
from collections.abc import Callable

from cachetools import TTLCache

from monitoring.reading.sources import Sources
from ui.dashboard.made_parts import MadeParts
from ui.dashboard.snapshot import LogState, Snapshot
from ui.view.interval import resolve
from ui.view.state import ViewState

MAX_SNAPSHOTS = 16
# The memory of all selections; a larger one than this can only be kept alone.
MAX_BYTES = 32 << 20
# Drop a snapshot that was not requested for this long: it keeps its window in memory.
KEPT_SECONDS = 60.0


class Snapshots:
    """Share one snapshot among all pages that show the same source and time range."""

    def __init__(
        self,
        sources: Sources,
        log_state: Callable[[], LogState],
        clock: Callable[[], float],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` tells the time in s since the epoch, `timer` in s of a monotonic clock."""
        self._sources = sources
        self._log_state = log_state
        self._clock = clock
        self._timer = timer
        self._kept: TTLCache[object, Snapshot] = TTLCache(MAX_BYTES, KEPT_SECONDS, timer, _weight)
        self.parts = MadeParts()
        self._serial = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, state: ViewState) -> Snapshot:
        """Return the kept snapshot of a view while it is fresh or nothing has changed, else a new one.

        Raises:
            UnknownSourceError: the view's source does not exist, or no longer.
        """
        with self._lock:
            now = self._timer()
            kept = self._kept.get(state.scope)
            if kept is None or not kept.is_fresh(now) or self._has_loaded(kept, state):
                kept = self._refreshed(kept, state, now)
            # Storing it again starts its time to live afresh.
            self._kept[state.scope] = kept
            return kept

    def _has_loaded(self, kept: Snapshot, state: ViewState) -> bool:
        """Return whether a file that was on its way has been read since."""
        if kept.view.progress is None:
            return False
        return self._sources.view(state.source, state.mapping).progress is None

    def _refreshed(self, kept: Snapshot | None, state: ViewState, now: float) -> Snapshot:
        """Read the source; return `kept` where it would show the same."""
        view, log = self._sources.view(state.source, state.mapping), self._log_state()
        interval = resolve(state, view, self._clock())
        if kept is not None and not kept.is_outdated(view, interval, log):
            return kept
        self._serial += 1
        return Snapshot.take(self._serial, now, view, interval, log, self.parts)


def _weight(snapshot: Snapshot) -> int:
    """Return the share of the memory for snapshots that one takes, so that no more than so many are kept."""
    return min(max(snapshot.nbytes, MAX_BYTES // MAX_SNAPSHOTS), MAX_BYTES)
