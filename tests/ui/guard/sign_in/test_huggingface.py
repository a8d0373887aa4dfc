"""Signing in with Hugging Face, before a server that answers as it would."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.guard.config import GuardConfig
from ui.guard.guard import Guard
from ui.guard.operators import Operators
from ui.guard.sign_in.endpoints import SignIn
from ui.guard.sign_in.huggingface import HuggingFace, HuggingFaceConfig
from ui.roles import role_of

PAGE = "https://me-qwen.hf.space"


class Provider(BaseHTTPRequestHandler):
    """The two addresses of an OpenID provider that a server asks; it knows one code."""

    name: ClassVar[Any] = "alice"
    asked: ClassVar[list[dict[str, list[str]]]] = []

    def do_POST(self) -> None:
        """Change the code for a token."""
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        self.asked.append({**form, "authorization": [self.headers["authorization"]]})
        if form["code"] == ["right"]:
            self._answer(200, {"access_token": "token"})
        else:
            self._answer(400, {"error": "invalid_grant"})

    def do_GET(self) -> None:
        """Tell who has the token."""
        if self.headers["authorization"] == "Bearer token":
            self._answer(200, {"preferred_username": self.name})
        else:
            self._answer(401, {})

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def _answer(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def provider() -> Iterator[str]:
    """The address of a provider."""
    Provider.name, Provider.asked = "alice", []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def role(request: Request) -> Response:
    """Tell who asks."""
    return PlainTextResponse(role_of(request.scope).value)


@pytest.fixture
def client(provider: str) -> Iterator[TestClient]:
    """A browser before a Space whose operator is Alice."""
    config = GuardConfig(space_id="me/qwen", space_host="me-qwen.hf.space", operator_users="Alice")
    operators = Operators(config, b"key")
    settings = HuggingFaceConfig(
        oauth_client_id="id", oauth_client_secret=SecretStr("secret"), openid_provider_url=provider
    )
    sign_in = SignIn(operators, HuggingFace(settings, b"key", ""))
    app = Starlette(routes=[*sign_in.routes(), Route("/config", role)])
    guard = Guard(app, config, operators)
    with TestClient(guard, PAGE, client=("203.0.113.1", 1), follow_redirects=False) as opened:
        yield opened


def leave(client: TestClient) -> dict[str, str]:
    """Leave for Hugging Face; return what the address there says."""
    answer = client.get("/login/huggingface")
    assert answer.status_code == 303
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def come_back(client: TestClient, **query: str) -> Any:
    """Come back from Hugging Face."""
    return client.get("/login/callback", params=query)


def test_an_operator_comes_back_signed_in(client: TestClient) -> None:
    """Whoever Hugging Face names, and OPERATOR_USERS holds, is led to the page as the operator."""
    left = leave(client)
    assert left["client_id"] == "id"
    assert left["response_type"] == "code"
    assert left["redirect_uri"] == f"{PAGE}/login/callback"
    answer = come_back(client, code="right", state=left["state"])
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{PAGE}/?tab=dashboard"
    assert client.get("/config").text == "operator"
    (asked,) = Provider.asked
    assert asked["redirect_uri"] == [f"{PAGE}/login/callback"]
    assert asked["authorization"] == ["Basic aWQ6c2VjcmV0"]  # id:secret


def test_somebody_else_is_no_operator(client: TestClient) -> None:
    """A visitor with another name on Hugging Face reads that he is no operator."""
    Provider.name = "mallory"
    answer = come_back(client, code="right", state=leave(client)["state"])
    assert answer.status_code == 403
    assert "mallory" in answer.text
    assert client.get("/config").text == "visitor"


@pytest.mark.parametrize("name", [None, "", ["alice"], {"name": "alice"}, 7])
def test_a_name_that_is_none_is_no_operators(client: TestClient, name: Any) -> None:
    """An answer that names nobody makes nobody the operator."""
    Provider.name = name
    assert come_back(client, code="right", state=leave(client)["state"]).status_code == 403


def test_a_wrong_code_is_refused(client: TestClient) -> None:
    """A code that Hugging Face does not know signs nobody in."""
    answer = come_back(client, code="wrong", state=leave(client)["state"])
    assert answer.status_code == 403
    assert "did not say who it was" in answer.text


def test_who_says_no_reads_so(client: TestClient) -> None:
    """Whoever declines at Hugging Face comes back as a visitor, with the reason."""
    answer = come_back(client, error="access_denied", state=leave(client)["state"])
    assert answer.status_code == 403
    assert "access_denied" in answer.text


def test_an_answer_to_another_browser_is_refused(client: TestClient) -> None:
    """A link with somebody else's answer signs in nobody who opens it."""
    state = leave(client)["state"]
    client.cookies.clear()
    assert come_back(client, code="right", state=state).status_code == 403
    leave(client)
    assert come_back(client, code="right", state=state).status_code == 403
    assert Provider.asked == []


@pytest.mark.parametrize("state", ["", "made up", "a.b.c"])
def test_an_answer_that_was_not_asked_for_is_refused(client: TestClient, state: str) -> None:
    """A made-up state is none of this server's."""
    leave(client)
    assert come_back(client, code="right", state=state).status_code == 403
    assert Provider.asked == []
