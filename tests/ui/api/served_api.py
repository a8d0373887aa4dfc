"""The app with a fake model behind the guard, as a real server, and OpenAI's own client of its API."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import httpx2
from openai import OpenAI, Stream
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import SecretStr

from inference import EngineConfig, Loader, Service
from inference.tasks import load_tasks
from monitoring import MonitoringConfig
from tests.fakes import FakeModel
from tests.inference.doubles import make_config
from tests.inference.serving import RecordingObserver, serving
from tests.running_app import PORTS
from tests.ui.dashboard.helpers import dashboard_of, live
from ui.api.access import Access
from ui.api.config import ApiConfig
from ui.api.parts import ApiParts
from ui.dashboard.dashboard import Dashboard
from ui.guard.config import GuardConfig
from ui.guard.operators import Operators
from ui.guard.sign_in.endpoints import SignIn
from ui.guard.sign_in.huggingface import HuggingFace, HuggingFaceConfig
from ui.page import build_app, build_page
from ui.server.server import Server

OFTEN = 1e9  # requests a minute: what these tests do is bounded elsewhere
SECONDS = 60.0  # until a client gives up


HI: Any = [{"role": "user", "content": "hi"}]


def ask(client: OpenAI, **options: Any) -> ChatCompletion:
    """Send a message; return the whole reply."""
    answer = client.chat.completions.create(**{"model": "fake", "messages": HI, **options})
    return cast(ChatCompletion, answer)


def start_stream(client: OpenAI, **options: Any) -> Stream[ChatCompletionChunk]:
    """Send a message; return the stream of the reply."""
    answer = client.chat.completions.create(**{"model": "fake", "messages": HI, "stream": True, **options})
    return cast(Stream[ChatCompletionChunk], answer)


class ServedApi:
    """A running server with the API, and the records that its calls leave."""

    def __init__(
        self,
        loader: Loader,
        service: Service,
        observer: RecordingObserver,
        config: EngineConfig,
        keys: str,
        dashboard: Dashboard | None = None,
        has_password: bool = True,
    ) -> None:
        self.service = service
        self.observer = observer
        # With a password whoever calls is a visitor, who has limits.
        guard_config = GuardConfig(
            gradio_server_port=random.choice(PORTS),
            messages_per_minute=OFTEN,
            requests_per_minute=OFTEN,
            views_per_minute=OFTEN,
            operator_password=SecretStr("the operator's") if has_password else None,
        )
        api_config = ApiConfig.model_validate({"api_keys": keys} if keys else {})
        operators = Operators(guard_config, b"key")
        self._page = build_page(service, loader, lambda request_id, rating: None, operators)
        web_app = build_app(
            self._page,
            dashboard or dashboard_of(live()),
            config,
            MonitoringConfig(),
            guard_config,
            operators,
            SignIn(operators, HuggingFace(HuggingFaceConfig(), b"key", "")),
            api=ApiParts(service, loader, config, Access(api_config, guard_config), load_tasks()),
        )
        self._server = Server(web_app, guard_config)
        self._server.start()
        self.url = self._server.url
        self.http = httpx2.Client(base_url=self.url, timeout=SECONDS, trust_env=False)

    def client(self, key: str = "none is needed", max_retries: int = 0) -> OpenAI:
        """Return OpenAI's client."""
        return OpenAI(
            base_url=f"{self.url}/v1",
            api_key=key,
            http_client=httpx2.Client(trust_env=False),
            max_retries=max_retries,
            timeout=SECONDS,
        )

    def stop(self) -> None:
        """End the server."""
        self.http.close()
        self._page.close(verbose=False)
        self._server.stop()


@contextmanager
def served_api(
    model: FakeModel | None = None,
    *,
    keys: str = "",
    dashboard: Dashboard | None = None,
    has_password: bool = True,
    **settings: object,
) -> Iterator[ServedApi]:
    """Serve the API with a fake model; without a password whoever calls is the operator."""
    with serving(model or FakeModel(), **settings) as served:
        config = make_config(temperature=0, **settings)
        api = ServedApi(served.loader, served.service, served.observer, config, keys, dashboard, has_password)
        try:
            yield api
        finally:
            served.service.close()
            api.stop()


@contextmanager
def served_without_a_model(loader: Loader) -> Iterator[ServedApi]:
    """Serve the API with a loader that has no model yet."""
    observer, config = RecordingObserver(), make_config()
    api = ServedApi(loader, Service(loader, observer, config), observer, config, "")
    try:
        yield api
    finally:
        api.stop()
