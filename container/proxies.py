"""The proxies that the environment names: what no client understands is left out, before a client reads it.

A client that meets a wrong address raises an error where it is built, and some libraries build one while they
are imported. A wrong variable, which may stand in a shell's profile for years, must not end the start.
"""

import os
import re
from collections.abc import MutableMapping
from ipaddress import ip_address
from urllib.parse import urlsplit

PROXIES = ("http_proxy", "https_proxy", "all_proxy")
EXCEPTIONS = "no_proxy"
SCHEMES = ("http", "https", "socks5", "socks5h")
# This machine is reached without a proxy; clients take each name by itself, and do not look it up.
LOOPBACK = ("localhost", "127.0.0.1", "::1")

_HOST = re.compile(r"[A-Za-z0-9_.:%-]+")
# A name, or an address or a network of IP version 4.
_NAME = re.compile(r"\*|(\*?\.)?[A-Za-z0-9_.-]+(:\d{1,5}|/\d{1,2})?")


def use_proxies(environ: MutableMapping[str, str] = os.environ) -> list[str]:
    """Take wrong addresses of proxies out of the environment; return a text about each for the user.

    Where a proxy remains, this machine itself is put into NO_PROXY. No text holds a value, since a proxy's
    address may contain a password.
    """
    problems = []
    for name in _named(PROXIES, environ):
        if environ[name] and not _is_proxy(environ[name]):
            del environ[name]
            problems.append(
                f"{name} is not used: it is no address of a proxy, such as http://HOST:PORT; "
                f"allowed are {', '.join(f'{scheme}://' for scheme in SCHEMES)}"
            )
    return problems + _settle_exceptions(environ)


def _settle_exceptions(environ: MutableMapping[str, str]) -> list[str]:
    """Keep what clients understand of NO_PROXY, and add this machine; return a text about the rest."""
    problems = []
    for name in _named((EXCEPTIONS,), environ):
        hosts = [host.strip() for host in environ[name].split(",") if host.strip()]
        known = [host for host in hosts if _is_exception(host)]
        if len(known) < len(hosts):
            wrong = ", ".join(repr(host) for host in hosts if host not in known)
            problems.append(f"{name}: {wrong} is not used: it is no host, such as example.org or 10.0.0.1")
        environ[name] = ",".join(known)
    if any(environ[name] for name in _named(PROXIES, environ)):
        # Where both are set, clients read the lower-case name.
        known = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").split(",")
        both = ",".join(dict.fromkeys([*filter(None, known), *LOOPBACK]))
        environ["no_proxy"] = environ["NO_PROXY"] = "*" if "*" in known else both
    return problems


def _is_exception(host: str) -> bool:
    """Return whether clients take an entry of NO_PROXY as a host; httpx knows no network of IP version 6."""
    if _NAME.fullmatch(host):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _named(names: tuple[str, ...], environ: MutableMapping[str, str]) -> list[str]:
    """List the variables of these names, which clients read in any case."""
    return [name for name in environ if name.lower() in names]


def _is_proxy(value: str) -> bool:
    """Return whether clients take a value as a proxy's address; without a scheme it is one of http."""
    if not value.isascii() or not value.isprintable() or " " in value:
        return False
    try:
        address = urlsplit(value if "://" in value else f"http://{value}")
        has_port = address.port is None or address.port > 0
    except ValueError:
        return False
    return address.scheme.lower() in SCHEMES and has_port and bool(_HOST.fullmatch(address.hostname or ""))
