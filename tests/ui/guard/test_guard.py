"""The middleware before every route, by what a request asks for: names, paths, origins, bodies."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from monitoring.reading import sources
from tests.coroutines import run
from tests.ui.guard.guarded import HOST, client_of, tell
from ui.guard import rules
from ui.guard.config import GuardConfig
from ui.guard.guard import Guard
from ui.guard.operators import Operators
from ui.guard.rules import MAX_BODY_BYTES


@pytest.fixture
def client() -> Iterator[TestClient]:
    """A client on this machine, of an app with default settings."""
    with client_of() as opened:
        yield opened


def test_a_foreign_name_is_refused_and_told_how_to_allow_it(client: TestClient) -> None:
    """Whoever calls the app by a name that it does not know reads the setting that allows it."""
    answer = client.get("/", headers={"host": "rebind.example:7860"})
    assert answer.status_code == 421
    assert "ALLOWED_HOSTS=rebind.example" in answer.text
    assert client.get("/").status_code == 200


def test_the_reason_is_told_in_the_readers_language(client: TestClient) -> None:
    """A Chinese reader reads Chinese."""
    answer = client.get("/nowhere", headers={"accept-language": "zh-CN"})
    assert answer.text == "此地址没有内容。"


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/upload_progress",
        "/gradio_api/component_server",
        "/gradio_api/process_recording",
        "/gradio_api/file=https://example.com/",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/x",
        "/gradio_api/deep_link",
        "/gradio_api/dev/reload",
        "/gradio_api/startup-events",
        "/gradio_api/stream/a/b/c/playlist.m3u8",
        "/gradio_api/proxy=https://example.com",
        "/gradio_api/custom_component/a/b/c",
        "/proxy=https://example.com",
        "/monitoring",
        "/gradio_api/monitoring/summary",
        "/dashboard/../config",
        "//config",
        "/config/",
        "/CONFIG",
        "/config\n",
        "/static/",
        "/gradio_api/run",
        "/gradio_api/run/a/b",
        "/docs",
        "/openapi.json",
    ],
)
def test_paths_that_the_page_does_not_use_are_closed(client: TestClient, path: str) -> None:
    """Whatever Gradio would do at such an address, nobody reaches it, not even the operator."""

    async def ask() -> int:
        statuses: list[int] = []

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 7860),
            "headers": [(b"host", b"127.0.0.1:7860")],
        }
        await client.app(scope, receive, send)  # a client would tidy up the path before it is sent
        return statuses[0]

    assert run(ask()) == 404


def test_methods_without_a_use_are_refused(client: TestClient) -> None:
    """An address answers to the methods that the page uses, and to no others."""
    assert client.delete("/config").status_code == 405
    assert client.post("/config").status_code == 405
    assert client.get("/gradio_api/queue/join").status_code == 405
    assert client.options("/gradio_api/queue/join").status_code == 405
    assert client.head("/").status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://["])
@pytest.mark.parametrize(("method", "path"), [("POST", "/gradio_api/queue/join"), ("GET", "/dashboard/view")])
def test_pages_of_other_origins_are_refused(client: TestClient, method: str, path: str, origin: str) -> None:
    """What a page of another site sends is refused before anything is done, and it may read no answer."""
    answer = client.request(method, path, headers={"origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_the_apps_own_page_and_programs_are_let_in(client: TestClient) -> None:
    """The page names its own origin; a program names none."""
    assert client.post("/gradio_api/queue/join", headers={"origin": HOST}).status_code == 200
    assert client.post("/gradio_api/queue/join").status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_may_link_to_the_page_alone(client: TestClient, site: str) -> None:
    """A link on another site opens the page; an image there does not make the dashboard work."""
    assert client.get("/?tab=dashboard", headers={"sec-fetch-site": site}).status_code == 200
    assert client.get("/dashboard/view", headers={"sec-fetch-site": site}).status_code == 403


def test_a_body_is_refused_by_what_its_head_says(client: TestClient) -> None:
    """A body that is too large is refused before any of it is read."""
    path = "/gradio_api/queue/join"
    assert client.post(path, content=b"x" * MAX_BODY_BYTES).json()["body"] == MAX_BODY_BYTES
    answer = client.post(path, content=b"x" * (MAX_BODY_BYTES + 1))
    assert answer.status_code == 413
    assert "64 KiB" in answer.json()["detail"]
    for length in ("-1", "1e3", "9" * 5000, "0x10"):
        assert client.post(path, headers={"content-length": length}).status_code in (400, 413)


def test_a_body_without_a_length_is_counted(client: TestClient) -> None:
    """A body that comes in pieces, without its length, is bounded as well."""

    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    assert client.post("/gradio_api/run/respond", content=pieces()).status_code == 413


def test_an_upload_may_be_as_large_as_the_dashboard_takes() -> None:
    """The guard and the route state the same limit."""
    assert rules.MAX_UPLOAD_BYTES == sources.MAX_UPLOAD_BYTES


def test_an_address_that_takes_no_body_gets_none(client: TestClient) -> None:
    """A GET with a body is refused."""
    assert client.request("GET", "/config", content=b"x").status_code == 413


def test_every_answer_has_the_security_headers() -> None:
    """Answers and refusals tell the browser what a page may do, and who may frame it."""
    with client_of() as client:
        for answer in (client.get("/"), client.get("/nowhere"), client.get("/", headers={"host": "evil"})):
            policy = answer.headers["content-security-policy"]
            for part in (
                "base-uri 'self'",
                "object-src 'none'",
                "form-action 'self'",
                "frame-ancestors 'self'",
            ):
                assert part in policy.split("; ")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "SAMEORIGIN"
            assert answer.headers["referrer-policy"] == "same-origin"


def test_a_space_may_frame_its_app() -> None:
    """On a Space the pages of Hugging Face may frame the app, elsewhere those of FRAME_ANCESTORS."""
    with client_of(space_id="me/qwen") as client:
        answer = client.get("/")
        assert "frame-ancestors 'self' https://huggingface.co" in answer.headers["content-security-policy"]
        assert "x-frame-options" not in answer.headers
    with client_of(frame_ancestors="https://portal.example") as client:
        policy = client.get("/").headers["content-security-policy"]
        assert "frame-ancestors 'self' https://portal.example" in policy.split("; ")


def test_there_are_no_websockets() -> None:
    """A websocket is not passed on to the app."""
    asked: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["type"])

    config = GuardConfig()
    guard = Guard(app, config, Operators(config, b"key"))

    async def nothing(*message: Any) -> Any:
        return {}

    run(guard({"type": "websocket"}, nothing, nothing))
    assert asked == []


def test_a_path_that_is_absent_is_closed() -> None:
    """An address whose package is not installed is none, whatever the method."""
    config = GuardConfig()
    app = Starlette(routes=[Route("/{path:path}", tell)])
    guard = Guard(app, config, Operators(config, b"key"), absent=("/mcp",))
    with TestClient(guard, HOST) as client:
        assert [client.request(method, "/mcp").status_code for method in ("GET", "POST")] == [404, 404]
        assert client.get("/config").status_code == 200
