"""Errors as OpenAI's clients read them."""

import math

from starlette.responses import JSONResponse

from inference.errors import InferenceError, ModelNotReady


class ApiError(Exception):
    """A request is not answered; `kind` is OpenAI's `type`, `param` the field that is wrong."""

    def __init__(
        self,
        status: int,
        message: str,
        kind: str = "invalid_request_error",
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after: float = 0.0,  # s; 0 where a later request would fail as well
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.param, self.code = status, kind, param, code
        self.retry_after = retry_after

    @property
    def body(self) -> dict[str, dict[str, str | None]]:
        """The JSON of the answer, or of an event of a stream."""
        # What a caller wrote, such as half a character, may stand in the message.
        message = str(self).encode(errors="backslashreplace").decode()
        shown = {"message": message, "type": self.kind, "param": self.param, "code": self.code}
        return {"error": shown}

    def response(self, request_id: str) -> JSONResponse:
        """Return the answer to a request."""
        headers = {"x-request-id": request_id, "cache-control": "no-store"}
        if self.retry_after:
            headers["retry-after"] = str(math.ceil(self.retry_after))
        return JSONResponse(self.body, self.status, headers)


# After so long another try is sensible, in s: a place may be free, or the model loaded.
BUSY_SECONDS, LOADING_SECONDS = 1.0, 5.0


def api_error(error: Exception) -> ApiError:
    """Return what a caller is told of an error of the service; of an unknown one, nothing but its kind."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, ModelNotReady):
        return ApiError(503, str(error), "server_error", code=error.code, retry_after=LOADING_SECONDS)
    if isinstance(error, InferenceError):
        status, kind, wait = _KINDS.get(error.code, _of_status(error))
        code = "context_length_exceeded" if error.code == "too_many_tokens" else error.code
        return ApiError(status, str(error), kind, code=code, retry_after=wait)
    return ApiError(500, f"the model failed: {type(error).__name__}", "server_error", code="failed")


_BUSY = (429, "rate_limit_error", BUSY_SECONDS)
_KINDS = {
    "busy": _BUSY,
    "client_busy": _BUSY,
    "session_busy": _BUSY,
    "closed": (503, "server_error", LOADING_SECONDS),
    "timeout": (504, "server_error", 0.0),
    # Whoever cancels reads no answer: it is the app that ends.
    "cancelled": (503, "server_error", LOADING_SECONDS),
}


def _of_status(error: InferenceError) -> tuple[int, str, float]:
    """Return how an error is told whose code is not in the table: refused requests are the caller's."""
    if error.status == "rejected":
        return 400, "invalid_request_error", 0.0
    return 500, "server_error", 0.0
