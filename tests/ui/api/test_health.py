"""Whether the app is alive, whether its model answers, and which one that is."""

import threading
from collections.abc import Iterator

import pytest
from openai import InternalServerError, NotFoundError

from inference import Loader
from inference.errors import WeightsError
from tests.ui.api.served_api import ServedApi, served_api, served_without_a_model


@pytest.fixture(scope="module")
def ready() -> Iterator[ServedApi]:
    """A server whose model is loaded."""
    with served_api() as served:
        yield served


def test_a_loaded_model_is_ready(ready: ServedApi) -> None:
    """Alive and ready are 200, and no answer may be kept."""
    for path, told in (("/healthz", {"status": "ok"}), ("/readyz", {"status": "ok", "model": "fake"})):
        answer = ready.http.get(path)
        assert (answer.status_code, answer.json()) == (200, told)
        assert answer.headers["cache-control"] == "no-store"
        assert ready.http.head(path).status_code == 200


def test_the_model_is_listed(ready: ServedApi) -> None:
    """OpenAI's client lists the one model that there is."""
    with ready.client() as client:
        (model,) = client.models.list()
    assert (model.id, model.object, model.owned_by) == ("fake", "model", "local")
    assert len(ready.http.get("/v1/models").headers["x-request-id"]) == 32


@pytest.mark.parametrize("name", ["fake", "default"])
def test_the_model_is_described(ready: ServedApi, name: str) -> None:
    """OpenAI's client finds it by its name, or by the one for whichever there is."""
    with ready.client() as client:
        assert client.models.retrieve(name).id == "fake"


def test_another_model_is_not_described(ready: ServedApi) -> None:
    """The answer tells the name of the one that is there, also where a name has a slash."""
    with ready.client() as client, pytest.raises(NotFoundError, match=r"'a/b' is not here.*'fake'"):
        client.models.retrieve("a/b")


def test_a_loading_model_is_not_ready() -> None:
    """The app is alive while it loads, says so with 503, and lists no model."""
    with served_without_a_model(Loader(lambda report: pytest.fail("not started"))) as api:
        assert api.http.get("/healthz").status_code == 200
        answer = api.http.get("/readyz")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json() == {
            "status": "not ready",
            "code": "model_not_ready",
            "reason": "the model is still being loaded",
        }
        with api.client() as client:
            assert list(client.models.list()) == []
            with pytest.raises(InternalServerError, match="still being loaded"):
                client.models.retrieve("default")


def test_a_model_that_failed_is_not_ready() -> None:
    """The reason is told, without a path of the machine."""

    def fail(report: object) -> object:
        raise WeightsError("/secret/place has no config.json")

    told = threading.Event()
    loader = Loader(fail, lambda loader: told.set(), folders=["/secret"])  # type: ignore[arg-type, list-item]
    loader.start()
    assert told.wait(30)
    with served_without_a_model(loader) as api:
        answer = api.http.get("/readyz")
        loader.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "model_failed")
    assert "config.json" in answer.json()["reason"]


def test_addresses_that_are_not_there_are_told_in_the_clients_form(ready: ServedApi) -> None:
    """What the guard refuses below /v1 is read by OpenAI's clients."""
    for method, path, status, code in (
        ("POST", "/v1/embeddings", 404, "no_such_path"),
        ("GET", "/v1/chat/completions", 405, "method_not_allowed"),
        ("POST", "/v1/models", 405, "method_not_allowed"),
    ):
        answer = ready.http.request(method, path)
        assert answer.status_code == status
        error = answer.json()["error"]
        assert (error["code"], error["type"], error["param"]) == (code, "invalid_request_error", None)
    large = ready.http.post("/v1/chat/completions", content=b"x" * ((256 << 10) + 1))
    assert (large.status_code, large.json()["error"]["code"]) == (413, "body_large")


def test_the_api_describes_itself(ready: ServedApi) -> None:
    """The OpenAPI description has the API's addresses, and the fields of a call of the chat."""
    described = ready.http.get("/v1/openapi.json").json()
    assert {"/v1/chat/completions", "/v1/models", "/healthz", "/readyz"} <= set(described["paths"])
    fields = described["components"]["schemas"]["ChatRequest"]["properties"]
    assert {"messages", "temperature", "stop", "logprobs", "user"} <= set(fields)
    assert "tools" not in fields
