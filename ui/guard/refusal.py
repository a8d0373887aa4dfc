"""Tell why a request is refused, in the reader's language."""

import math
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from ui.guard.limits import Refused
from ui.guard.rules import MCP
from ui.texts.language import words_for

MAX_VALUE_CHARS = 100  # of what a request holds and the answer repeats
# OpenAI's names for kinds of errors, by status.
ERROR_TYPES = {403: "permission_error", 429: "rate_limit_error"}

# One of the codes that JSON-RPC leaves to servers: https://www.jsonrpc.org/specification#error_object
RPC_REFUSED = -32000


def refusal(refused: Refused, request: Request) -> Response:
    """Return the answer to a refused request; the connection is closed, since its body was not read."""
    seconds = math.ceil(refused.retry_after)
    values = {name: str(value)[:MAX_VALUE_CHARS] for name, value in refused.values.items()}
    text = words_for(request)[f"refused_{refused.code}"].format(**values, seconds=seconds)
    # Programs read the reason by its name.
    headers = {"cache-control": "no-store", "connection": "close", "x-refused": refused.code}
    if seconds:
        headers["retry-after"] = str(seconds)
    # Gradio's page shows the `detail` of an answer to its visitor.
    if request.url.path.startswith("/gradio_api/"):
        return JSONResponse({"detail": text}, refused.status, headers)
    # As OpenAI's clients read errors.
    if request.url.path.startswith("/v1/"):
        kind = ERROR_TYPES.get(refused.status, "invalid_request_error")
        error = {"message": text, "type": kind, "param": None, "code": refused.code}
        return JSONResponse({"error": error}, refused.status, headers)
    if request.url.path == MCP and refused.status != 404:
        return rpc_error(text, refused.code, refused.status, headers)
    return PlainTextResponse(text, refused.status, headers)


def rpc_error(text: str, code: str, status: int, headers: Mapping[str, str]) -> Response:
    """Return an error of JSON-RPC, as clients of MCP read them, of a call that was not looked at."""
    error = {"code": RPC_REFUSED, "message": text, "data": {"code": code}}
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status, headers)
