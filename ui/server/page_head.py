"""Add HTML to the page before Gradio's own scripts; `launch(head=...)` would add it after them."""

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class PageHead:
    """An ASGI middleware that inserts HTML at the beginning of the page's `<head>`."""

    def __init__(self, app: ASGIApp, markup: str) -> None:
        self._app = app
        self._head = b"<head>" + markup.encode()
        self._page = GZipMiddleware(self._with_head)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Insert the HTML into the page; pass every other request on unchanged."""
        is_page = scope["type"] == "http" and scope["path"] == "/" and scope["method"] == "GET"
        await (self._page if is_page else self._app)(scope, receive, send)

    async def _with_head(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Gradio would read `page=`, the page number of the table, as the name of one of its own pages.
        parts = scope["query_string"].split(b"&")
        query = b"&".join(part for part in parts if not part.startswith(b"page="))
        scope = {**scope, "query_string": query, "headers": list(scope["headers"])}
        # Gradio would compress the page, and there would be no head to be found.
        del MutableHeaders(scope=scope)["accept-encoding"]
        held: list[Message] = []
        body = bytearray()

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                held.append(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                page = bytes(body).replace(b"<head>", self._head, 1)
                MutableHeaders(scope=held[0])["content-length"] = str(len(page))
                await send(held[0])
                await send({"type": "http.response.body", "body": page})

        await self._app(scope, receive, hold)
