"""One thread that reads the log, for every open page."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from monitoring.config import MonitoringConfig
from monitoring.periodic_thread import PeriodicThread
from monitoring.reading.log_reader import Reading, View
from monitoring.record.reasons import reason_of
from monitoring.writing.logger import LOGGER_NAME

POLL_SECONDS = 0.25
RETRY_SECONDS = 5.0


class LiveLog:
    """Follow the log in the background; a view is free for any number of readers.

    `poll_seconds` pass between two looks at the log, `retry_seconds` after a failure.
    """

    def __init__(
        self,
        config: MonitoringConfig,
        poll_seconds: float = POLL_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
        new_reading: Callable[[Path, int, Mapping[str, str]], Reading] | None = None,
    ) -> None:
        self._config = config
        self._poll_seconds = poll_seconds
        self._retry_seconds = retry_seconds
        self._new_reading = new_reading or partial(Reading, zone=config.log_timezone)
        # None before the first tick and after a failure.
        self._reading: Reading | None = None
        self._readings = 0
        self._view = self._begin().view()
        # The kinds of failures that were logged since the last success.
        self._reported: set[tuple[type[Exception], object]] = set()
        self._thread = PeriodicThread(self._tick, poll_seconds, "log-reader")

    def start(self) -> None:
        """Begin to read: first what stands in the log, the newest records first, then what comes."""
        self._thread.wake()
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._thread.stop()
        self._close()

    def view(self) -> View:
        """Return what is known now; calls without news between them get the same view."""
        return self._view

    def _begin(self) -> Reading:
        return self._new_reading(self._config.log_path, self._config.window_records, self._config.log_map)

    def _tick(self) -> None:
        """Read on; after a failure the whole log is read afresh, so that nothing is counted twice."""
        try:
            if self._reading is None:
                self._reading = self._begin()
                self._readings += 1
                self._load(self._reading)
            self._poll(self._reading)
            self._reported.clear()
        except Exception as error:  # The thread's edge: damaged compressed files raise many kinds.
            self._report(error)
            self._close()
            self._thread.pause(self._retry_seconds)

    def _load(self, reading: Reading) -> None:
        shown = 0.0
        for _ in reading.load():
            if time.monotonic() - shown > self._poll_seconds:
                self._poll(reading)
                shown = time.monotonic()
            if self._thread.is_stopped:
                return

    def _poll(self, reading: Reading) -> None:
        reading.poll()
        self._show(replace(reading.view(), reading=self._readings))

    def _close(self) -> None:
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    def _report(self, error: Exception) -> None:
        self._show(replace(self._view, error=f"{type(error).__name__}: {reason_of(error)}"))
        kind = (type(error), getattr(error, "errno", None))
        if kind not in self._reported:
            self._reported.add(kind)
            logging.getLogger(LOGGER_NAME).error("the log cannot be read; trying again", exc_info=error)

    def _show(self, view: View) -> None:
        if view != self._view:
            self._view = replace(view, version=self._view.version + 1)
