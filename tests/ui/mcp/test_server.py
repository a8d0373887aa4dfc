"""The server that the package makes of the tools."""

import logging

import pytest
from mcp.server.mcpserver import MCPServer

from ui.mcp.server import new_server


def test_the_package_does_not_print_what_other_libraries_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself it gives the root logger a handler, through which each library would print."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    new_server()
    assert root.handlers == []
    MCPServer("another")
    assert root.handlers != []
