"""Whether MCP can be served, and what the start says of it."""

import sys
from importlib.metadata import PackageNotFoundError

import pytest

from tests.ui.api.test_access import KEYS, access
from ui.mcp import installed
from ui.mcp.installed import described, is_installed

URL = "http://127.0.0.1:7860"


def test_the_package_of_the_tests_is_found() -> None:
    """What requirements-dev.txt installs can be served."""
    assert is_installed()


def test_an_absent_package_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is named mcp, there is nothing to serve."""
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert not is_installed()
    assert described(access(), URL) is None


@pytest.mark.parametrize("found", ["1.26.0", "3.0.0", "20.1"])
def test_another_version_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    """A version that this app does not know is not served: its modules have other names."""
    monkeypatch.setattr(installed, "version", lambda name: found)
    assert not is_installed()


def test_a_folder_of_the_same_name_is_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something that can be imported as mcp, and was not installed, is not served."""

    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(installed, "version", version)
    assert not is_installed()


def test_the_start_says_where_mcp_is_served() -> None:
    """One sentence has the address, where anybody may use it; where the API is off, there is none."""
    for may in (access(), access(KEYS)):
        assert (described(may, URL) or "").startswith("MCP: http://127.0.0.1:7860/mcp, ")
    assert described(access(gradio_server_name="0.0.0.0"), URL) is None
