"""Tell why a request is refused, in the reader's language."""

import math

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from ui.guard.limits import Refused
from ui.texts.language import words_for

MAX_VALUE_CHARS = 100  # of what a request holds and the answer repeats
# OpenAI's names for kinds of errors, by status.
ERROR_TYPES = {403: "permission_error", 429: "rate_limit_error"}


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
    return PlainTextResponse(text, refused.status, headers)
