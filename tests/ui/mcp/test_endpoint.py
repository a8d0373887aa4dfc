"""The address at which agents call, and who may."""

import subprocess
import sys

import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError

from tests.monitoring.helpers import ROOT
from tests.ui.api.served_api import ServedApi, served_api
from tests.ui.mcp.agents import answer, connected

ANN, BOB = "ann-has-a-long-key", "bob-has-another-key"
TOOLS = ["classify", "chat", "stats", "find_requests", "show_request"]
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPT = {"accept": "application/json, text/event-stream"}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_tools_are_described(mode: str) -> None:
    """An agent finds each tool and each of its arguments with a description, and the tasks that there are."""

    async def listed(agent: Client) -> None:
        assert agent.server_info is not None
        assert agent.server_info.name == "qwen-all-in-one"
        tools = {tool.name: tool for tool in (await agent.list_tools()).tools}
        assert list(tools) == TOOLS
        for tool in tools.values():
            assert len(tool.description or "") > 80
            assert tool.output_schema is not None
            assert "context" not in tool.input_schema["properties"]
            assert all("description" in each for each in tool.input_schema["properties"].values())
        assert "- sentiment: " in (tools["classify"].description or "")

    with served_api() as api:
        connected(api, listed, mode=mode)


def test_agents_are_answered_with_a_key_alone() -> None:
    """With a key the record has its name; without one, or with another, the agent is told what is wrong."""
    with served_api(keys=f"ann={ANN},bob={BOB}") as api:
        answer(api, "chat", key=ANN, message="hi")
        (record,) = api.observer.records
        assert (record.fields["key_name"], record.fields["source"]) == ("ann", "mcp")
        assert ANN not in str(record.fields)
        for headers, told in (({}, "needs a key"), ({"authorization": "Bearer no"}, "not known")):
            refused = api.http.post("/mcp", json=LIST, headers={**ACCEPT, **headers})
            assert refused.status_code == 401
            assert told in refused.json()["error"]["message"]
        assert _refusal(api, "another-long-key") == "the key is not known"
        assert len(api.observer.records) == 1


def _refusal(api: ServedApi, key: str) -> str:
    """Return what the client of somebody who may not call raises."""

    async def listed(agent: Client) -> None:
        await agent.list_tools()

    with pytest.raises((MCPError, ExceptionGroup)) as raised:
        connected(api, listed, key=key, mode="legacy")
    error: BaseException = raised.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)


def test_other_methods_and_large_bodies_are_refused() -> None:
    """There is no stream to open and no session to end, and a body has the bounds of the API's."""
    with served_api() as api:
        for method in ("GET", "DELETE"):
            assert api.http.request(method, "/mcp", headers=ACCEPT).status_code == 405
        large = api.http.post("/mcp", content=b" " * (300 << 10), headers=ACCEPT)
        assert (large.status_code, large.json()["error"]["data"]["code"]) == (413, "body_large")
        assert api.http.post("/mcp/", json=LIST, headers=ACCEPT).status_code == 404


@pytest.mark.parametrize("headers", [{}, {"mcp-protocol-version": "2025-06-18"}])
def test_other_origins_are_refused_and_the_apps_own_hosts_are_not(headers: dict[str, str]) -> None:
    """The guard decides which hosts and origins are answered; the library refuses none of those."""
    with served_api() as api:
        foreign = api.http.post("/mcp", json=LIST, headers={**ACCEPT, "origin": "https://evil.example"})
        assert (foreign.status_code, foreign.headers["x-refused"]) == (403, "origin_foreign")
        named = api.http.post(
            "/mcp",
            json=LIST,
            headers={**ACCEPT, **headers, "host": "ip6-localhost", "origin": "http://ip6-localhost"},
        )
        assert named.status_code == 200
        assert [tool["name"] for tool in named.json()["result"]["tools"]] == TOOLS


def test_there_is_nothing_to_subscribe_to() -> None:
    """A call that would hold its connection open is answered at once with an error."""
    version = "2026-07-28"
    meta = {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    method = "subscriptions/listen"
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": meta, "notifications": {}}}
    headers = {**ACCEPT, "mcp-protocol-version": version, "mcp-method": method}
    with served_api() as api:
        refused = api.http.post("/mcp", json=body, headers=headers)
    assert refused.json()["error"]["message"] == "Method not found"


def test_nothing_of_a_request_is_kept() -> None:
    """There is no session: no answer names one, and what a request started has ended with it."""
    with served_api() as api:
        for _ in range(3):
            listed = api.http.post("/mcp", json=LIST, headers=ACCEPT)
            assert listed.status_code == 200
            assert "mcp-session-id" not in listed.headers


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"[" * 5_000, b'{"jsonrpc": "2.0"}', b"\xff"])
def test_a_body_that_is_no_call_is_refused(body: bytes) -> None:
    """What is no call of JSON-RPC is an error of the caller."""
    with served_api() as api:
        refused = api.http.post("/mcp", content=body, headers={**ACCEPT, "content-type": "application/json"})
        assert 400 <= refused.status_code < 500


def test_without_the_package_the_address_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app without the extra has the page and the API, and nothing at `/mcp`, whatever the method."""
    monkeypatch.setitem(sys.modules, "mcp", None)
    with served_api() as api:
        for method in ("GET", "POST", "DELETE"):
            absent = api.http.request(method, "/mcp", headers=ACCEPT)
            assert (absent.status_code, absent.headers["x-refused"]) == (404, "no_such_path")
        assert api.http.get("/v1/models").status_code == 200


def test_the_start_does_not_import_the_package() -> None:
    """Whatever the app imports before it serves, `mcp` is not among it."""
    program = "import sys, app; sys.exit(any(name.partition('.')[0] == 'mcp' for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_what_the_guard_refuses_is_an_error_that_clients_read() -> None:
    """A refusal of the guard comes as an error of JSON-RPC, with its reason in words and by its name."""
    with served_api(keys=f"ann={ANN}") as api:
        refused = api.http.post("/mcp", json=LIST, headers={**ACCEPT, "host": "evil.example"})
        error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["data"]) == (421, -32000, {"code": "host_unknown"})
    assert "evil.example" in error["message"]
