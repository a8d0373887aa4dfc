"""How many connections may be open."""

from functools import partial

import pytest

from ui.guard.config import GuardConfig
from ui.server.connections import TELL_SECONDS, Connections, Reason


def taken(connections: Connections, address: str, count: int) -> int:
    """Return how many of so many connections of an address find a place."""
    return sum(connections.hold((address, port)) for port in range(1, count + 1))


def test_one_address_holds_as_many_as_the_setting_says() -> None:
    """A place that is given back may be taken again, and other addresses have their own."""
    connections = Connections(GuardConfig(max_connections=3), files=10_000)
    assert taken(connections, "192.0.2.1", 5) == 3
    assert taken(connections, "192.0.2.2", 5) == 3
    connections.release(("192.0.2.1", 1))
    connections.release(("192.0.2.1", 1))
    assert taken(connections, "192.0.2.1", 5) == 3


@pytest.mark.parametrize(
    ("files", "of_one", "of_all"), [(256, 64, 128), (1024, 256, 512), (8, 2, 4), (float("inf"), 256, 3000)]
)
def test_few_descriptors_allow_few_connections(files: float, of_one: int, of_all: int) -> None:
    """Half of the files may be connections, and half of those one address's."""
    connections = Connections(GuardConfig(), files=files)
    assert taken(connections, "192.0.2.1", 3000) == of_one
    several = Connections(GuardConfig(trusted_proxies="192.0.2.1"), files=files)
    assert taken(several, "192.0.2.1", 3000) == of_all


def test_a_connection_takes_one_place() -> None:
    """Whoever asks twice for the same connection gets the same place."""
    connections = Connections(GuardConfig(max_connections=1), files=100)
    assert [connections.hold(("192.0.2.1", 80)) for _ in range(3)] == [True] * 3


def test_a_network_of_ipv6_is_one_client() -> None:
    """Its owner has more addresses than there are places."""
    connections = Connections(GuardConfig(max_connections=2), files=100)
    held = [connections.hold((f"2001:db8::{number}", 80, 0, 0)) for number in range(1, 5)]
    assert held == [True, True, False, False]


def test_each_reason_is_told_once_in_a_while() -> None:
    """A flood of connections is one thing to tell, and later one more where it lasts."""
    now = 0.0
    told: list[Reason] = []
    config = GuardConfig(max_connections=1, trusted_proxies="192.0.2.9")
    connections = Connections(config, told.append, files=8, timer=lambda: now)
    taken(connections, "192.0.2.1", 100)
    taken(connections, "192.0.2.9", 100)
    assert told == [Reason.ADDRESS_FULL, Reason.ALL_FULL]
    now = TELL_SECONDS
    taken(connections, "192.0.2.9", 100)
    assert told[2:] == [Reason.ALL_FULL]


def test_who_has_waited_longest_for_a_head_makes_room() -> None:
    """Half-open connections of many addresses leave a place for others; those with a request stay."""
    told: list[Reason] = []
    closed: list[int] = []
    connections = Connections(GuardConfig(), told.append, files=8)
    for number in range(1, 5):
        peer = (f"192.0.2.{number}", 80)
        assert connections.hold(peer)
        connections.wait_for_head(peer, partial(closed.append, number))
    connections.take_head(("192.0.2.1", 80))
    assert connections.hold(("192.0.2.5", 80))
    assert closed == [2]
    connections.release(("192.0.2.2", 80))  # as the closed connection does
    assert [connections.hold((f"192.0.2.{number}", 80)) for number in (6, 7, 8)] == [True, True, False]
    assert closed == [2, 3, 4]
    assert told == [Reason.ALL_FULL]
