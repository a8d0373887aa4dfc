"""Alerts told to another server, a real one on this machine."""

import html
import json
import logging
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from monitoring.alerts.webhook import PAUSES, Webhook, message_of
from monitoring.writing.logger import LOGGER_NAME
from tests.monitoring.helpers import wait_until

RECORD = {
    "level": "ERROR",
    "message": "告警: failing_task",
    "task_type": "sentiment",
    "event": "alert.fired",
    "rule": "failing_task",
    "measure": "failures in a row",
    "value": 3.0,
    "limit": 3.0,
    "since": "2023-11-14T22:13:20.000Z",
    "requests": ["a" * 32],
    "silenced": False,
}


class Receiver:
    """A server that keeps what it gets, and answers what a test says."""

    def __init__(self, *answers: int) -> None:
        self.got: list[dict[str, Any]] = []
        self.free = threading.Event()
        self.free.set()
        receiver, left = self, list(answers)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.free.wait()
                receiver.got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                status = left.pop(0) if left else 200
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("location", receiver.url)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.free.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    """A server that gives the answers of the test's parameter, then 200."""
    found = Receiver(*getattr(request, "param", ()))
    yield found
    found.close()


def test_a_message_is_what_slack_takes() -> None:
    """A text, and an attachment with the alert's parts; resolved ones look otherwise."""
    fired = message_of(RECORD)
    assert fired["text"] == "🔴 告警: failing_task"
    fields = {field["title"]: field["value"] for field in fired["attachments"][0]["fields"]}
    assert (fields["rule"], fields["value"], fields["requests"]) == ("failing_task", "3.0", "a" * 32)
    resolved = message_of({**RECORD, "event": "alert.resolved", "level": "INFO", "requests": []})
    assert resolved["text"].startswith("🟢")
    assert resolved["attachments"][0]["color"] != fired["attachments"][0]["color"]


def test_alerts_arrive_but_silenced_ones(receiver: Receiver) -> None:
    """What is silenced is not sent."""
    webhook = Webhook(receiver.url)
    webhook({**RECORD, "silenced": True})
    webhook(RECORD)
    wait_until(lambda: receiver.got)
    webhook.stop()
    assert receiver.got == [message_of(RECORD)]
    assert webhook.failed == 0


def test_of_a_count_that_grows_the_doubled_ones_are_sent(receiver: Receiver) -> None:
    """A crash loop is told at 1, 2, 4 and 8 ends, not at each."""
    webhook = Webhook(receiver.url)
    for count in range(1, 10):
        event = "alert.fired" if count == 1 else "alert.updated"
        webhook({**RECORD, "event": event, "message": f"{count} ends", "value": float(count)})
    webhook.stop()
    assert [message["text"] for message in receiver.got] == [f"🔴 {count} ends" for count in (1, 2, 4, 8)]


def test_a_withdrawn_alert_is_sent_as_one_that_ended(receiver: Receiver) -> None:
    """Who was told that it began is told that nobody watches it any more."""
    webhook = Webhook(receiver.url)
    webhook({**RECORD, "event": "alert.withdrawn", "level": "INFO"})
    webhook.stop()
    assert [message["text"][0] for message in receiver.got] == ["🟢"]


@pytest.mark.parametrize("receiver", [(500, 429)], indirect=True)
def test_a_server_in_trouble_is_asked_again(receiver: Receiver) -> None:
    """After growing pauses, until it takes the message."""
    pauses: list[float] = []
    webhook = Webhook(receiver.url, pauses.append)
    webhook(RECORD)
    wait_until(lambda: len(receiver.got) == 3)
    webhook.stop()
    assert pauses == list(PAUSES[:2])
    assert webhook.failed == 0


