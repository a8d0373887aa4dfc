"""The middleware before every route."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from monitoring.reading import sources
from tests.coroutines import run
from ui.guard import rules
from ui.guard.config import GuardConfig
from ui.guard.guard import Guard
from ui.guard.operators import Operators
from ui.guard.rules import MAX_BODY_BYTES
from ui.roles import role_of

HOST = "http://127.0.0.1:7860"
PASSWORD = "correct horse"


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


def test_who_asks_too_often_reads_when_to_come_back() -> None:
    """Past its burst a client is answered 429 with Retry-After; other clients are not hurt by it."""
    with client_of(messages_per_minute=12, gradio_server_name="0.0.0.0") as client:
        statuses = [client.post("/gradio_api/queue/join").status_code for _ in range(4)]
        assert statuses == [200, 200, 429, 429]
        answer = client.post("/gradio_api/queue/join")
        assert 1 <= int(answer.headers["retry-after"]) <= 5
        assert f"{answer.headers['retry-after']} s" in answer.json()["detail"]
        # Looking is another budget than asking.
        assert client.get("/dashboard/view").status_code == 200


def test_clients_behind_a_proxy_have_budgets_of_their_own() -> None:
    """Only what a trusted proxy says about an address counts; a made-up header gives no new budget."""
    with client_of(messages_per_minute=6, trusted_proxies="127.0.0.1") as client:

        def ask(hops: str) -> int:
            headers = {"x-forwarded-for": hops}
            return client.post("/gradio_api/queue/join", headers=headers).status_code

        assert ask("203.0.113.1") == 200
        assert ask("198.51.100.9, 203.0.113.1") == 429
        assert ask("203.0.113.2") == 200
    with client_of(messages_per_minute=6, peer="203.0.113.1", gradio_server_name="0.0.0.0") as client:
        assert ask("203.0.113.3") == 200
        assert ask("203.0.113.4") == 429


def test_routes_see_the_visitor_behind_the_proxy() -> None:
    """Address, scheme and host are those of the visitor, and the prefix of the path is gone."""
    with client_of(
        trusted_proxies="127.0.0.1", allowed_hosts="qwen.example", gradio_root_path="/qwen"
    ) as client:
        headers = {
            "x-forwarded-for": "203.0.113.1",
            "x-forwarded-proto": "https",
            "x-forwarded-host": "qwen.example",
            "origin": "https://qwen.example",
        }
        for path in ("/qwen/config", "/config"):
            seen = client.get(path, headers=headers).json()
            assert seen["client"] == "203.0.113.1"
            assert seen["scheme"] == "https"
            assert seen["host"] == "qwen.example"
            assert seen["path"] == "/config"


@pytest.mark.parametrize(("query", "to"), [("", "/qwen/"), ("?tab=dashboard", "/qwen/?tab=dashboard")])
def test_the_prefix_alone_leads_to_the_page(query: str, to: str) -> None:
    """Without the slash at its end, a reader would look for the page's files beside the prefix."""
    with client_of(gradio_root_path="/qwen") as client:
        answer = client.get(f"/qwen{query}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (308, to)
        assert client.get("/qwen", headers={"host": "evil.example"}).status_code == 421
        assert client.get("/qwen/", follow_redirects=False).status_code == 200


OPERATORS_PATHS = [
    ("GET", "/dashboard/export"),
    ("POST", "/dashboard/upload"),
    ("POST", "/dashboard/silence"),
    ("GET", "/dashboard/drills"),
    ("POST", "/dashboard/drills"),
]


@pytest.mark.parametrize(("method", "path"), OPERATORS_PATHS)
def test_the_operators_addresses_are_closed_to_visitors(method: str, path: str) -> None:
    """A visitor reads that this is the operator's; the operator's cookie opens it."""
    config = GuardConfig(operator_password=PASSWORD)
    with client_of(operator_password=PASSWORD) as client:
        answer = client.request(method, path)
        assert answer.status_code == 403
        assert "sign in" in answer.text
        scope = {"type": "http", "scheme": "http", "headers": [(b"host", b"127.0.0.1:7860")]}
        cookie = Operators(config, b"key").cookie(scope).split(";")[0]
        assert client.request(method, path, headers={"cookie": cookie}).json()["role"] == "operator"


@pytest.mark.parametrize(("method", "path"), OPERATORS_PATHS)
def test_without_a_password_the_operators_addresses_say_why_they_are_closed(method: str, path: str) -> None:
    """Off loopback, and without a password, the answer names the setting."""
    with client_of(gradio_server_name="0.0.0.0") as client:
        answer = client.request(method, path)
        assert answer.status_code == 403
        assert "OPERATOR_PASSWORD" in answer.text


def test_on_loopback_without_a_password_a_forwarded_stranger_is_a_visitor() -> None:
    """A tunnel to this machine says for whom it asks: that one is no operator."""
    with client_of() as client:
        assert client.get("/config").json()["role"] == "operator"
        assert client.get("/config", headers={"x-forwarded-for": "203.0.113.1"}).json()["role"] == "visitor"
        assert client.get("/dashboard/export", headers={"x-real-ip": "203.0.113.1"}).status_code == 403


def test_programs_read_refusals_in_openais_form() -> None:
    """Below /v1 a refusal has the kind by which OpenAI's clients raise it, and says when to come again."""
    path = "/v1/chat/completions"
    with client_of(messages_per_minute=1) as client:
        assert client.post(path).status_code == 200
        often = client.post(path)
        foreign = client.post(path, headers={"origin": "https://evil.example"})
    assert (often.status_code, int(often.headers["retry-after"]) > 0) == (429, True)
    assert (often.json()["error"]["type"], often.json()["error"]["code"]) == ("rate_limit_error", "too_often")
    assert (foreign.status_code, foreign.json()["error"]["type"]) == (403, "permission_error")


def test_readers_are_told_who_reads_results() -> None:
    """An open stream is told with its session, or its event, and its end as well."""
    readers = NotedReaders()
    with client_of(readers=readers) as client:
        client.get("/gradio_api/queue/data?session_hash=abc")
        client.get("/gradio_api/call/chat/event7")
    assert readers.told == [("opened", "abc"), ("closed", "abc"), ("opened", "event7"), ("closed", "event7")]


def test_one_client_holds_a_bounded_number_of_streams() -> None:
    """The stream after the last allowed one is refused until another one ends."""

    async def open_three() -> tuple[list[int], int]:
        released = asyncio.Event()

        async def endless(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await released.wait()
            await send({"type": "http.response.body", "body": b""})

        config = GuardConfig(max_streams=2)
        guard = Guard(endless, config, Operators(config, b"key"))

        async def open_stream(statuses: list[int]) -> None:
            scope = {
                "type": "http",
                "method": "GET",
                "path": "/gradio_api/queue/data",
                "query_string": b"session_hash=a",
                "scheme": "http",
                "client": ("127.0.0.1", 1),
                "headers": [(b"host", b"127.0.0.1:7860")],
            }

            async def send(message: Any) -> None:
                if message["type"] == "http.response.start":
                    statuses.append(message["status"])

            async def receive() -> Any:
                return {"type": "http.request", "body": b"", "more_body": False}

            await guard(scope, receive, send)

        statuses: list[int] = []
        streams = [asyncio.create_task(open_stream(statuses)) for _ in range(3)]
        await asyncio.wait(streams, return_when=asyncio.FIRST_COMPLETED)
        released.set()
        await asyncio.gather(*streams)
        later: list[int] = []
        await open_stream(later)
        return sorted(statuses), later[0]

    assert run(open_three()) == ([200, 200, 429], 200)


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


def test_agents_are_told_when_to_call_again() -> None:
    """Calls of agents are counted as those of programs are, and their clients read the refusal."""
    with client_of(messages_per_minute=0.1) as agent:
        assert agent.post("/mcp").status_code == 200
        refused = agent.post("/mcp")
        assert (refused.status_code, refused.json()["error"]["data"]["code"]) == (429, "too_often")
        assert int(refused.headers["retry-after"]) > 0
        assert agent.post("/v1/decisions").status_code == 429


def test_a_path_that_is_absent_is_closed() -> None:
    """An address whose package is not installed is none, whatever the method."""
    config = GuardConfig()
    app = Starlette(routes=[Route("/{path:path}", tell)])
    guard = Guard(app, config, Operators(config, b"key"), absent=("/mcp",))
    with TestClient(guard, HOST) as client:
        assert [client.request(method, "/mcp").status_code for method in ("GET", "POST")] == [404, 404]
        assert client.get("/config").status_code == 200
