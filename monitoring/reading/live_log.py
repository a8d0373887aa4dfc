"""One thread that reads the log, for every open page."""

import logging
import threading
import time
from dataclasses import replace

from monitoring.config import MonitoringConfig
from monitoring.reading.log_reader import Reading, View
from monitoring.writing.logger import LOGGER_NAME

POLL_SECONDS = 0.25
RETRY_SECONDS = 5.0


class LiveLog:
    """Follow the log in the background; a view is free for any number of readers."""

    def __init__(self, config: MonitoringConfig) -> None:
        self._config = config
        self._view = self._begin().view()
        self._reported: set[tuple[type[Exception], object]] = set()  # kinds of failures
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-reader", daemon=True)

    def start(self) -> None:
        """Begin to read: first what stands in the log, the newest first, then what comes."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def view(self) -> View:
        """Return what is known now; calls without news between them get the same view."""
        return self._view

    def _begin(self) -> Reading:
        return Reading(self._config.log_path, self._config.window_records)

    def _run(self) -> None:
        while not self._stopped.is_set():
            reading = self._begin()  # afresh: nothing is counted twice
            try:
                self._follow(reading)
            except Exception as error:  # the thread's edge: damaged compressed files raise many kinds
                self._report(error)
                self._stopped.wait(RETRY_SECONDS)
            finally:
                reading.close()

    def _follow(self, reading: Reading) -> None:
        shown = 0.0
        for _ in reading.load():
            if time.monotonic() - shown > POLL_SECONDS:
                reading.poll()
                self._show(reading.view())
                shown = time.monotonic()
            if self._stopped.is_set():
                return
        while not self._stopped.is_set():
            reading.poll()
            self._show(reading.view())
            self._reported.clear()
            self._stopped.wait(POLL_SECONDS)

    def _report(self, error: Exception) -> None:
        reason = getattr(error, "strerror", None) or error  # without the path, which visitors need not know
        self._show(replace(self._view, error=f"{type(error).__name__}: {reason}"))
        kind = (type(error), getattr(error, "errno", None))
        if kind not in self._reported:
            self._reported.add(kind)
            logging.getLogger(LOGGER_NAME).error("the log cannot be read; trying again", exc_info=error)

    def _show(self, view: View) -> None:
        if view != self._view:
            self._view = replace(view, version=self._view.version + 1)
