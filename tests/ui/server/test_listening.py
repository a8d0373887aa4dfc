"""Connections are taken as far as there is room for them, and no further."""

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from ui.guard.config import GuardConfig
from ui.server.connections import Connections, Reason
from ui.server.listening import ListeningSocket


@pytest.fixture
def told() -> list[Reason]:
    """Return the list of what is told."""
    return []


@pytest.fixture
def listening(told: list[Reason]) -> Iterator[ListeningSocket]:
    """Return a listening socket with two places for each address."""
    connections = Connections(GuardConfig(max_connections=2), told.append, files=100)
    with ListeningSocket(socket.create_server(("127.0.0.1", 0)), connections) as made:
        made.setblocking(False)
        yield made


def accepted(listening: ListeningSocket, tries: int) -> list[socket.socket]:
    """Return the connections that are taken in so many tries."""
    found = []
    for _ in range(tries):
        try:
            found.append(listening.accept()[0])
        except BlockingIOError:
            continue
    return found


def is_closed(connection: socket.socket) -> bool:
    """Return whether the other side has closed a connection."""
    connection.settimeout(30)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_connection_without_a_place_is_closed(listening: ListeningSocket, told: list[Reason]) -> None:
    """It does not stay in the queue, where it would be asked for again and again."""
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(listening.getsockname())) for _ in range(3)]
        for connection in accepted(listening, 5):
            stack.enter_context(connection)
        assert is_closed(clients[2])
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert told == [Reason.ADDRESS_FULL]


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_without_a_descriptor_a_connection_is_turned_away(
    listening: ListeningSocket, told: list[Reason], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The one that is kept in reserve is given up for it; asyncio never learns of the trouble."""
    accept = socket.socket.accept
    refusals = iter([number] * 1)

    def accept_or_fail(self: socket.socket) -> tuple[socket.socket, Any]:
        if (refusal := next(refusals, None)) is not None:
            raise OSError(refusal, "no room")
        return accept(self)

    monkeypatch.setattr(socket.socket, "accept", accept_or_fail)
    with socket.create_connection(listening.getsockname()) as client:
        with pytest.raises(BlockingIOError):
            listening.accept()
        assert is_closed(client)
    assert told == [Reason.NO_DESCRIPTOR]
    with socket.create_connection(listening.getsockname()), listening.accept()[0] as taken:
        assert taken.fileno() > 0


def test_without_any_descriptor_nothing_is_raised_but_that_there_is_no_connection(
    listening: ListeningSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another thread takes the one in reserve, too, the queue waits; later all is as before."""

    def fail(self: socket.socket) -> tuple[socket.socket, Any]:
        raise OSError(errno.EMFILE, "no room")

    with socket.create_connection(listening.getsockname()):
        with monkeypatch.context() as patched:
            patched.setattr(socket.socket, "accept", fail)
            assert accepted(listening, 5) == []
        (taken,) = accepted(listening, 1)
        taken.close()


def test_other_errors_are_raised(listening: ListeningSocket, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are no lack of room."""

    def fail(self: socket.socket) -> tuple[socket.socket, Any]:
        raise OSError(errno.EPERM, "forbidden")

    monkeypatch.setattr(socket.socket, "accept", fail)
    with pytest.raises(PermissionError):
        listening.accept()
