"""Who sends a request, behind proxies and without."""

from typing import Any

import pytest

from ui.guard.clients import Proxies, client_of
from ui.guard.config import PRIVATE_NETWORKS, GuardConfig

TRUSTED = GuardConfig(trusted_proxies="10.0.0.0/8,192.0.2.1").proxies


def scope_of(peer: str, *headers: tuple[str, str]) -> dict[str, Any]:
    """Return the scope of a request from an address, with some headers."""
    return {
        "type": "http",
        "client": (peer, 1234),
        "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }


def client_behind(trusted: Any, peer: str, *hops: str) -> str:
    """Return the client that is found for a request with some X-Forwarded-For headers."""
    scope = scope_of(peer, *(("x-forwarded-for", hop) for hop in hops))
    Proxies(trusted).resolve(scope)
    return client_of(scope)


def test_a_strangers_word_about_the_address_counts_nothing() -> None:
    """Without a trusted proxy, the client is the peer, whatever the headers say."""
    assert client_behind((), "203.0.113.7", "198.51.100.1") == "203.0.113.7"
    assert client_behind(TRUSTED, "203.0.113.7", "198.51.100.1") == "203.0.113.7"


@pytest.mark.parametrize(
    ("hops", "client"),
    [
        (["198.51.100.1"], "198.51.100.1"),
        # What the client itself sent stands first; the proxy appends the address that it saw.
        (["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        (["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        (["6.6.6.6, 198.51.100.1, 10.3.3.3"], "198.51.100.1"),
        (["10.3.3.3"], "10.3.3.3"),
        (["nonsense"], "unknown"),
        ([" , ,198.51.100.1 , "], "198.51.100.1"),
    ],
)
def test_behind_a_trusted_proxy_the_last_stranger_is_the_client(hops: list[str], client: str) -> None:
    """Each proxy appends whom it heard from, so the last address that is no trusted proxy's is the client."""
    assert client_behind(TRUSTED, "10.1.1.1", *hops) == client


def test_the_proxies_of_a_space_stand_in_private_networks() -> None:
    """On a Space nobody names the proxies; private networks are believed there, and only there."""
    assert GuardConfig(space_id="me/qwen").proxies == PRIVATE_NETWORKS
    assert GuardConfig().proxies == ()


def test_scheme_and_host_of_a_trusted_proxy_are_taken_over_and_all_such_headers_removed() -> None:
    """Routes see the scheme and the host of the visitor, and none of the headers that anybody could send."""
    said = [
        ("host", "app.internal:7860"),
        ("x-forwarded-for", "198.51.100.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "qwen.example"),
        ("x-forwarded-prefix", "/evil"),
        ("x-real-ip", "6.6.6.6"),
        ("forwarded", "for=6.6.6.6"),
    ]
    trusted = scope_of("10.1.1.1", *said)
    assert Proxies(TRUSTED).resolve(trusted)
    assert trusted["scheme"] == "https"
    assert trusted["headers"] == [(b"host", b"qwen.example")]
    stranger = scope_of("203.0.113.7", *said)
    assert Proxies(TRUSTED).resolve(stranger)
    assert stranger["scheme"] == "http"
    assert stranger["headers"] == [(b"host", b"app.internal:7860")]


@pytest.mark.parametrize("scheme", ["javascript", "", "HTTPS,evil", "ws"])
def test_only_schemes_of_the_web_are_taken_over(scheme: str) -> None:
    """Another scheme than http and https is not believed of a proxy either."""
    scope = scope_of("10.1.1.1", ("x-forwarded-for", "198.51.100.1"), ("x-forwarded-proto", scheme))
    Proxies(TRUSTED).resolve(scope)
    assert scope["scheme"] == "http"


def test_an_address_of_ipv6_counts_as_its_network() -> None:
    """Whoever has one address of IPv6 has 2**64 of them; an IPv4 address in IPv6 form is that address."""
    first, second = client_of(scope_of("2001:db8:1:2:3::4")), client_of(scope_of("2001:db8:1:2:ffff::1"))
    assert first == second == "2001:db8:1:2::/64"
    assert client_of(scope_of("2001:db8:1:3::1")) != first
    assert client_of(scope_of("::ffff:203.0.113.7")) == "203.0.113.7"


def test_a_request_without_an_address_has_a_name() -> None:
    """A server that knows no address, as on a Unix socket, counts all of its requests together."""
    assert client_of({"type": "http", "client": None}) == "unknown"
