"""What the middleware puts into the page's head."""

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from ui.server.page_head import PageHead

MARKUP = "<script>'早'</script>"
PAGE = "<!doctype html><html><head><title>页</title></head><body>&lt;head> <head></body></html>"
EXPECTED = PAGE.replace("<head>", f"<head>{MARKUP}", 1).encode()


async def page(request: Request) -> Response:
    """Return the page at once."""
    return HTMLResponse(PAGE, headers={"x-kept": "yes"})


async def pieces(request: Request) -> Response:
    """Return the page byte by byte."""

    async def each() -> AsyncIterator[bytes]:
        for byte in PAGE.encode():
            yield bytes([byte])

    return StreamingResponse(each(), media_type="text/html")


async def headless(request: Request) -> Response:
    """Return something without a head."""
    return Response("no page")


async def talk(socket: WebSocket) -> None:
    """Send the page through a socket."""
    await socket.accept()
    await socket.send_text(PAGE)
    await socket.close()


@pytest.mark.parametrize("endpoint", [page, pieces])
def test_the_markup_comes_first_in_the_head(endpoint: object) -> None:
    """The page gets the markup at its head's begin, once, with the length that it has then."""
    app = Starlette(routes=[Route("/", endpoint)])  # type: ignore[arg-type]  # one of the two above
    response = TestClient(PageHead(app, MARKUP)).get("/", headers={"accept-encoding": "identity"})
    assert response.content == EXPECTED
    assert response.headers["content-length"] == str(len(EXPECTED))
    assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_other_headers_stay() -> None:
    """What else the app says of its page is passed on."""
    response = TestClient(PageHead(Starlette(routes=[Route("/", page)]), MARKUP)).get("/")
    assert response.headers["x-kept"] == "yes"


@pytest.mark.parametrize("path", ["/other", "/other/", "//", "/missing"])
def test_other_paths_are_left_alone(path: str) -> None:
    """What is not the page itself is passed on as it is, found or not."""
    app = Starlette(routes=[Route("/other", page), Route("/other/", page), Route("//", page)])
    with_head, without = TestClient(PageHead(app, MARKUP)).get(path), TestClient(app).get(path)
    assert with_head.content == without.content
    assert with_head.headers == without.headers
    assert with_head.status_code == without.status_code


def test_a_page_without_a_head_is_left_alone() -> None:
    """An error text in the page's place is passed on."""
    response = TestClient(PageHead(Starlette(routes=[Route("/", headless)]), MARKUP)).get("/")
    assert (response.text, response.headers["content-length"]) == ("no page", "7")


def test_sockets_are_left_alone() -> None:
    """A web socket at the page's path is none of the middleware's business."""
    app = Starlette(routes=[WebSocketRoute("/", talk)])
    with TestClient(PageHead(app, MARKUP)).websocket_connect("/") as socket:
        assert socket.receive_text() == PAGE


@pytest.mark.parametrize(
    ("query", "passed"),
    [
        ("page=2", ""),
        ("tab=dashboard&page=2&q=a%26page=3", "tab=dashboard&q=a%26page=3"),
        ("pages=2", "pages=2"),
    ],
)
def test_the_tables_page_is_not_gradios(query: str, passed: str) -> None:
    """Gradio, which has pages of its own, does not see the number of the table's page."""

    async def answer(request: Request) -> Response:
        return HTMLResponse(f"<head>{request.url.query}")

    response = TestClient(PageHead(Starlette(routes=[Route("/", answer)]), MARKUP)).get(f"/?{query}")
    assert response.text == f"<head>{MARKUP}{passed}"
