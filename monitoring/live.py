"""One reader thread that feeds one window, whose snapshot every open page shares."""

import logging
import threading
from functools import partial

from monitoring.config import MonitoringConfig
from monitoring.logger import LOGGER_NAME
from monitoring.reader import LogTail, Record
from monitoring.window import Frame, Window

POLL_SECONDS = 0.25
RETRY_SECONDS = 5.0


class LiveLog:
    """Tail the log in the background; `snapshot()` is cheap for any number of readers."""

    def __init__(self, config: MonitoringConfig) -> None:
        self._capacity = config.window_records
        self._tail = LogTail(config.log_path)
        self._window = Window(config.window_records)
        self._frame = self._window.snapshot()
        self._frame_version = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-reader", daemon=True)
        self._undated = 0

    def start(self) -> None:
        """Begin to read: first what stands in the log, then what comes."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def version(self) -> int:
        """A number that rises whenever there is something new."""
        return self._window.total + self.broken

    @property
    def broken(self) -> int:
        """Lines so far that are no records."""
        return self._tail.broken + self._undated

    def snapshot(self) -> Frame:
        """Return the window's records; calls without news between them get the same frame."""
        with self._lock:
            version = self._window.total
            if version != self._frame_version:
                self._frame = self._window.snapshot()
                self._frame_version = version
            return self._frame

    def _run(self) -> None:
        read = partial(self._tail.history, self._capacity)
        while not self._stopped.is_set():
            try:
                for records in read():
                    self._add(records)
                read = partial(self._tail.poll)
            except OSError:
                logging.getLogger(LOGGER_NAME).exception("the log cannot be read; trying again")
                self._stopped.wait(RETRY_SECONDS)
            self._stopped.wait(POLL_SECONDS)
        self._tail.close()

    def _add(self, records: list[Record]) -> None:
        self._undated += self._window.extend(records)
