"""An app among strangers, and the strangers."""

import itertools
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import SMALL_MODEL
from tests.running_app import RunningApp

PASSWORD = secrets.token_urlsafe()
SECONDS = 120.0  # the machine may be busy
ADDRESSES = (f"203.0.113.{number}" for number in itertools.count(1))


class Stranger:
    """Somebody at an address of his own, behind the proxy that the app trusts."""

    def __init__(self, url: str, address: str = "") -> None:
        self.address = address or next(ADDRESSES)
        self.http = httpx2.Client(
            base_url=url,
            headers={"x-forwarded-for": self.address},
            timeout=SECONDS,
            trust_env=False,
        )

    def get(self, path: str, **headers: str) -> httpx2.Response:
        """Ask for an address."""
        return self.http.get(path, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """Send JSON to an address."""
        return self.http.post(path, json=body, headers=headers)

    def sign_in(self) -> "Stranger":
        """Become the operator."""
        assert self.post("/sign-in", {"password": PASSWORD}).status_code == 204
        # The cookie's path and flags are a browser's business; here it is sent with each request.
        return self

    def ask(self, text: Any, session: str | None = None) -> str:
        """Send a message; return the id of its event."""
        body = {"data": [text], **({"session_hash": session} if session else {})}
        answer = self.post("/gradio_api/call/respond", body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["event_id"])

    def read(self, event: str) -> list[Any]:
        """Read what comes for an event until its end; return the values of its last state."""
        last: list[Any] = []
        with self.http.stream("GET", f"/gradio_api/call/respond/{event}") as answer:
            for line in answer.iter_lines():
                if line.startswith("data: ") and line != "data: null":
                    last = json.loads(line.removeprefix("data: "))
        return last

    def chat(self, text: Any, session: str | None = None) -> str:
        """Send a message and read its reply; return all that the page would show, as text."""
        return json.dumps(self.read(self.ask(text, session)), ensure_ascii=False)


@contextmanager
def without_a_model(folder: Path) -> Iterator[RunningApp]:
    """An app that strangers reach through a proxy, with an operator and without a model."""
    with RunningApp(
        folder / "logs",
        MODEL=str(folder / "no-model"),
        GRADIO_SERVER_NAME="0.0.0.0",
        TRUSTED_PROXIES="127.0.0.1,::1",
        OPERATOR_PASSWORD=PASSWORD,
    ) as app:
        app.wait_for_page()
        yield app


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, small_cache: Path) -> Iterator[RunningApp]:
    """An app that strangers reach through a proxy, with an operator."""
    with RunningApp(
        tmp_path_factory.mktemp("house") / "logs",
        MODEL=SMALL_MODEL,
        MODEL_CACHE=str(small_cache),
        GRADIO_SERVER_NAME="0.0.0.0",
        TRUSTED_PROXIES="127.0.0.1,::1",
        OPERATOR_PASSWORD=PASSWORD,
        LOG_CONTENT="full",
        HEAD_SECONDS="5",
        BODY_SECONDS="5",
    ) as app:
        app.wait_for_page()
        app.wait_for_model()
        yield app


@pytest.fixture
def stranger(house: RunningApp) -> Iterator[Stranger]:
    """A stranger at an address that nobody else has."""
    somebody = Stranger(house.url)
    yield somebody
    somebody.http.close()


@pytest.fixture
def another(house: RunningApp) -> Iterator[Stranger]:
    """One more stranger, elsewhere."""
    somebody = Stranger(house.url)
    yield somebody
    somebody.http.close()


@pytest.fixture
def operator(house: RunningApp) -> Iterator[Stranger]:
    """Somebody who has signed in."""
    somebody = Stranger(house.url).sign_in()
    yield somebody
    somebody.http.close()
