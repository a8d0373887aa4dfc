"""A logging handler that never waits for the disk: a bounded queue and one writer thread."""

import logging
import threading
import time
from collections import deque
from itertools import islice

from monitoring.events import to_line
from monitoring.formatter import StructuredFormatter
from monitoring.rotation import RotatingFile

BATCH_LINES = 512
RETRY_SECONDS = 1.0
CLOSE_SECONDS = 5.0


class QueueWriter(logging.Handler):
    """Hand each record to a thread that writes it; what a full queue cannot take is counted.

    While the disk refuses, lines are held and tried again every second; when it is back, a
    `log.dropped` record tells how many the full queue has cost. A `kill -9` loses what stands in
    the queue: the lines of the last moment, or more while the disk is slow or refuses.
    """

    def __init__(self, file: RotatingFile, formatter: StructuredFormatter, capacity: int) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._structured = formatter
        self._file = file
        self._capacity = capacity
        self._lines: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._ended = False
        self._dropped_told = 0
        self.dropped = 0  # lines that found the queue full
        self.error: OSError | None = None  # why the disk refuses, while it does
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue one record; never waits for the disk, never raises."""
        try:
            line = to_line(self._structured.to_dict(record))
        except Exception:  # a record that cannot be formatted must not hurt who logs it
            self.dropped += 1
            self.handleError(record)
            return
        with self._changed:
            if len(self._lines) < self._capacity and not self._closing:
                self._lines.append(line)
                self._changed.notify_all()
            else:
                self.dropped += 1

    def flush(self) -> None:
        """Wait until everything queued is written, or the disk refuses, or a few seconds are over."""
        with self._changed:
            self._changed.wait_for(lambda: not self._lines or self.error is not None, CLOSE_SECONDS)

    def close(self) -> None:
        """Flush, and go on: `logging.config.dictConfig()`, which servers call, closes every handler."""
        self.flush()
        super().close()

    def stop(self) -> None:
        """Write what is queued and end the thread; a second call does nothing."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            # wait_for() lets the lock go even where a signal came amid emit(); join() would not
            if self._changed.wait_for(lambda: self._ended, CLOSE_SECONDS):
                self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            self._write_until_closed()
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _write_until_closed(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines or self._closing)
                batch = list(islice(self._lines, BATCH_LINES))
                if not batch:
                    self._file.close()
                    return
            if self._write(batch):
                with self._changed:
                    for _ in batch:
                        self._lines.popleft()
                    self._tell_dropped()
                    self._changed.notify_all()
            elif self._closing:
                return
            else:
                time.sleep(RETRY_SECONDS)

    def _write(self, batch: list[bytes]) -> bool:
        try:
            self._file.append(b"".join(batch), time.time())
        except OSError as error:
            with self._changed:
                self.error = error
                self._changed.notify_all()
            return False
        self.error = None
        return True

    def _tell_dropped(self) -> None:
        count = self.dropped - self._dropped_told
        if count:
            self._dropped_told += count
            self._lines.append(self._dropped_line(count))

    def _dropped_line(self, count: int) -> bytes:
        record = logging.makeLogRecord({"msg": f"日志丢失: {count} 条", "levelno": logging.WARNING})
        record.levelname = "WARNING"
        record.__dict__.update(event="log.dropped", task_type="system", dropped=count)
        return to_line(self._structured.to_dict(record))
