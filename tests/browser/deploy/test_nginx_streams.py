"""What nginx lets through at once, with the shipped configuration: pieces of a reply, and of an upload."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.browser.deploy.nginx import Certificate, Nginx, free_port, shipped_site
from ui.guard.config import GuardConfig
from ui.server.server import Server

pytestmark = pytest.mark.browser  # the tests that need more than Python

SECONDS = 20.0  # until somebody gives up who waits for a piece


class Pieces:
    """An app that waits in the middle: each side goes on after the other side has seen its first piece."""

    def __init__(self) -> None:
        self.is_seen = threading.Event()
        self.app = Starlette(
            routes=[Route("/reply", self.reply), Route("/upload", self.upload, methods=["POST"])]
        )

    async def reply(self, request: Request) -> Response:
        """Send a first piece, and the rest when the reader has seen it."""

        async def pieces() -> AsyncIterator[bytes]:
            yield b"first"
            await asyncio.to_thread(self.is_seen.wait, SECONDS)
            yield b"rest"

        return StreamingResponse(pieces())

    async def upload(self, request: Request) -> Response:
        """Tell that a first piece has come."""
        async for piece in request.stream():
            if piece:
                self.is_seen.set()
        return PlainTextResponse("all of it")


@pytest.fixture
def pieces() -> Pieces:
    """An app that nobody has asked yet."""
    return Pieces()


@pytest.fixture
def http(tmp_path: Path, pieces: Pieces) -> Iterator[httpx2.Client]:
    """A client of that app behind nginx."""
    server = Server(
        pieces.app, GuardConfig.model_validate({"gradio_server_port": free_port(), "body_seconds": SECONDS})
    )
    port, certificate = free_port(), Certificate(tmp_path, "localhost")
    site = shipped_site(
        {
            "listen 443 ": f"listen 127.0.0.1:{port} ",
            "listen [::]:443 ssl http2;": "",
            "/etc/ssl/certs/qwen.pem": str(certificate.path),
            "/etc/ssl/private/qwen.key": str(certificate.key),
            "http://127.0.0.1:7860/;": f"http://127.0.0.1:{server.port}/;",
        }
    )
    server.start()
    try:
        with (
            Nginx(tmp_path, port, site),
            httpx2.Client(
                base_url=f"https://localhost:{port}/qwen", verify=False, timeout=SECONDS / 2
            ) as client,
        ):
            yield client
    finally:
        pieces.is_seen.set()
        server.stop()


def test_a_piece_of_a_reply_is_passed_on_at_once(http: httpx2.Client, pieces: Pieces) -> None:
    """The reader sees a few bytes while the reply is still being written."""
    with http.stream("GET", "/reply") as answer:
        received = answer.iter_raw()
        assert next(received) == b"first"
        pieces.is_seen.set()
        assert b"".join(received) == b"rest"


def test_a_piece_of_an_upload_is_passed_on_at_once(http: httpx2.Client, pieces: Pieces) -> None:
    """The app sees a few bytes while the upload is still being sent."""
    seen: list[bool] = []

    def body() -> Iterator[bytes]:
        yield b"first"
        seen.append(pieces.is_seen.wait(SECONDS / 2))
        yield b"rest"

    assert http.post("/upload", content=body()).text == "all of it"
    assert seen == [True]
