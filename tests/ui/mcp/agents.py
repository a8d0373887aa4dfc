"""An agent: the official client of MCP, over HTTP, against a served app."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from tests.coroutines import run
from tests.ui.api.served_api import SECONDS, ServedApi

Result = TypeVar("Result")


def connected(
    api: ServedApi, use: Callable[[Client], Awaitable[Result]], key: str = "", mode: str = "auto"
) -> Result:
    """Connect an agent, and return what it finds; `mode` legacy speaks the protocol of 2025."""

    async def used() -> Result:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=SECONDS, trust_env=False) as http,
            Client(streamable_http_client(f"{api.url}/mcp", http_client=http), mode=mode) as agent,
        ):
            return await use(agent)

    return run(used())


def call(api: ServedApi, tool: str, *, key: str = "", mode: str = "auto", **arguments: Any) -> CallToolResult:
    """Call one tool; return its whole answer."""
    return connected(api, lambda agent: agent.call_tool(tool, arguments), key, mode)


def answer(
    api: ServedApi, tool: str, *, key: str = "", mode: str = "auto", **arguments: Any
) -> dict[str, Any]:
    """Call one tool that answers; return the answer."""
    result = call(api, tool, key=key, mode=mode, **arguments)
    assert not result.is_error, text_of(result)
    return cast(dict[str, Any], result.structured_content)


def error(api: ServedApi, tool: str, *, key: str = "", mode: str = "auto", **arguments: Any) -> str:
    """Call one tool that fails; return what the agent is told."""
    result = call(api, tool, key=key, mode=mode, **arguments)
    assert result.is_error
    return text_of(result)


def text_of(result: CallToolResult) -> str:
    """Return the text of an answer."""
    return "".join(part.text for part in result.content if isinstance(part, TextContent))
