"""The host names by which the app may be called, and the origins whose pages may call it."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from ui.guard.config import LOOPBACK_NAMES, GuardConfig

DEFAULT_PORTS = {"http": 80, "https": 443}


class HostError(ValueError):
    """A header does not hold the name of a host."""


def split_host(netloc: str) -> tuple[str, int | None]:
    """Return name and port of a `Host` header; the name in lower case, without brackets and a last dot.

    Raises:
        HostError: it is no host name, or has more than a name and a port.
    """
    try:
        parts = urlsplit(f"//{netloc}")
        name, port = parts.hostname, parts.port
    except ValueError as error:
        raise HostError(netloc) from error
    if not name or parts.netloc != netloc or "@" in netloc or parts.path or parts.query or parts.fragment:
        raise HostError(netloc)
    return name.removesuffix("."), port


def named(netloc: str) -> str:
    """Return the name in a `Host` header, as ALLOWED_HOSTS takes it; the header itself if it has none."""
    try:
        return split_host(netloc)[0]
    except HostError:
        return netloc


class AllowedHosts:
    """Decide by which names the app may be called.

    A page of another site can give its own name this machine's address (DNS rebinding), and would then be of
    the same origin as the app for the browser: so only known names are answered. Addresses are safe, since
    nobody can rebind them; they are answered where the app listens on every address.
    """

    def __init__(self, config: GuardConfig) -> None:
        names = {name.lower().removesuffix(".") for name in (*config.allowed_hosts, *config.space_host)}
        self._below = tuple(name[1:] for name in names if name.startswith("*."))
        self._names = {*names, *LOOPBACK_NAMES}
        self._any_address = _is_unspecified(config.address)
        if self._any_address:
            self._names.add(socket.gethostname().lower())
        else:
            self._names.add(config.address.lower())

    def allows(self, netloc: str) -> bool:
        """Return whether the app answers requests to a `Host`; its port does not matter."""
        try:
            name, _ = split_host(netloc)
        except HostError:
            return False
        if name in self._names or name.endswith(self._below or ("\n",)):
            return True
        try:
            address = ip_address(name)
        except ValueError:
            return False
        return self._any_address or address.is_loopback


def same_origin(origin: str, scheme: str, netloc: str) -> bool:
    """Return whether a page of `origin` is one of the host's own; the scheme only gives the usual port."""
    try:
        parts = urlsplit(origin)
        name, port = split_host(parts.netloc)
        own_name, own_port = split_host(netloc)
    except ValueError:
        return False
    if parts.scheme not in DEFAULT_PORTS or parts.path or parts.query:
        return False
    usual = DEFAULT_PORTS[parts.scheme]
    own_usual = usual if own_port is None else DEFAULT_PORTS.get(scheme, usual)
    return (name, port or usual) == (own_name, own_port or own_usual)


def _is_unspecified(address: str) -> bool:
    try:
        return ip_address(address).is_unspecified
    except ValueError:
        return not address
