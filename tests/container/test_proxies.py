"""Tests of `container.proxies`."""

import os

import httpx
import httpx2
import pytest

from container.proxies import use_proxies

RIGHT = [
    "http://127.0.0.1:3128",
    "https://user:secret@proxy.example.org",
    "socks5://127.0.0.1:1080",
    "socks5h://proxy:1080/",
    "HTTP://proxy:3128",
    "http://[::1]:3128",
    "proxy:3128",
    "foo",
]
WRONG = [
    "http://",
    "://",
    "   ",
    "http://a:b",
    "http://a:99999",
    "http://[",
    "http://a b",
    "http://a\n",
    "http://\x7f",
    "http://例子",
    "socks4://127.0.0.1:1080",
    "ftp://proxy",
    "socks5://",
    "http://user:se/cret@proxy:3128",
]
NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "Http_Proxy"]


def build_clients(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Build a client of each library, with nothing but these variables."""
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    httpx.Client(verify=False).close()
    httpx2.Client(verify=False).close()


@pytest.mark.parametrize("value", RIGHT)
def test_right_address_stays(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of a proxy stays as it is, whichever variable holds it, and clients can be built."""
    for name in NAMES:
        environ = {name: value}
        assert use_proxies(environ) == []
        assert environ[name] == value
        build_clients(environ, monkeypatch)


@pytest.mark.parametrize("value", WRONG)
def test_wrong_address_is_taken_out(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no address is taken out, with a text that has its name and never its value."""
    for name in NAMES:
        environ = {name: value, "PATH": "/bin"}
        (problem,) = use_proxies(environ)
        assert environ == {"PATH": "/bin"}
        assert problem.startswith(f"{name} is not used: it is no address of a proxy")
        assert "cret" not in problem
        build_clients(environ, monkeypatch)


def test_this_machine_needs_no_proxy() -> None:
    """Where there is a proxy, this machine is an exception, beside the hosts that the user named."""
    environ = {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "example.org, 10.0.0.0/8"}
    assert use_proxies(environ) == []
    expected = "example.org,10.0.0.0/8,localhost,127.0.0.1,::1"
    assert environ["NO_PROXY"] == environ["no_proxy"] == expected


def test_no_proxy_for_anything() -> None:
    """`*` stays alone, since some clients know it only so."""
    environ = {"HTTPS_PROXY": "http://proxy:3128", "no_proxy": "*"}
    assert use_proxies(environ) == []
    assert environ["no_proxy"] == environ["NO_PROXY"] == "*"


def test_without_a_proxy_nothing_changes() -> None:
    """An environment without proxies, or with empty ones, stays as it is."""
    environ = {"PATH": "/bin", "HTTP_PROXY": "", "https_proxy": ""}
    before = dict(environ)
    assert use_proxies(environ) == []
    assert environ == before


@pytest.mark.parametrize("host", ["[::1", "http://a:b", "a:b:c", "é", "[::1]:80", "a b", "fe80::/10"])
def test_wrong_exception_is_left_out(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no host in NO_PROXY is left out and named, and the other hosts stay."""
    environ = {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": f"example.org,{host},::1,.local"}
    (problem,) = use_proxies(environ)
    assert problem.startswith(f"NO_PROXY: {host!r} is not used")
    assert environ["NO_PROXY"] == "example.org,::1,.local,localhost,127.0.0.1"
    build_clients(environ, monkeypatch)
