"""The middleware before every route, by who sends a request: budgets, proxies, roles, streams."""

import asyncio
from typing import Any

import pytest

from tests.coroutines import run
from tests.ui.guard.guarded import NotedReaders, client_of
from ui.guard.config import GuardConfig
from ui.guard.guard import Guard
from ui.guard.operators import Operators

PASSWORD = "correct horse"


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


def test_agents_are_told_when_to_call_again() -> None:
    """Calls of agents are counted as those of programs are, and their clients read the refusal."""
    with client_of(messages_per_minute=0.1) as agent:
        assert agent.post("/mcp").status_code == 200
        refused = agent.post("/mcp")
        assert (refused.status_code, refused.json()["error"]["data"]["code"]) == (429, "too_often")
        assert int(refused.headers["retry-after"]) > 0
        assert agent.post("/v1/decisions").status_code == 429


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
