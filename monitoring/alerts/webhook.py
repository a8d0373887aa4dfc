"""Alerts are posted to another server, in the form that Slack-compatible receivers accept.

The receiver's address holds a secret, so it stands in no log, no error and no page. What the receiver answers
is not trusted: only the status is read, within a time for the whole exchange, and redirects are not followed.
"""

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Full, Queue
from typing import Any

import httpx2

from monitoring.alerts.watching.told_alerts import ACTIVE
from monitoring.record.visible import visible
from monitoring.writing.logger import LOGGER_NAME

# The longest time of one try, from the name's resolution to the status of the answer.
TIMEOUT_SECONDS = 5.0
# Seconds between two tries.
PAUSES = (1.0, 4.0, 16.0)
MAX_WAITING = 100
# Seconds for the messages that wait when the app stops.
STOP_SECONDS = 2.0
# The most characters of a part of a message.
MAX_CHARS = 500
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
        # Both would log the address of each request, or parts of it.
        for name in ("httpx2", "httpcore2"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._thread = threading.Thread(target=self._run, name="webhook", daemon=True)
        self._thread.start()

    def __call__(self, record: dict[str, Any]) -> None:
        """Put an alert's record into the queue, unless it is silenced or its count is hardly higher."""
        if record["silenced"] or (record["event"] == "alert.updated" and not _is_doubled(record["value"])):
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
        # Only asynchronous code can be given a time for a whole exchange.
        with asyncio.Runner() as runner:
            client = httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False)

            def post(message: dict[str, Any]) -> int:
                return runner.run(self._post(client, message))

            while time.monotonic() < self._deadline:
                if self._stopped.is_set() and self._waiting.empty():
                    break
                if (message := self._waiting.get()) is not None:
                    self._send(message, post)
            runner.run(client.aclose())

    def _send(self, message: dict[str, Any], post: Callable[[dict[str, Any]], int]) -> None:
        problem = ""
        for pause in (0.0, *PAUSES):
            if pause:
                if self._stopped.is_set():
                    break
                self._pause(pause)
            try:
                status = post(message)
            except Exception as error:  # The thread's edge: no error of the library may end it.
                problem = type(error).__name__
                continue
            if 200 <= status < 300:
                return
            problem = f"HTTP {status}"
            if 300 <= status < 500 and status not in (408, 429):
                break  # The receiver would refuse it again.
        self._give_up(problem)

    async def _post(self, client: httpx2.AsyncClient, message: dict[str, Any]) -> int:
        """Return the status of the answer, whose body is not read.

        Raises:
            TimeoutError: the whole exchange took too long; the client limits each single read and write.
        """
        async with asyncio.timeout(TIMEOUT_SECONDS), client.stream("POST", self._url, json=message) as answer:
            return answer.status_code

    def _give_up(self, problem: str) -> None:
        self.failed += 1
        text = "告警通知未送达 / an alert could not be delivered (%s), %d so far"
        logging.getLogger(LOGGER_NAME).error(text, problem, self.failed)


def message_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return the message for an alert's record: a text, and an attachment with the fields.

    Names of tasks and requests may come from anybody who writes to the log: no part of the message is a link,
    a mention of people, or formatting.
    """
    is_active = record["event"] in ACTIVE
    names = ("rule", "task_type", "measure", "value", "limit", "since")
    fields = [{"title": name, "value": _plain(record[name]), "short": True} for name in names]
    if record["requests"]:
        fields.append({"title": "requests", "value": _plain(", ".join(record["requests"])), "short": False})
    return {
        "text": f"{'🔴' if is_active else '🟢'} {_plain(record['message'])}",
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "attachments": [
            {"color": COLOURS[record["level"]] if is_active else RESOLVED_COLOUR, "fields": fields}
        ],
    }


def _is_doubled(count: float) -> bool:
    """Tell whether a count is 2, 4, 8, ...: of a crash loop, so few messages are sent that all are read."""
    return count > 1 and math.log2(count).is_integer()


def _plain(value: object) -> str:
    """Return a value as a text that Slack and Mattermost show as it is.

    Slack's own marks, such as `<!channel>` and `<https://...|name>`, need `<`; Mattermost mentions whoever is
    named behind an `@`, so a space without width follows it.
    """
    text = visible(str(value))[:MAX_CHARS]
    for mark, shown in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "@\u200b")):
        text = text.replace(mark, shown)
    return text
