"""Serve an ASGI app on one port, from a thread of its own."""

import asyncio
import logging
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from ui.guard.config import GuardConfig
from ui.guard.heads import MAX_HEAD_BYTES
from ui.server.connections import Connections, TurnedAway
from ui.server.listening import ListeningSocket
from ui.server.protocol import guarded_protocol

PORTS = 100  # ports that are tried, from the first one on
BACKLOG = 1_024  # connections that wait to be accepted
START_SECONDS = 30.0


class ServeError(OSError):
    """The page cannot be served; the text says why."""


class Server:
    """A server in the background; `stop()` ends it."""

    def __init__(
        self, app: ASGIApp, config: GuardConfig, on_turned_away: TurnedAway = lambda reason: None
    ) -> None:
        """Take a port; `on_turned_away` is told why connections are closed, once in a while.

        Raises:
            ServeError: no port is free, or the address is none of this machine.
        """
        connections = Connections(config, on_turned_away)
        listening = _listen(config.address, config.gradio_server_port)
        self._socket = ListeningSocket(listening, connections)
        self.port: int = self._socket.getsockname()[1]
        # Whether another program held the port that was asked for, so that the next free one was taken.
        self.is_elsewhere = self.port != config.gradio_server_port
        self.url = f"http://{_readable(config.address)}:{self.port}{config.gradio_root_path}"
        settings = uvicorn.Config(
            app,
            http=guarded_protocol(config, connections),
            ws="none",
            # Not warnings: a stranger's broken requests would fill the terminal's log.
            log_level="error",
            h11_max_incomplete_event_size=MAX_HEAD_BYTES,
            # The guard decides itself whom it believes.
            proxy_headers=False,
            server_header=False,
            # Streams of open pages never end by themselves; their browsers ask again.
            timeout_graceful_shutdown=0,
        )
        self._server = uvicorn.Server(settings)
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)

    def start(self) -> None:
        """Start to serve, and wait until the page answers.

        Raises:
            ServeError: the server ended instead.
        """
        self._thread.start()
        if not self._started.wait(START_SECONDS) or not self._server.started:
            raise ServeError("the server did not start")

    def stop(self) -> None:
        """Close all connections, and wait for the end of the thread."""
        # Requests that end with the server are no errors.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self._server.should_exit = True
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._started.set()

    async def _serve(self) -> None:
        serving = asyncio.create_task(self._server.serve([self._socket]))
        while not (self._server.started or serving.done()):
            await asyncio.sleep(0.01)
        self._started.set()
        await serving


def _listen(address: str, first_port: int) -> socket.socket:
    """Return a listening socket on the first free port.

    Raises:
        ServeError: there is none.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # The IPv6 address for "all" means IPv4 as well, where the machine can do that.
    is_dual = address == "::" and socket.has_dualstack_ipv6()
    ports = range(first_port, min(first_port + PORTS, 65_536))
    for port in ports:
        try:
            listening = socket.create_server(
                (address, port), family=family, backlog=BACKLOG, dualstack_ipv6=is_dual
            )
            # Connections inherit it; asyncio sets it only on sockets that it made itself. Without it, each
            # answer of two parts waits some 40 ms for the other side's acknowledgement.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return listening
        except OSError as error:
            reason = error
            if isinstance(error, socket.gaierror):
                break
    raise ServeError(
        f"cannot listen on GRADIO_SERVER_NAME={address}, GRADIO_SERVER_PORT={first_port} "
        f"or one of the next {len(ports) - 1} ports: {reason.strerror or reason}"
    )


def _readable(address: str) -> str:
    """Return an address as it stands in a URL."""
    if address in ("0.0.0.0", "::", ""):
        return "localhost"
    return f"[{address}]" if ":" in address else address
