"""Half-open connections that take all descriptors: the page stays up, and the terminal stays readable."""

import resource
import socket
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from tests.running_app import RunningApp

FILES = 256
HALF_OPEN = 400
# Of a machine that is reached at several addresses, as all of 127.0.0.0/8 are.
OTHER = "127.0.0.2"
MAX_OUTPUT_BYTES = 20_000


def answers(url: str, source: str) -> bool:
    """Return whether the page answers somebody at another address."""
    address = urlsplit(url)
    with socket.create_connection(("127.0.0.1", address.port or 0), 60, (source, 0)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return connection.recv(12) == b"HTTP/1.1 200"


def test_half_open_connections_leave_the_page_up(tmp_path: Path) -> None:
    """With 256 descriptors, 400 connections of one address are turned away, which is told once."""
    limited = ("sh", "-c", f'ulimit -n {FILES} && exec "$0" "$@"')
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * HALF_OPEN)), hard))
    with (
        RunningApp(
            tmp_path / "logs", prefix=limited, MODEL=str(tmp_path / "no-model"), HEAD_SECONDS="60"
        ) as app,
        ExitStack() as stack,
    ):
        app.wait_for_page()
        port = urlsplit(app.url).port or 0
        for _ in range(HALF_OPEN):
            half = stack.enter_context(socket.create_connection(("127.0.0.1", port), 60))
            half.sendall(b"GET / HTTP/1.1\r\n")
        for _ in range(5):
            assert answers(app.url, OTHER)
        app.wait_until(lambda: bool(refusals(app)), 30, "the refusals are told")
        stack.close()
        app.wait_until(lambda: reachable(app.url), 30, "the first address is served again")
        assert len(refusals(app)) == 1
        assert app.output_path.stat().st_size < MAX_OUTPUT_BYTES, app.output()[:2000]


def refusals(app: RunningApp) -> list[str]:
    """Return the records of connections that were turned away."""
    return [record["message"] for record in app.records("log") if "connections" in record["message"]]


def reachable(url: str) -> bool:
    """Return whether the page answers at the usual address."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=60) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
