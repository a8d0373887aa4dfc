"""One of the processes that share a log evaluates the alert rules: the one that holds a lock."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from monitoring.alerts.watching.heartbeat import Beat, Heartbeat
from monitoring.storage.private_files import FILE_MODE, make_private

# Time between two tries to get the lock, and between two signs of life of who holds it, in s.
TRY_SECONDS = 2.0
# After another process gave the lock back, its last records are written and read within this time, in s.
SETTLE_SECONDS = 2.0
# A process that holds the lock and gave no sign of life for so long is stopped, and loses its turn, in s.
STOPPED_SECONDS = 30.0


class Turn:
    """Whether it is this process's turn to evaluate the rules; with a lock of `None` it always is.

    The lock is a file beside the log. The system frees it when its holder dies, however that happens. Where
    it cannot be made or locked, it is each process's turn: an alert that is told twice is better than none.
    A holder that is stopped keeps the lock: its turn is taken by another process, and it finds that out by
    the sign of life when it goes on.
    """

    def __init__(self, lock: Path | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = lock
        # Taken by one thread, given back by another one.
        self._lock = FileLock(lock, timeout=0, mode=FILE_MODE, thread_local=False) if lock else None
        self._heartbeat = Heartbeat(lock.with_suffix(".turn")) if lock else None
        self._clock = clock
        self._has_tried = False
        self._next_try = 0.0
        # From when on it is this process's turn; None while another process holds the lock.
        self._begins: float | None = None if lock else 0.0
        # The newest sign of life of another process, and when it was first seen.
        self._seen: Beat | None = None
        self._seen_at = 0.0
        # Whether the turn was taken from a process that is stopped.
        self.is_taken = False

    def is_ours(self) -> bool:
        """Tell whether it is this process's turn; try to get it, or to keep it, each few seconds."""
        now = self._clock()
        is_time = not self._has_tried or now >= self._next_try
        # Without a folder there is no log yet, or none to be seen; filelock would make one for everybody.
        if is_time and self._path is not None and os.path.isdir(self._path.parent):
            if self._begins is None:
                self._try(now)
            else:
                self._keep(now)
            self._has_tried, self._next_try = True, now + TRY_SECONDS
        return self._begins is not None and now >= self._begins

    def end(self) -> None:
        """Let another process have its turn; a second call does nothing."""
        if self._lock is not None:
            self._lock.release()
            self._begins = None

    def _try(self, now: float) -> None:
        assert self._heartbeat is not None
        if not self._has_lock():
            self._take_from_stopped(now)
            return
        self._begins = now + SETTLE_SECONDS if self._has_tried else now
        self.is_taken = False
        self._heartbeat.write()

    def _keep(self, now: float) -> None:
        """Give a sign of life, or lose the turn to a process that gave one meanwhile."""
        assert self._heartbeat is not None
        if self._heartbeat.is_of_another():
            self.end()
            self._seen, self._seen_at = None, now
            return
        self._has_lock()  # Who took it from a stopped process gets the lock when that one goes on.
        self._heartbeat.write()

    def _has_lock(self) -> bool:
        """Tell whether this process holds the lock, or nobody can; try to get it."""
        assert self._lock is not None
        assert self._path is not None
        if self._lock.is_locked:
            return True
        try:
            self._lock.acquire()
            make_private(self._path)
        except Timeout:
            return False
        except (OSError, NotImplementedError):
            return True
        return True

    def _take_from_stopped(self, now: float) -> None:
        """Take the turn of a process that holds the lock, but gives no sign of life."""
        assert self._heartbeat is not None
        beat = self._heartbeat.read()
        if beat is None or beat != self._seen:
            self._seen, self._seen_at = beat, now
        elif now - self._seen_at >= STOPPED_SECONDS and self._heartbeat.write():
            self._begins, self.is_taken = now, True


def lock_beside(log: Path) -> Path:
    """Return the file whose lock says which process evaluates the rules over a log."""
    return log.with_name(f".{log.name}.alerts.lock")
