"""Whether MCP can be served, found out without importing the package that speaks it."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from ui.api.access import Access
from ui.guard.rules import MCP

# The package's major version that this app knows; pyproject.toml names the same.
MAJOR = "2"


def is_installed() -> bool:
    """Return whether the package `mcp` is there, in a version that this app knows."""
    if find_spec("mcp") is None:
        return False
    try:
        return version("mcp").partition(".")[0] == MAJOR
    except PackageNotFoundError:
        return False


def described(access: Access, url: str) -> str | None:
    """Return a sentence for the start, in both languages, that says where MCP is served; None if it is not.

    `url` is where the app's page is.
    """
    if not is_installed() or access.is_off:
        return None
    return f"MCP: {url}{MCP}, for those who may use the API / 供智能体使用，权限与 API 相同"
