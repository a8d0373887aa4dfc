"""Write lines to the disk: a bounded queue, and one thread that writes them."""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from monitoring.storage.rotation import RotatingFile

BATCH_LINES = 512
# Lines that come within this time are written together.
GATHER_SECONDS = 0.01
# The time after which a disk that refused is tried again.
RETRY_SECONDS = 1.0
# The longest wait for a disk that neither takes lines nor refuses them.
CLOSE_SECONDS = 5.0
# The most bytes in the queue.
MAX_HELD_BYTES = 64 * 2**20


class LineWriter:
    """Hand each line to a thread that appends it; lines that the queue cannot take are counted.

    The queue takes `capacity` lines and `max_bytes`. While the disk refuses, lines are held and tried again
    every `retry_seconds`. The thread calls `on_dropped(count)` when lines can be written again.

    A `kill -9` loses the lines that are not yet written: those of the last 10 ms, in which they are gathered,
    and those of the write that is under way; more only while the disk is slow or refuses.
    """

    def __init__(
        self,
        file: RotatingFile,
        capacity: int,
        on_dropped: Callable[[int], None],
        max_bytes: int = MAX_HELD_BYTES,
        retry_seconds: float = RETRY_SECONDS,
        close_seconds: float = CLOSE_SECONDS,
    ) -> None:
        self._file = file
        self._capacity = capacity
        self._on_dropped = on_dropped
        self._max_bytes = max_bytes
        self._retry_seconds = retry_seconds
        self._close_seconds = close_seconds
        self._lines: deque[bytes] = deque()
        # The thread waits for an item. A signal handler may put one amid another put(), unlike Event.set().
        self._wakeups: SimpleQueue[None] = SimpleQueue()
        # Whether the thread waits for a line.
        self._idle = False
        # Only put() writes the first two counts and only the thread the other two, so no lock is needed.
        self._lines_in = self._bytes_in = 0
        self._lines_out = self._bytes_out = 0
        self._progress = threading.Condition()
        self._closing = threading.Event()
        self._ended = False
        self._dropped_reported = 0
        self._last_reported = False
        # The number of lines that found the queue full or closed.
        self.dropped = 0
        # Why the disk refuses; None while it takes lines.
        self.error: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def put(self, line: bytes, *, urgent: bool = False) -> None:
        """Queue one line without waiting, or count it where there is no room; one caller at a time.

        There is always room for an urgent line, while the thread runs.
        """
        full = (
            self._lines_in - self._lines_out >= self._capacity
            or self._bytes_in - self._bytes_out >= self._max_bytes
            or self._closing.is_set()
        )
        if self._ended or (full and not urgent):
            self.dropped += 1
            return
        self._lines_in += 1
        self._bytes_in += len(line)
        self._lines.append(line)
        if self._idle:
            self._idle = False
            self._wakeups.put(None)

    @property
    def path(self) -> Path:
        """The file that the lines go to."""
        return self._file.path

    @property
    def lines_queued(self) -> int:
        """The number of lines so far that the queue took."""
        return self._lines_in

    @property
    def lines_written(self) -> int:
        """The number of lines so far that the disk took."""
        return self._lines_out

    def flush(self) -> None:
        """Wait until everything queued is written, or the disk refuses, or a few seconds are over."""
        wanted = self._lines_in
        self._wakeups.put(None)
        with self._progress:
            self._progress.wait_for(lambda: self._lines_out >= wanted or self.error, self._close_seconds)

    def stop(self) -> None:
        """Write the queued lines, for as long as the disk takes some of them, and end the thread.

        Lines that the disk does not take go to stderr, with the reason. A second call does nothing.
        """
        if self._closing.is_set():
            return
        self._closing.set()
        self._wakeups.put(None)
        with self._progress:
            # wait_for() releases the lock even where a signal came amid flush(); join() would not.
            while not self._ended and self._progress.wait_for(self._has_progressed(), self._close_seconds):
                pass
        if self._ended:
            self._thread.join(self._close_seconds)
        if self._lines_in > self._lines_out:
            self._print_rest()

    def _run(self) -> None:
        try:
            while not (self._closing.is_set() and not self._lines):
                self._wait_for_lines()
                while self._lines:
                    if not self._write() and self._closing.wait(self._retry_seconds) and not self._write():
                        return
        finally:
            self._file.close()
            with self._progress:
                self._ended = True
                self._progress.notify_all()

    def _wait_for_lines(self) -> None:
        """Wait for a line, and a little for lines that come with it."""
        self._idle = True
        if not self._lines:  # A line may have come before put() could see that the thread is idle.
            self._wakeups.get()
        self._idle = False
        with suppress(Empty):
            self._wakeups.get(timeout=GATHER_SECONDS)

    def _write(self) -> bool:
        """Write a batch of the held lines; return whether the disk took it."""
        batch = [self._lines[place] for place in range(min(len(self._lines), BATCH_LINES))]
        try:
            count = self._file.append(batch, time.time())
        except OSError as error:
            with self._progress:
                self.error = error
                self._progress.notify_all()
            return False
        for _ in range(count):
            self._bytes_out += len(self._lines.popleft())
        dropped = self.dropped - self._dropped_reported
        if dropped and not self._last_reported:
            # Report drops only once after stop(): each report is a line, and would keep the thread alive.
            self._last_reported = self._closing.is_set()
            self._dropped_reported += dropped
            self._on_dropped(dropped)
        with self._progress:
            self._lines_out += count
            self.error = None
            self._progress.notify_all()
        return True

    def _has_progressed(self) -> Callable[[], bool]:
        written = self._lines_out
        return lambda: self._ended or self._lines_out > written

    def _print_rest(self) -> None:
        """Print the lines that the disk did not take to stderr, so that they are not lost."""
        left = list(self._lines)
        reason = self.error or "the disk does not answer"
        sentence = f"{len(left)} log records could not be written to {self._file.path}: {reason}\n"
        # There may be no stderr, or a closed one, or nobody who reads it.
        with suppress(AttributeError, OSError, ValueError):
            sys.stderr.write(b"".join(left).decode() + sentence)
            sys.stderr.flush()
