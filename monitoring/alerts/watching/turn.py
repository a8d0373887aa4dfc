"""One of the processes that share a log evaluates the alert rules: the one that holds a lock."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from monitoring.storage.private_files import FILE_MODE, make_private

# Time between two tries to get the lock, in s.
TRY_SECONDS = 2.0
# After another process gave the lock back, its last records are written and read within this time, in s.
SETTLE_SECONDS = 2.0


class Turn:
    """Whether it is this process's turn to evaluate the rules; with a lock of `None` it always is.

    The lock is a file beside the log. The system frees it when its holder dies, however that happens. Where
    it cannot be made or locked, it is each process's turn: an alert that is told twice is better than none.
    """

    def __init__(self, lock: Path | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = lock
        # Taken by one thread, given back by another one.
        self._lock = FileLock(lock, timeout=0, mode=FILE_MODE, thread_local=False) if lock else None
        self._clock = clock
        self._has_tried = False
        self._next_try = 0.0
        # From when on it is this process's turn; None while another process holds the lock.
        self._begins: float | None = None if lock else 0.0

    def is_ours(self) -> bool:
        """Tell whether it is this process's turn; try to get the lock, each few seconds."""
        now = self._clock()
        if self._begins is None and (not self._has_tried or now >= self._next_try):
            self._try(now)
        return self._begins is not None and now >= self._begins

    def end(self) -> None:
        """Let another process have its turn; a second call does nothing."""
        if self._lock is not None:
            self._lock.release()
            self._begins = None

    def _try(self, now: float) -> None:
        assert self._path is not None
        assert self._lock is not None
        # There is no log yet, or none that may be seen; filelock would make a folder that all can read.
        if not os.path.isdir(self._path.parent):
            return
        was_held = self._has_tried
        self._has_tried, self._next_try = True, now + TRY_SECONDS
        try:
            self._lock.acquire()
            make_private(self._path)
        except Timeout:
            return
        except (OSError, NotImplementedError):
            self._begins = now
            return
        self._begins = now + SETTLE_SECONDS if was_held else now


def lock_beside(log: Path) -> Path:
    """Return the file whose lock says which process evaluates the rules over a log."""
    return log.with_name(f".{log.name}.alerts.lock")
