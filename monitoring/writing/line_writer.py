"""Lines on their way to the disk: a bounded queue and one thread that writes them."""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

from monitoring.storage.rotation import RotatingFile

BATCH_LINES = 512
GATHER_SECONDS = 0.01  # lines that come together are written together
RETRY_SECONDS = 1.0
CLOSE_SECONDS = 5.0
MAX_HELD_BYTES = 64 * 2**20


class LineWriter:
    """Hand each line to a thread that appends it; what the queue cannot take is counted.

    While the disk refuses, lines are held and tried again every second. `on_dropped(count)` is called in
    the thread when lines can be written again.

    A `kill -9` loses what is not yet written: lines of the last 10 ms, in which they are gathered, and
    those of the write that is under way; more only while the disk is slow or refuses.
    """

    def __init__(self, file: RotatingFile, capacity: int, on_dropped: Callable[[int], None]) -> None:
        self._file = file
        self._capacity = capacity
        self._on_dropped = on_dropped
        self._lines: deque[bytes] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()  # unlike an Event, a signal may ring it amid a ring
        self._idle = False  # the thread waits for the bell
        self._lines_in = self._bytes_in = 0  # written to by put() alone
        self._lines_out = self._bytes_out = 0  # written to by the thread alone: no lock is needed
        self._progress = threading.Condition()
        self._closing = threading.Event()
        self._ended = False
        self._dropped_told = 0
        self._last_told = False
        self.dropped = 0  # lines that found the queue full, or closed
        self.error: OSError | None = None  # why the disk refuses, while it does
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def put(self, line: bytes, *, urgent: bool = False) -> None:
        """Queue one line, or count it where there is no room; never waits. One caller at a time.

        There is always room for an urgent line, while the thread runs.
        """
        full = (
            self._lines_in - self._lines_out >= self._capacity
            or self._bytes_in - self._bytes_out >= MAX_HELD_BYTES
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
            self._bell.put(None)

    def flush(self) -> None:
        """Wait until everything queued is written, or the disk refuses, or a few seconds are over."""
        wanted = self._lines_in
        self._bell.put(None)
        with self._progress:
            self._progress.wait_for(lambda: self._lines_out >= wanted or self.error, CLOSE_SECONDS)

    def stop(self) -> None:
        """Write what is queued, however long the disk takes as long as it takes some; end the thread.

        Where the disk does not take the last lines, they go to stderr, with the reason. A second call
        does nothing.
        """
        if self._closing.is_set():
            return
        self._closing.set()
        self._bell.put(None)
        with self._progress:
            # wait_for() lets the lock go even where a signal came amid flush(); join() would not
            while not self._ended and self._progress.wait_for(self._has_gone_on(), CLOSE_SECONDS):
                pass
        if self._ended:
            self._thread.join(CLOSE_SECONDS)
        if self._lines_in > self._lines_out:
            self._rescue()

    def _run(self) -> None:
        try:
            while not (self._closing.is_set() and not self._lines):
                self._wait_for_lines()
                while self._lines:
                    if not self._write() and self._closing.wait(RETRY_SECONDS) and not self._write():
                        return
        finally:
            self._file.close()
            with self._progress:
                self._ended = True
                self._progress.notify_all()

    def _wait_for_lines(self) -> None:
        """Wait for a line, and a little for what comes with it, unless the bell rings again."""
        self._idle = True
        if not self._lines:  # or one came before anybody could know that the thread waits
            self._bell.get()
        self._idle = False
        with suppress(Empty):
            self._bell.get(timeout=GATHER_SECONDS)

    def _write(self) -> bool:
        """Write a batch of the held lines, and return whether the disk took it."""
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
        dropped = self.dropped - self._dropped_told
        if dropped and not self._last_told:
            # told once after stop(): or others who go on logging would keep the thread alive
            self._last_told = self._closing.is_set()
            self._dropped_told += dropped
            self._on_dropped(dropped)
        with self._progress:
            self._lines_out += count
            self.error = None
            self._progress.notify_all()
        return True

    def _has_gone_on(self) -> Callable[[], bool]:
        written = self._lines_out
        return lambda: self._ended or self._lines_out > written

    def _rescue(self) -> None:
        """Print the lines that the disk did not take: better there than nowhere."""
        left = list(self._lines)
        reason = self.error or "the disk does not answer"
        sentence = f"{len(left)} log records could not be written to {self._file.path}: {reason}\n"
        with suppress(AttributeError, OSError, ValueError):  # no stderr, none who reads it, or a closed one
            sys.stderr.write(b"".join(left).decode() + sentence)
            sys.stderr.flush()
