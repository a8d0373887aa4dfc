"""Signing in with a password, and out."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.guard.config import GuardConfig
from ui.guard.guard import Guard
from ui.guard.operators import Operators
from ui.guard.sign_in.endpoints import FAILURES_PER_MINUTE, SignIn
from ui.guard.sign_in.huggingface import HuggingFace, HuggingFaceConfig
from ui.roles import role_of

PASSWORD = "correct horse"


async def role(request: Request) -> Response:
    """Tell who asks."""
    return PlainTextResponse(role_of(request.scope).value)


def client_of(**settings: Any) -> TestClient:
    """Return a client of an app with an address that tells who asks."""
    config = GuardConfig(**settings)
    operators = Operators(config, b"key")
    sign_in = SignIn(operators, HuggingFace(HuggingFaceConfig(), b"key", ""))
    app = Starlette(routes=[*sign_in.routes(), Route("/config", role)])
    return TestClient(Guard(app, config, operators), "http://127.0.0.1:7860", client=("127.0.0.1", 1))


@pytest.fixture
def client() -> Iterator[TestClient]:
    """A client of an app with a password."""
    with client_of(operator_password=PASSWORD, operator_hours=2) as opened:
        yield opened


def test_the_right_password_signs_in_and_signing_out_ends_it(client: TestClient) -> None:
    """The cookie that the password gives makes the operator, until it is given back."""
    assert client.get("/config").text == "visitor"
    answer = client.post("/sign-in", json={"password": PASSWORD})
    assert answer.status_code == 204
    assert "Max-Age=7200" in answer.headers["set-cookie"]
    assert answer.headers["cache-control"] == "no-store"
    assert client.get("/config").text == "operator"
    assert client.post("/sign-out").status_code == 204
    assert client.get("/config").text == "visitor"


def test_a_cookie_is_worth_nothing_after_signing_out(client: TestClient) -> None:
    """Whoever has copied the cookie is signed out, too; another sign-in goes on."""
    cookies = []
    for _ in range(2):
        signed_in = client.post("/sign-in", json={"password": PASSWORD})
        cookies.append(signed_in.headers["set-cookie"].partition(";")[0])
        client.cookies.clear()
    client.post("/sign-out", headers={"cookie": cookies[0]})
    roles = [client.get("/config", headers={"cookie": cookie}).text for cookie in cookies]
    assert roles == ["visitor", "operator"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"password": "wrong"}',
        b'{"password": ""}',
        b'{"password": null}',
        b'{"password": ["correct horse"]}',
        b'{"password": 1e999}',
        b'["correct horse"]',
        b"correct horse",
        b"",
        b"\xff",
        b"[" * 60_000,
        b'{"password": "\\ud800"}',
    ],
)
def test_anything_else_does_not(client: TestClient, body: bytes) -> None:
    """A wrong password, or what is none, is refused with a plain reason and no cookie."""
    answer = client.post("/sign-in", content=body)
    assert answer.status_code == 403
    assert answer.text == "This is not the password."
    assert "set-cookie" not in answer.headers
    assert client.get("/config").text == "visitor"


def test_guesses_are_bounded_and_the_right_password_has_to_wait_then(client: TestClient) -> None:
    """After some wrong passwords in a minute nobody at this address learns whether the next one is right."""
    statuses = [client.post("/sign-in", json={"password": f"wrong {n}"}).status_code for n in range(8)]
    assert statuses == [403] * FAILURES_PER_MINUTE + [429] * 3
    answer = client.post("/sign-in", json={"password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert "set-cookie" not in answer.headers


def test_a_page_of_another_site_cannot_sign_in_or_out(client: TestClient) -> None:
    """Neither a guess nor the end of a sign-in comes from another site's page."""
    for path in ("/sign-in", "/sign-out"):
        answer = client.post(path, json={"password": PASSWORD}, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("settings", [{}, {"gradio_server_name": "0.0.0.0"}])
def test_without_a_password_there_is_nothing_to_sign_in_to(settings: dict[str, str]) -> None:
    """An app without a password takes none, and says how somebody becomes the operator."""
    with client_of(**settings) as client:
        answer = client.post("/sign-in", json={"password": ""})
        assert answer.status_code == 404
        assert "OPERATOR_PASSWORD" in answer.text


def test_off_a_space_there_is_no_sign_in_with_hugging_face(client: TestClient) -> None:
    """The addresses of that sign-in lead nowhere where it is not set up."""
    for path in ("/login/huggingface", "/login/callback?code=1&state=2"):
        assert client.get(path, follow_redirects=False).status_code == 404
