"""An app behind a guard, which tells what its routes see."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.guard.config import GuardConfig
from ui.guard.guard import Guard
from ui.guard.operators import Operators
from ui.roles import role_of

HOST = "http://127.0.0.1:7860"


async def tell(request: Request) -> Response:
    """Answer what the routes see of a request."""
    return JSONResponse(
        {
            "client": request.client.host if request.client else None,
            "role": role_of(request.scope).value,
            "scheme": request.url.scheme,
            "host": request.headers["host"],
            "path": request.scope["path"],
            "body": len(await request.body()),
        }
    )


async def stream(request: Request) -> Response:
    """Answer in two pieces."""

    async def pieces() -> Any:
        yield b"data: 1\n\n"
        yield b"data: 2\n\n"

    return StreamingResponse(pieces(), media_type="text/event-stream")


class NotedReaders:
    """Readers that note what they are told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def opened(self, key: str) -> None:
        """Note that results are read."""
        self.told.append(("opened", key))

    def closed(self, key: str) -> None:
        """Note that a reader has left."""
        self.told.append(("closed", key))


def client_of(
    base_url: str = HOST, peer: str = "127.0.0.1", readers: NotedReaders | None = None, **settings: Any
) -> TestClient:
    """Return a client of an app behind a guard with some settings."""
    config = GuardConfig(**settings)
    routes = [
        Route("/gradio_api/queue/data", stream),
        Route("/gradio_api/call/{name}/{event}", stream),
        Route("/{path:path}", tell, methods=["GET", "POST", "DELETE"]),
    ]
    guard = Guard(Starlette(routes=routes), config, Operators(config, b"key"), readers)
    return TestClient(guard, base_url, client=(peer, 50000))
