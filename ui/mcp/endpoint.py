"""Answer the requests of agents; the first one imports the package `mcp`, so that the start stays fast."""

import asyncio
from collections.abc import Callable
from functools import partial

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from ui.api.callers import request_id_of
from ui.api.errors import ApiError
from ui.guard.refusal import rpc_error
from ui.mcp.parts import McpParts

# Makes the app that answers one request.
NewApp = Callable[[], Starlette]


class McpEndpoint:
    """The ASGI app behind `/mcp`: it lets those in who may use the API, and keeps nothing of a request."""

    def __init__(self, parts: McpParts) -> None:
        self._parts = parts
        self._new_app: NewApp | None = None
        self._building = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope)
        try:
            self._parts.api.check_access(request)
        except ApiError as error:
            headers = {"x-request-id": request_id_of(request), "cache-control": "no-store"}
            await rpc_error(str(error), str(error.code), error.status, headers)(scope, receive, send)
            return
        for message in await self._answer(scope, receive):
            await send(message)

    async def _answer(self, scope: Scope, receive: Receive) -> list[Message]:
        """Return the whole answer; what answering has started has ended by then.

        So a reader who stalls stops nothing but the sending, which the guard gives up.
        """
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        app = (await self._built())()
        async with app.router.lifespan_context(app):
            await app(scope, receive, keep)
        return messages

    async def _built(self) -> NewApp:
        async with self._building:
            if self._new_app is None:
                self._new_app = await run_in_threadpool(_build, self._parts)
        return self._new_app


def _build(parts: McpParts) -> NewApp:
    from ui.mcp.server import build_server, web_app_of

    return partial(web_app_of, build_server(parts))
