"""Which names the app answers to, and which origins are its own."""

import socket

import pytest

from ui.guard.config import GuardConfig
from ui.guard.hosts import AllowedHosts, HostError, same_origin, split_host


def allows(netloc: str, **settings: str) -> bool:
    """Return whether an app with some settings answers to a `Host`."""
    return AllowedHosts(GuardConfig(**settings)).allows(netloc)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "netloc",
    [
        "localhost",
        "LOCALHOST:7860",
        "localhost.:7860",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.1.2.3:9",
        "[::1]:7860",
    ],
)
def test_the_machines_own_names_are_answered(netloc: str) -> None:
    """Whatever the settings, the names of this machine for itself are right, with any port."""
    assert allows(netloc)
    assert allows(netloc, gradio_server_name="0.0.0.0", space_id="me/qwen")


@pytest.mark.parametrize(
    "netloc",
    [
        "",
        "rebind.example",
        "rebind.example:7860",
        "localhost.example",
        "127.0.0.1.example",
        "192.168.1.5:7860",
        "8.8.8.8",
        "[2001:db8::1]",
        "localhost:7860@evil.example",
        "evil.example@localhost",
        "localhost/evil.example",
        "localhost?evil.example",
        "localhost#evil.example",
        "localhost evil.example",
        "localhost,evil.example",
        "localhost:port",
        "localhost:99999999",
        "[::1",
        "evil.example\\localhost",
        "①27.0.0.1",
    ],
)
def test_other_names_are_not_answered_on_loopback(netloc: str) -> None:
    """A name of another site could have been given this machine's address, whatever it is dressed up as."""
    assert not allows(netloc)


def test_on_every_address_each_address_and_the_machines_name_are_answered() -> None:
    """An address cannot be rebound, so it is right where the app listens on all; a foreign name is not."""
    for netloc in ("192.168.1.5:7860", "[2001:db8::1]:7860", f"{socket.gethostname().upper()}:7860"):
        assert allows(netloc, gradio_server_name="0.0.0.0")
        assert allows(netloc, gradio_server_name="::")
    assert not allows("rebind.example", gradio_server_name="0.0.0.0")


def test_the_address_that_is_listened_on_is_answered() -> None:
    """An app on one address of a network answers to that one and to no other."""
    assert allows("192.168.1.5:7860", gradio_server_name="192.168.1.5")
    assert not allows("192.168.1.6:7860", gradio_server_name="192.168.1.5")


def test_allowed_hosts_are_answered_and_those_below_a_star() -> None:
    """ALLOWED_HOSTS holds names, and `*.name` for all below one; letter case and a last dot do not matter."""
    names = "Qwen.example., *.apps.example"
    for netloc in ("qwen.example", "QWEN.example.:443", "a.apps.example", "b.a.apps.example:8443"):
        assert allows(netloc, allowed_hosts=names)
    for netloc in ("apps.example", "evilapps.example", "qwen.example.evil", "aqwen.example"):
        assert not allows(netloc, allowed_hosts=names)


def test_the_name_of_a_space_is_answered() -> None:
    """On a Space, SPACE_HOST is the name of the page; with a domain of its own, both names stand there."""
    assert allows("me-qwen.hf.space", space_host="me-qwen.hf.space", space_id="me/qwen")
    for name in ("me-qwen.hf.space", "qwen.example"):
        assert allows(name, space_host="me-qwen.hf.space,qwen.example", space_id="me/qwen")
    assert not allows("you-evil.hf.space", space_host="me-qwen.hf.space", space_id="me/qwen")


@pytest.mark.parametrize("netloc", ["", ":80", "a@b", "a/b", "[", "a:b", "a:70000"])
def test_what_is_no_host_is_an_error(netloc: str) -> None:
    """A header that holds something else than a name and a port has no name."""
    with pytest.raises(HostError):
        split_host(netloc)


@pytest.mark.parametrize(
    ("origin", "scheme", "netloc"),
    [
        ("http://127.0.0.1:7860", "http", "127.0.0.1:7860"),
        ("http://LOCALHOST:7860", "http", "localhost:7860"),
        ("http://qwen.example", "http", "qwen.example"),
        ("http://qwen.example", "http", "qwen.example:80"),
        ("https://qwen.example", "https", "qwen.example:443"),
        # A proxy that ends TLS, and says nothing of the scheme.
        ("https://qwen.example", "http", "qwen.example"),
        ("http://[::1]:7860", "http", "[::1]:7860"),
    ],
)
def test_the_apps_own_pages_are_of_the_same_origin(origin: str, scheme: str, netloc: str) -> None:
    """An origin with the host's name and port is the app's own."""
    assert same_origin(origin, scheme, netloc)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://evil.example",
        "http://127.0.0.1:7861",
        "http://127.0.0.1",
        "http://localhost:7860",
        "http://127.0.0.1:7860.evil.example",
        "http://127.0.0.1:7860@evil.example",
        "http://127.0.0.1:7860/path",
        "file://127.0.0.1:7860",
        "chrome-extension://127.0.0.1:7860",
        "127.0.0.1:7860",
        "http://",
        "http://[",
    ],
)
def test_other_origins_are_foreign(origin: str) -> None:
    """Another name, port or scheme, or what is no origin at all, is not the app's own."""
    assert not same_origin(origin, "http", "127.0.0.1:7860")
