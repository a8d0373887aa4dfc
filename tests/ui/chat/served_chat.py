"""The page with a fake model behind the guard, as a real server, and visitors of it that need no browser."""

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from pydantic import SecretStr

from inference import EngineConfig
from monitoring import MonitoringConfig
from tests.fakes import FakeModel
from tests.inference.serving import Serving, serving
from tests.running_app import PORTS
from tests.ui.dashboard.helpers import dashboard_of, live
from ui.chat.readers import Readers
from ui.guard.config import GuardConfig
from ui.guard.operators import Operators
from ui.guard.sign_in.endpoints import SignIn
from ui.guard.sign_in.huggingface import HuggingFace, HuggingFaceConfig
from ui.page import build_app, build_page
from ui.server.server import Server

OFTEN = 1e9  # requests a minute: what these tests do is bounded elsewhere


class ServedChat:
    """A running server, with what stands behind it."""

    def __init__(self, served: Serving, readers: Readers, update_seconds: float, password: str) -> None:
        config = GuardConfig(
            gradio_server_port=random.choice(PORTS),
            messages_per_minute=OFTEN,
            requests_per_minute=OFTEN,
            operator_password=SecretStr(password) if password else None,
        )
        self.served = served
        self.readers = readers
        self.ratings: list[tuple[str, str]] = []
        operators = Operators(config, b"key")
        self.page = build_page(
            served.service,
            served.loader,
            lambda request_id, rating: self.ratings.append((request_id, rating)),
            operators,
            update_seconds,
            readers,
        )
        self._server = Server(
            build_app(
                self.page,
                dashboard_of(live()),
                EngineConfig(),
                MonitoringConfig(),
                config,
                operators,
                SignIn(operators, HuggingFace(HuggingFaceConfig(), b"key", "")),
                readers=readers,
            ),
            config,
        )
        self._server.start()
        self.url = self._server.url

    def stop(self) -> None:
        """End the server."""
        self.page.close(verbose=False)
        self._server.stop()

    def fn_index(self, target: str) -> int:
        """Return the number of the function that an event of the page runs, such as `like`."""
        (found,) = (
            number
            for number, fn in self.page.fns.items()
            if fn.fn is not None and any(event == target for _, event in fn.targets)
        )
        return int(found)

    def visitor(self, session: str, address: str = "127.0.0.1") -> "Visitor":
        """Return a visitor who comes from an address of this machine."""
        return Visitor(self, session, address)


class Visitor:
    """One session of one client."""

    def __init__(self, chat: ServedChat, session: str, address: str) -> None:
        self.session = session
        self._chat = chat
        transport = httpx.HTTPTransport(
            local_address=address, verify=False
        )  # http, without certificates to load
        self.http = httpx.Client(base_url=chat.url, transport=transport, timeout=60)

    def join(
        self, target: str = "submit", data: list[object] | None = None, **more: object
    ) -> httpx.Response:
        """Send an event of the page, and read nothing of what comes of it."""
        body = {
            "data": data if data is not None else [],
            "fn_index": self._chat.fn_index(target),
            "session_hash": self.session,
            **more,
        }
        return self.http.post("/gradio_api/queue/join", content=json.dumps(body), headers=JSON)

    def run(self, target: str, event_data: object = None) -> httpx.Response:
        """Do something that needs no queue."""
        body = {
            "data": [],
            "fn_index": self._chat.fn_index(target),
            "session_hash": self.session,
            "event_data": event_data,
        }
        return self.http.post("/gradio_api/run/x", content=json.dumps(body), headers=JSON)

    def results(self) -> list[dict[str, Any]]:
        """Read the messages of the session until its last event has ended."""
        return list(self.each_result())

    def each_result(self) -> Iterator[dict[str, Any]]:
        """Yield the messages of the session as they come."""
        with self.http.stream(
            "GET", "/gradio_api/queue/data", params={"session_hash": self.session}
        ) as answer:
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    def say(self, message: object) -> dict[str, Any]:
        """Send a message, wait for its end, and return the last state of conversation and notice."""
        self.join(data=[message]).raise_for_status()
        return self.last_state()

    def last_state(self) -> dict[str, Any]:
        """Wait for the end of what was sent, and return the conversation's texts and the notice."""
        data = whole_states(self.results())[-1]
        return {"texts": texts_of(data[0]), "below": data[1]}

    def rate(self, index: object, liked: object = True) -> httpx.Response:
        """Press a thumb."""
        return self.run("like", {"index": index, "value": "", "liked": liked})


JSON = {"content-type": "application/json"}


def whole_states(messages: list[dict[str, Any]]) -> list[list[Any]]:
    """Return the values of all components after each message; Gradio sends what has changed only."""
    states: list[list[Any]] = []
    for message in messages:
        if message["msg"] not in ("process_generating", "process_completed") or not message["output"]:
            continue
        data = message["output"].get("data", [])
        if message["msg"] == "process_generating" and states:
            data = [_patched(old, changes) for old, changes in zip(states[-1], data, strict=True)]
        states.append(data)
    return states


def _patched(value: Any, changes: Any) -> Any:
    """Apply the changes of one component: how, where, and what."""
    value = json.loads(json.dumps(value))
    for action, path, new in changes:
        if not path:
            value = value + new if action == "append" else new
            continue
        place = value
        for key in path[:-1]:
            place = place[key]
        last = path[-1]
        match action:
            case "append":
                place[last] += new
            case "add" if isinstance(place, list):
                place.insert(int(last), new)
            case "delete":
                del place[last]
            case _:
                place[last] = new
    return value


def texts_of(conversation: Any) -> list[str]:
    """Return the text of each message of a conversation."""
    if isinstance(conversation, dict):  # an update of the component
        conversation = conversation["value"]
    return [message["content"][0]["text"] for message in conversation]


@contextmanager
def served_chat(
    model: FakeModel | None = None,
    readers: Readers | None = None,
    update_seconds: float = 0.0,
    password: str = "the operator's",
    **settings: object,
) -> Iterator[ServedChat]:
    """Serve the page with a fake model; without a password, whoever comes is the operator."""
    with serving(model or FakeModel(), **settings) as served:
        chat = ServedChat(served, readers or Readers(), update_seconds, password)
        try:
            yield chat
        finally:
            chat.stop()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
