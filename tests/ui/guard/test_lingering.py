"""How somebody is refused who is still sending."""

import socket

import pytest
from starlette.applications import Starlette

from tests.ui.server.test_server import LONG, free_port
from ui.guard import lingering
from ui.guard.config import GuardConfig
from ui.guard.guard import Guard
from ui.guard.operators import Operators
from ui.server.server import Server

HEAD = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"


def answer_to(path: bytes, length: int, sent: int) -> bytes:
    """Return all that a server answers to a request of which only a part of the body is sent."""
    config = GuardConfig(gradio_server_port=free_port())
    server = Server(Guard(Starlette(), config, Operators(config, b"key")), config)
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=LONG) as connection:
            connection.sendall(HEAD % (path, length))
            connection.sendall(bytes(sent))
            return b"".join(iter(lambda: connection.recv(65536), b""))
    finally:
        server.stop()


@pytest.mark.parametrize(("path", "status"), [(b"/sign-in", b"413"), (b"/missing", b"404")])
def test_who_sends_too_much_reads_why_it_is_refused(path: bytes, status: bytes) -> None:
    """The answer comes, and the connection ends without a reset, though the sender did not pause."""
    answer = answer_to(path, 8 << 20, 8 << 20)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert answer.count(b"HTTP/1.1") == 1


def test_a_sender_who_stalls_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the time is up, the connection of a refused request is closed, though its body is not whole."""
    monkeypatch.setattr(lingering, "LINGER_SECONDS", 0.2)
    assert answer_to(b"/missing", 1_000, 10).startswith(b"HTTP/1.1 404")
