"""Connections: how many one address holds, and how long the head of a request may take."""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from ui.guard.config import GuardConfig
from ui.server.connections import Connections, Peer


class GuardedProtocol(H11Protocol):
    """uvicorn's connections, which by themselves wait endlessly for a request's head, and are unbounded."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        connections: Connections,
        head_seconds: float,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._places = connections
        self._head_seconds = head_seconds
        self._head_timer: asyncio.TimerHandle | None = None
        self._peer: Peer | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a connection, or close it where there is no place for it.

        On Windows asyncio takes connections without `ListeningSocket.accept()`: they get their places here.
        """
        super().connection_made(transport)
        peer: Peer = transport.get_extra_info("peername") or ("",)
        if not self._places.hold(peer):
            transport.abort()
            return
        self._peer = peer
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self._stop_head_timer()
        if self._peer is not None:
            self._places.release(self._peer)
            self._peer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what has come; the time for the head runs until the head is whole."""
        if self._waits_for_head:
            self._start_head_timer()
        super().data_received(data)
        if not self._waits_for_head:
            self._stop_head_timer()

    @property
    def _waits_for_head(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _start_head_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._head_seconds, self.transport.abort)
            if self._peer is not None:
                self._places.wait_for_head(self._peer, self.transport.abort)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
            if self._peer is not None:
                self._places.take_head(self._peer)


def guarded_protocol(config: GuardConfig, connections: Connections) -> Any:
    """Return what uvicorn makes connections with."""

    def connection(*args: Any, **kwargs: Any) -> GuardedProtocol:
        return GuardedProtocol(*args, **kwargs, connections=connections, head_seconds=config.head_seconds)

    return connection
