"""Find out who sends a request: its address, scheme and host, behind proxies, too."""

from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.datastructures import MutableHeaders
from starlette.types import Scope

from ui.guard.config import Network

# What a proxy says about the request that it passes on. Nobody else is believed.
FORWARDED = (
    "cf-connecting-ip",
    "forwarded",
    "true-client-ip",
    "via",
    "x-client-ip",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
)


class Proxies:
    """Believe the proxies that are trusted, and nobody else, about where a request comes from."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted

    def trusts(self, address: str) -> bool:
        """Return whether an address is one of a trusted proxy."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)

    def resolve(self, scope: Scope) -> bool:
        """Set the real client, scheme and host in a scope, and remove what was said about them.

        Returns:
            Whether the request came through a proxy, trusted or not.
        """
        headers = MutableHeaders(scope=scope)
        forwarded = {name: headers[name] for name in FORWARDED if name in headers}
        hops = headers.getlist("x-forwarded-for")
        for name in forwarded:
            del headers[name]
        peer = scope["client"][0] if scope.get("client") else ""
        if forwarded and self.trusts(peer):
            scope["client"] = (self._first_stranger([*",".join(hops).split(","), peer]), 0)
            if (scheme := _first(forwarded.get("x-forwarded-proto", ""))) in ("http", "https"):
                scope["scheme"] = scheme
            if host := _first(forwarded.get("x-forwarded-host", "")):
                headers["host"] = host
        return bool(forwarded)

    def _first_stranger(self, hops: Sequence[str]) -> str:
        """Return the last address that no trusted proxy has; each proxy appends whom it heard from."""
        known = [hop.strip() for hop in hops if hop.strip()]
        for hop in reversed(known):
            if not self.trusts(hop):
                return hop
        return known[0]


def client_of(scope: Scope) -> str:
    """Return the name under which a client's requests are counted: its address.

    Whoever has one IPv6 address has 2**64 of them, so the network counts.
    """
    address: str = scope["client"][0] if scope.get("client") else ""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, 64), strict=False))


def _first(value: str) -> str:
    return value.split(",", maxsplit=1)[0].strip()
