"""Take the connections that wait, within the number of files that this process may open."""

import errno
import os
import socket
import time
from contextlib import suppress
from typing import Any

from ui.server.connections import Connections, Reason

# What the system says when there is no room for another connection.
NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
# A wait where not even one connection can be turned away; the system asks again at once.
WAIT_SECONDS = 0.01


class ListeningSocket(socket.socket):
    """A listening socket that closes the connections for which there is no place.

    asyncio reports an error for each waiting connection when a process has no descriptor left, and begins
    anew so many times over: within a minute the errors fill a disk. So one descriptor is kept in reserve. It
    is given up for the moment in which a connection is taken and closed.
    """

    def __init__(self, listening: socket.socket, connections: Connections) -> None:
        """Take over a listening socket."""
        super().__init__(fileno=listening.detach())
        self._connections = connections
        self._reserve: int | None = os.open(os.devnull, os.O_RDONLY)

    def accept(self) -> tuple[socket.socket, Any]:
        """Return a connection that has a place, and its address.

        Raises:
            BlockingIOError: there is none now; one may have been closed for want of a place.
        """
        try:
            connection, peer = super().accept()
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            self._turn_away()
            raise BlockingIOError from error
        if self._connections.hold(peer):
            return connection, peer
        connection.close()
        raise BlockingIOError

    def close(self) -> None:
        """Stop listening."""
        super().close()
        self._give_up_reserve()

    def _turn_away(self) -> None:
        """Take a connection with the descriptor that is kept in reserve, and close it."""
        self._connections.turn_away(Reason.NO_DESCRIPTOR)
        if self._reserve is None:
            time.sleep(WAIT_SECONDS)
        self._give_up_reserve()
        with suppress(OSError):
            super().accept()[0].close()
        with suppress(OSError):
            self._reserve = os.open(os.devnull, os.O_RDONLY)

    def _give_up_reserve(self) -> None:
        if self._reserve is not None:
            os.close(self._reserve)
            self._reserve = None
