"""Readers who take nothing: the page and the dashboard answer everybody else."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app import App, build_app
from inference import EngineConfig
from monitoring import MonitoringConfig
from monitoring.alerts.rules_file import load_rules
from tests.monitoring.helpers import a_record, lines_of, wait_until
from ui.dashboard.endpoints.browser_files import assets_version
from ui.guard.config import GuardConfig
from ui.server.server import Server
from ui.texts.page import EN

SECONDS = 30.0  # more than any answer takes
STALLED = 40
READER_SECONDS = 3.0
EXPORT = "/dashboard/export?range=all&format=jsonl"


@pytest.fixture
def app(fresh_log_dir: Path) -> Iterator[App]:
    """An app with a log of 30 MB, and without a model."""
    config = MonitoringConfig(log_dir=fresh_log_dir)
    fresh_log_dir.mkdir(exist_ok=True)
    config.log_path.write_bytes(lines_of(*(a_record(second, message="x" * 60_000) for second in range(500))))
    app = build_app(EngineConfig(), config, load_rules(), guard_config())
    app.live.start()
    wait_until(lambda: len(app.live.view().frame) >= 500)
    yield app
    app.close()


@pytest.fixture
def port(app: App) -> Iterator[int]:
    """The port of the served app."""
    server = Server(app.web_app, guard_config())
    server.start()
    yield server.port
    app.page.close(verbose=False)
    server.stop()


def guard_config() -> GuardConfig:
    """Return settings with little patience for readers."""
    return GuardConfig(gradio_server_port=20_000, reader_seconds=READER_SECONDS)


def get(port: int, path: str) -> tuple[int, bytes]:
    """Return the status and the body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def stalled_reader(port: int) -> socket.socket:
    """Ask for an export, and do not read it."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", port))
    reader.sendall(f"GET {EXPORT} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return reader


def beginning(reader: socket.socket) -> bytes:
    """Return the first bytes of an answer, b"" while there are none."""
    reader.setblocking(False)
    try:
        return reader.recv(64, socket.MSG_PEEK)
    except BlockingIOError:
        return b""


def test_exports_that_nobody_reads_keep_nobody_up(port: int) -> None:
    """With forty of them, page and views answer; most are told to come later, and then anybody can export."""
    with ExitStack() as readers:
        stalled = [readers.enter_context(stalled_reader(port)) for _ in range(STALLED)]
        wait_until(lambda: sum(b" 200 " in beginning(reader) for reader in stalled) > 0)
        for _ in range(3):
            assert get(port, "/")[0] == 200
            assert get(port, "/config")[0] == 200
            assert get(port, f"/dashboard/assets/{assets_version()}/main.js")[0] == 200
            assert get(port, "/dashboard/view?range=all")[0] == 200
            assert get(port, f"/dashboard/view?range=all&q=word{time.monotonic()}")[0] == 200
        wait_until(lambda: all(beginning(reader) for reader in stalled), 2 * SECONDS)
        refused = [reader for reader in stalled if b" 503 " in beginning(reader)]
        assert len(refused) >= STALLED / 2
        refused[0].setblocking(True)
        answer = refused[0].recv(4096).decode()
        assert "retry-after: " in answer.lower()
        assert answer.endswith(EN["busy"].partition("{")[2].partition("}")[2])
        # Those who got one are given up, though their connections are still there.
        wait_until(lambda: get(port, EXPORT)[0] == 200, 2 * SECONDS)
    status, body = get(port, EXPORT)
    assert (status, body.count(b"\n")) == (200, 500)
