"""The addresses of the API."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ui.api.callers import calling, request_id_of
from ui.api.chat import chat_router
from ui.api.decisions.endpoint import decisions_router
from ui.api.errors import ApiError
from ui.api.health import Health
from ui.api.parts import ApiParts


def add_api(app: FastAPI, parts: ApiParts) -> None:
    """Add the routes of the API, and its form of errors, to an app."""
    router = APIRouter()
    health = Health(parts.loader)

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz")
    async def healthz() -> Response:
        return health.alive()

    @router.head("/readyz", include_in_schema=False)
    @router.get("/readyz")
    async def readyz() -> Response:
        return health.ready()

    @router.get("/v1/models")
    async def models(request: Request, response: Response) -> dict[str, object]:
        response.headers.update(calling(request, parts.access).headers)
        return health.models()

    @router.get("/v1/models/{name:path}")
    async def model(name: str, request: Request, response: Response) -> dict[str, object]:
        response.headers.update(calling(request, parts.access).headers)
        parts.check_model(name)
        return health.model()

    app.include_router(router)
    app.include_router(chat_router(parts))
    app.include_router(decisions_router(parts))
    app.add_exception_handler(ApiError, _told)
    app.add_exception_handler(RequestValidationError, _explained)
    app.add_exception_handler(HTTPException, _refused)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error.response(request_id_of(request))


async def _explained(request: Request, error: Exception) -> Response:
    """Return the first mistake of a body, with the field in which it is."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        told = ApiError(400, f"the body is no JSON: {first['ctx']['error']}", code="json_invalid")
    elif first["loc"] == ("body",) and not _is_json(request.headers.get("content-type", "")):
        text = "the body is not read as JSON: send the header Content-Type: application/json"
        told = ApiError(400, text, code="json_invalid")
    else:
        param = ".".join(str(part) for part in first["loc"] if part != "body")
        text = f"{param}: {first['msg']}" if param else str(first["msg"])
        told = ApiError(400, text, param=param or None, code=first["type"])
    return await _told(request, told)


async def _refused(request: Request, error: Exception) -> Response:
    """Return what FastAPI refuses by itself, such as a body that is no text, in the API's form."""
    assert isinstance(error, HTTPException)
    if not request.url.path.startswith("/v1/"):
        return await http_exception_handler(request, error)
    if error.status_code == 400:
        return await _told(request, ApiError(400, "the body is no JSON", code="json_invalid"))
    return await _told(request, ApiError(error.status_code, error.detail))


def _is_json(content_type: str) -> bool:
    """Return whether a `Content-Type` is that of JSON, such as `application/json; charset=utf-8`."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
