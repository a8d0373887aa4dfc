"""The tools as the package `mcp` serves them; importing this module imports that package."""

import logging

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations
from starlette.applications import Starlette

from ui.guard.rules import MAX_CALL_BYTES, MCP
from ui.mcp.log_tools import LogTools
from ui.mcp.model_tools import ModelTools
from ui.mcp.parts import McpParts

NAME, TITLE = "qwen-all-in-one", "Qwen All-in-One"
INSTRUCTIONS = (
    "A small language model on this machine, and the log of everything that it was asked. "
    "`classify` and `chat` ask the model; `stats`, `find_requests` and `show_request` look into its log."
)
# No tool changes anything but the log, or reaches beyond this app.
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)


def build_server(parts: McpParts) -> MCPServer:
    """Return a server with all tools."""
    server = new_server()
    model, log = ModelTools(parts.api), LogTools(parts)
    description = f"{model.classify.__doc__}\n{model.known_tasks}"
    server.add_tool(model.classify, description=_plain(description), annotations=READS)
    for tool in (model.chat, log.stats, log.find_requests, log.show_request):
        server.add_tool(tool, description=_plain(tool.__doc__ or ""), annotations=READS)
    return server


def web_app_of(server: MCPServer) -> Starlette:
    """Return the app that answers one request: it keeps no session, and answers with JSON.

    The guard has checked the host, the origin and the size already, and knows the proxies.
    """
    return server.streamable_http_app(
        streamable_http_path=MCP,
        json_response=True,
        stateless_http=True,
        max_request_body_size=MAX_CALL_BYTES,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )


def new_server() -> MCPServer:
    """Return a server without tools.

    It would give the root logger a handler, where that has none: all libraries would print into the terminal.
    """
    root, placeholder = logging.getLogger(), logging.NullHandler()
    root.addHandler(placeholder)
    try:
        return MCPServer(NAME, title=TITLE, instructions=INSTRUCTIONS, subscriptions=False)
    finally:
        root.removeHandler(placeholder)


def _plain(docstring: str) -> str:
    """Return a docstring without its indentation."""
    return "\n".join(line.strip() for line in docstring.strip().splitlines())
