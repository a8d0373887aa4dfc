"""One port, and its connections."""

import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ui.guard.config import GuardConfig
from ui.server.server import PORTS, ServeError, Server, _listen

LONG = 30.0  # s; far more than anything here takes


async def hello(request: Request) -> Response:
    """Greet."""
    return PlainTextResponse(f"hello {request.client.host if request.client else ''}")


APP = Starlette(routes=[Route("/", hello)])


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def serving(**settings: Any) -> Iterator[Server]:
    """Serve an app that greets, with some settings."""
    server = Server(APP, GuardConfig(**{"gradio_server_port": free_port(), **settings}))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def get(url: str) -> str:
    """Return what an address answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=LONG) as answer:
        return str(answer.read().decode())


def ended(connection: socket.socket) -> bool:
    """Wait for what the server does; return whether it closes without a word."""
    connection.settimeout(LONG)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def drip(connection: socket.socket) -> None:
    """Send the head of a request, so slowly that it is never whole."""
    for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 3_000:
        connection.sendall(bytes([byte]))
        time.sleep(0.01)


def test_the_page_is_served_at_the_address_that_is_told() -> None:
    """The address that a server tells answers, until the server is stopped."""
    port = free_port()
    with serving(gradio_server_port=port) as server:
        assert get(server.url) == "hello 127.0.0.1"
        assert server.is_elsewhere == (server.port != port)
    with pytest.raises(OSError, match="refused"):
        get(server.url)


def test_a_taken_port_is_passed_over_and_that_is_known() -> None:
    """The next free port is taken, so the app can tell that another program holds the first one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serving(gradio_server_port=port) as server:
            assert port < server.port < port + PORTS
            assert server.is_elsewhere
            assert get(server.url) == "hello 127.0.0.1"


def test_an_address_that_is_none_is_said() -> None:
    """A name that this machine does not have ends the start with the settings and the reason."""
    with pytest.raises(ServeError, match=r"GRADIO_SERVER_NAME=203\.0\.113\.1, GRADIO_SERVER_PORT=7860"):
        Server(APP, GuardConfig(gradio_server_name="203.0.113.1"))
    with pytest.raises(ServeError, match=":::"):
        Server(APP, GuardConfig(gradio_server_name=":::"))


@pytest.mark.parametrize("name", ["0.0.0.0", "::", "[::]"])
def test_all_addresses_are_told_as_localhost(name: str) -> None:
    """Nobody can open the address that means all; the one that is told answers, over IPv4, too."""
    with serving(gradio_server_name=name) as server:
        assert server.url == f"http://localhost:{server.port}"
        assert get(f"http://127.0.0.1:{server.port}").startswith("hello")


def test_ipv6_is_served() -> None:
    """An address of IPv6 is told in brackets."""
    with serving(gradio_server_name="::1") as server:
        assert server.url.startswith("http://[::1]:")
        assert get(server.url) == "hello ::1"


def test_a_root_path_is_part_of_the_address_that_is_told() -> None:
    """Behind a proxy's prefix the address names the prefix, too."""
    with serving(gradio_root_path="/qwen") as server:
        assert server.url.endswith(f":{server.port}/qwen")


def test_half_a_head_is_not_waited_for() -> None:
    """A connection whose request does not come, or comes byte by byte, is closed; others are served."""
    with serving(head_seconds=2) as server:
        address = ("127.0.0.1", server.port)
        with socket.create_connection(address) as silent, socket.create_connection(address) as half:
            half.sendall(b"GET / HTTP/1.1\r\nHost: ")
            assert get(server.url) == "hello 127.0.0.1"
            assert ended(silent)
            assert ended(half)
        with socket.create_connection(address) as dripping, pytest.raises(OSError, match=r"reset|pipe"):
            drip(dripping)


def test_a_kept_connection_may_ask_again() -> None:
    """The time for a head begins anew with each request of one connection."""
    with (
        serving(head_seconds=LONG) as server,
        socket.create_connection(("127.0.0.1", server.port), LONG) as connection,
    ):
        for _ in range(3):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = b""
            while not answer.endswith(b"hello 127.0.0.1"):
                answer += connection.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200")


def test_one_address_holds_a_bounded_number_of_connections() -> None:
    """A connection too many is closed at once; when another one ends, there is room again."""
    with serving(max_connections=2, head_seconds=LONG) as server:
        address = ("127.0.0.1", server.port)
        with socket.create_connection(address) as first:
            with socket.create_connection(address) as second:
                with socket.create_connection(address) as third:
                    assert ended(third)
                second.close()
            deadline = time.monotonic() + LONG
            while True:
                try:
                    assert get(server.url) == "hello 127.0.0.1"
                    break
                except OSError:  # the server has not noticed yet
                    assert time.monotonic() < deadline
            first.close()


def test_connections_of_a_trusted_proxy_are_not_counted() -> None:
    """All visitors behind a proxy come over its connections, which are as many as it needs."""
    with serving(max_connections=1, head_seconds=LONG, trusted_proxies="127.0.0.1") as server:
        address = ("127.0.0.1", server.port)
        with socket.create_connection(address), socket.create_connection(address):
            assert get(server.url) == "hello 127.0.0.1"


def test_a_server_stops_while_connections_are_open() -> None:
    """Open connections, silent ones as well, do not keep a server from ending."""
    with serving(head_seconds=LONG) as server:
        connection = socket.create_connection(("127.0.0.1", server.port))
        get(server.url)
    assert ended(connection)
    connection.close()


def test_answers_are_sent_at_once() -> None:
    """A connection that is taken does not wait for acknowledgements before it sends the next part."""
    listening = _listen("127.0.0.1", free_port())
    with listening, socket.create_connection(listening.getsockname()):
        taken, _ = listening.accept()
        with taken:
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
