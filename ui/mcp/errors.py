"""What an agent is told where a tool does not answer."""

import math

from mcp.server.mcpserver.exceptions import ToolError

from ui.api.errors import api_error


def tool_error(error: Exception) -> ToolError:
    """Return an error of the service or of the API in plain words, with when to try again."""
    told = api_error(error)
    text = readable(str(told))
    if told.retry_after:
        text = f"{text}: try again in {math.ceil(told.retry_after)} s"
    return ToolError(text)


def readable(text: str) -> str:
    """Return a text without half characters, which no answer can hold."""
    return text.encode(errors="backslashreplace").decode()
