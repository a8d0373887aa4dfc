"""The HTTP request with which a tool was called."""

from typing import Any

from mcp.server.mcpserver import Context
from starlette.requests import Request


def request_of(context: Context[Any, Any]) -> Request:
    """Return the request behind the call of a tool."""
    request = context.request_context.request
    assert isinstance(request, Request)  # all calls come over HTTP
    return request