@pytest.mark.parametrize("receiver", [(404,), (302,), (307,)], indirect=True)
def test_a_refused_message_is_given_up_at_once(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It, or one that is redirected, is counted and logged, without the address; the next one is sent."""
    monkeypatch.setattr(logging.getLogger(LOGGER_NAME), "propagate", True)
    webhook = Webhook(receiver.url)
    webhook(RECORD)
    wait_until(lambda: webhook.failed)
    webhook(RECORD)
    wait_until(lambda: len(receiver.got) == 2)
    webhook.stop()
    assert webhook.failed == 1
    assert "(HTTP " in caplog.text
    assert receiver.url not in caplog.text


def test_a_server_that_is_not_there_is_given_up_after_all_tries() -> None:
    """The failure is counted once."""
    pauses: list[float] = []
    webhook = Webhook("http://127.0.0.1:9/hook", pauses.append)
    webhook(RECORD)
    wait_until(lambda: webhook.failed)
    webhook.stop()
    assert (webhook.failed, pauses) == (1, list(PAUSES))


def test_a_slow_server_keeps_nobody_waiting(receiver: Receiver) -> None:
    """Calls return at once; what is too much is counted."""
    receiver.free.clear()
    webhook = Webhook(receiver.url)
    for _ in range(150):
        webhook(RECORD)
    assert 40 <= webhook.failed <= 50
    receiver.free.set()
    wait_until(lambda: len(receiver.got) >= 100)
    webhook.stop()


def test_stopping_does_not_wait_for_a_server_that_is_away() -> None:
    """Nothing is tried again then, and the thread ends."""
    webhook = Webhook("http://127.0.0.1:9/hook")
    for _ in range(5):
        webhook(RECORD)
    webhook.stop()
    assert webhook.failed == 5
    assert not webhook._thread.is_alive()


@pytest.mark.parametrize(
    "mark", ["<!channel>", "<https://example.org|the log>", "a & b", "@all", "@here\n@channel"]
)
def test_no_name_is_a_mention_or_a_link(mark: str) -> None:
    """Names that anybody may have written to the log are texts to Slack and to Mattermost, on one line."""
    message = message_of({**RECORD, "message": mark, "task_type": mark, "requests": [mark, mark]})
    texts = [message["text"], *(field["value"] for field in message["attachments"][0]["fields"])]
    for text in texts:
        assert not re.search(r"[<>\n]|&(?!amp;|lt;|gt;)|@[a-z]", text)
    shown = html.unescape(texts[2].replace("\u200b", ""))
    assert shown == mark.replace("\n", "\\n")
    assert message["mrkdwn"] is False


def test_a_message_is_bounded() -> None:
    """However long names are, a message has a few thousand characters."""
    long = "&" * 100_000
    assert (
        len(json.dumps(message_of({**RECORD, "message": long, "task_type": long, "requests": [long]}))) < 9000
    )


class Endless:
    """A server that never comes to an end of its answer: of its head, or of its body."""

    def __init__(self, head: bytes) -> None:
        self.served = 0
        self._closed = threading.Event()
        self._head = head
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/services/SECRET"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(self._head)
            self.served += 1
            while not self._closed.wait(0.05):
                connection.sendall(b"x")

    def close(self) -> None:
        self._closed.set()
        self._server.close()


def test_only_the_status_of_an_answer_is_read() -> None:
    """A body that never ends costs nothing: the message has arrived."""
    server = Endless(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n")
    webhook = Webhook(server.url)
    webhook(RECORD)
    webhook(RECORD)
    wait_until(lambda: server.served == 2)
    webhook.stop()
    assert webhook.failed == 0
    server.close()


def test_a_head_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is that of the whole exchange, not of each byte."""
    monkeypatch.setattr("monitoring.alerts.webhook.TIMEOUT_SECONDS", 0.3)
    server = Endless(b"HTTP/1.1 200 OK\r\nx-slow: ")
    webhook = Webhook(server.url, lambda seconds: None)
    webhook(RECORD)
    wait_until(lambda: webhook.failed)
    assert server.served == 1 + len(PAUSES)
    webhook.stop()
    server.close()


def test_headers_without_end_are_given_up() -> None:
    """However fast they come: so much of a head is read as an ordinary one has."""
    server = Endless(b"HTTP/1.1 200 OK\r\n" + b"x-more: of the same\r\n" * 100_000)
    webhook = Webhook(server.url, lambda seconds: None)
    webhook(RECORD)
    wait_until(lambda: webhook.failed)
    webhook.stop()
    server.close()


def test_no_logger_tells_the_address(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """Not even where a program logs everything, whether the message arrives or not."""
    caplog.set_level(logging.DEBUG)
    arriving, failing = Webhook(receiver.url), Webhook("http://127.0.0.1:9/hook", lambda seconds: None)
    for webhook in (arriving, failing):
        webhook(RECORD)
    wait_until(lambda: receiver.got and failing.failed)
    for webhook in (arriving, failing):
        webhook.stop()
    assert "/hook" not in caplog.text
    assert "127.0.0.1" not in caplog.text
