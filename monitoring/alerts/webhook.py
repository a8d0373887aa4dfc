"""Alerts are posted to another server, in the form that Slack-compatible receivers accept."""

import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Full, Queue
from typing import Any

import httpx2

from monitoring.writing.logger import LOGGER_NAME

TIMEOUT_SECONDS = 5.0
# Seconds between two tries.
PAUSES = (1.0, 4.0, 16.0)
MAX_WAITING = 100
# Seconds for the messages that wait when the app stops.
STOP_SECONDS = 2.0
COLOURS = {"ERROR": "#c92a2a", "WARNING": "#f59f00"}
RESOLVED_COLOUR = "#2b8a3e"


class Webhook:
    """Posts alerts from its own thread; the caller never waits.

    An alert that cannot be delivered after several tries is counted, and logged without the address, which
    may contain a secret.
    """

    def __init__(self, url: str, pause: Callable[[float], object] | None = None) -> None:
        # The number of messages that were given up.
        self.failed = 0
        self._url = url
        # None wakes the thread at its end.
        self._waiting: Queue[dict[str, Any] | None] = Queue(MAX_WAITING)
        self._stopped = threading.Event()
        self._deadline = math.inf
        self._pause = pause or self._stopped.wait
        self._thread = threading.Thread(target=self._run, name="webhook", daemon=True)
        self._thread.start()

    def __call__(self, record: dict[str, Any]) -> None:
        """Put an alert's record into the queue, unless the alert is silenced."""
        if record["silenced"]:
            return
        try:
            self._waiting.put_nowait(message_of(record))
        except Full:
            self._give_up("too many messages wait")

    def stop(self) -> None:
        """Send the messages that wait, for two seconds at most, and end the thread."""
        self._deadline = time.monotonic() + STOP_SECONDS
        self._stopped.set()
        # Where the queue is full, the thread is awake.
        with suppress(Full):
            self._waiting.put_nowait(None)
        self._thread.join(STOP_SECONDS + TIMEOUT_SECONDS)

    def _run(self) -> None:
        with httpx2.Client(timeout=TIMEOUT_SECONDS) as client:
            while time.monotonic() < self._deadline:
                if self._stopped.is_set() and self._waiting.empty():
                    return
                if (message := self._waiting.get()) is not None:
                    self._send(client, message)

    def _send(self, client: httpx2.Client, message: dict[str, Any]) -> None:
        problem = ""
        for pause in (0.0, *PAUSES):
            if pause:
                if self._stopped.is_set():
                    break
                self._pause(pause)
            try:
                answer = client.post(self._url, json=message)
            except Exception as error:  # The thread's edge: no error of the library may end it.
                problem = type(error).__name__
                continue
            if answer.is_success:
                return
            problem = f"HTTP {answer.status_code}"
            if 400 <= answer.status_code < 500 and answer.status_code not in (408, 429):
                break  # The receiver would refuse it again.
        self._give_up(problem)

    def _give_up(self, problem: str) -> None:
        self.failed += 1
        text = "告警通知未送达 / an alert could not be delivered (%s), %d so far"
        logging.getLogger(LOGGER_NAME).error(text, problem, self.failed)


def message_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return the message for an alert's record: a text, and an attachment with the fields."""
    is_fired = record["event"] == "alert.fired"
    names = ("rule", "task_type", "measure", "value", "limit", "since")
    fields = [{"title": name, "value": str(record[name]), "short": True} for name in names]
    if record["requests"]:
        fields.append({"title": "requests", "value": ", ".join(record["requests"]), "short": False})
    return {
        "text": f"{'🔴' if is_fired else '🟢'} {record['message']}",
        "attachments": [
            {"color": COLOURS[record["level"]] if is_fired else RESOLVED_COLOUR, "fields": fields}
        ],
    }
