"""Errors of calls: what OpenAI's client raises, what it is told, and which records they leave."""

import threading
from collections.abc import Iterable

import openai
import pytest
from openai import OpenAI

from inference import Loader
from inference.errors import BadLogits, EngineFailed, InputError, ModelStalled, RequestCancelled, SourceError
from tests.fakes import FakeModel
from tests.inference.doubles import SteppedModel
from tests.ui.api.served_api import HI, ask, served_api, served_without_a_model, start_stream
from ui.api.errors import ApiError, api_error


def reply(client: OpenAI, content: str = "hi") -> str:
    """Send a message; return the text of the reply."""
    answer = ask(client, messages=[{"role": "user", "content": content}])
    return str(answer.choices[0].message.content)


def read_step_by_step(stream: Iterable[object], model: SteppedModel) -> None:
    """Read a stream to its end; after each piece, the model makes one step."""
    for _ in stream:
        model.allow(1)


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_conversation_that_does_not_fit_is_the_callers(is_stream: bool) -> None:
    """Whatever does not fit beside its reply is 400, by OpenAI's code; nothing of it is left out."""
    long = [{"role": "system", "content": "x" * 600}, *HI]
    with served_api(context_tokens=512, max_new_tokens=16) as api, api.client() as client:
        with pytest.raises(openai.BadRequestError, match="496 are allowed") as raised:
            ask(client, messages=long, stream=is_stream)
        (record,) = api.observer.records
    assert (raised.value.code, raised.value.type) == ("context_length_exceeded", "invalid_request_error")
    assert (record.status, record.task_type, record.fields["source"]) == ("rejected", "chat", "api")
    assert raised.value.request_id == record.request_id


@pytest.mark.parametrize(
    ("content", "code"), [("", "empty"), ("x" * 21, "too_long"), ("a\x00b", "control_character")]
)
def test_a_message_that_the_page_would_refuse_is_refused(content: str, code: str) -> None:
    """The newest message has the same bounds as one that is typed into the page."""
    with served_api(max_input_chars=20) as api, api.client() as client:
        with pytest.raises(openai.BadRequestError) as raised:
            reply(client, content)
        assert raised.value.code == code
        assert api.observer.of("chat").status == "rejected"


def test_a_busy_model_says_when_to_come_again() -> None:
    """A call beyond the places is 429 with Retry-After, which OpenAI's client obeys."""
    model = SteppedModel("hello")
    with served_api(model, max_batch=1, max_waiting=0, max_per_client=1) as api, api.client() as client:
        first = threading.Thread(target=reply, args=(client,))
        first.start()
        model.await_pass()
        with pytest.raises(openai.RateLimitError) as raised:
            reply(client)
        assert (raised.value.code, raised.value.type) == ("client_busy", "rate_limit_error")
        assert raised.value.response.headers["retry-after"] == "1"
        model.allow()
        first.join(60)
        assert reply(api.client(max_retries=5)) == "hello"
        statuses = [record.status for record in api.observer.records]
    assert sorted(map(str, statuses)) == ["ok", "ok", "rejected"]


def test_a_loading_model_says_when_to_come_again() -> None:
    """Before the model is there, whatever name is asked for gets 503 with Retry-After, and a record."""
    with served_without_a_model(Loader(lambda report: pytest.fail("not started"))) as api:
        for name in ("fake", "another"):
            with pytest.raises(openai.InternalServerError, match="still being loaded") as raised:
                ask(api.client(), model=name)
            assert (raised.value.status_code, raised.value.code) == (503, "model_not_ready")
            assert raised.value.response.headers["retry-after"] == "5"
        assert [record.status for record in api.observer.records] == ["rejected"] * 2


def test_an_unknown_model_is_told_which_one_is_there() -> None:
    """A model that is not there is 404, with the name of the one that is."""
    with served_api() as api, api.client() as client:
        with pytest.raises(openai.NotFoundError, match="the one that is there is 'fake'") as raised:
            ask(client, model="gpt-4o")
        assert (raised.value.code, raised.value.param) == ("model_not_found", "model")
        assert raised.value.request_id is not None


def test_an_error_before_the_first_token_is_an_answer() -> None:
    """A stream that fails before it has begun is 500, as a whole reply is."""
    with served_api(FakeModel(fail_after=0)) as api, api.client() as client:
        for is_stream in (False, True):
            with pytest.raises(openai.InternalServerError, match="the model failed: RuntimeError") as raised:
                ask(client, stream=is_stream)
            assert raised.value.status_code == 500
        assert [record.status for record in api.observer.records] == ["error"] * 2


def test_an_error_in_the_middle_is_an_event_of_the_stream() -> None:
    """What was said comes, then an event with the error, at which OpenAI's client raises; no end is told."""
    with served_api(FakeModel("hello", fail_after=2)) as api, api.client() as client:
        said = []
        with pytest.raises(openai.APIError, match="the model failed"):
            said += [piece.choices[0].delta.content for piece in start_stream(client)]
        raw = api.http.post("/v1/chat/completions", json={"messages": HI}).json()
        assert raw["error"]["type"] == "server_error"
        assert [record.status for record in api.observer.records] == ["error"] * 2


def test_the_event_of_an_error_has_a_name() -> None:
    """Readers of events find the error by its name, and nothing behind it."""
    with served_api(FakeModel("hello", fail_after=2)) as api:
        answer = api.http.post("/v1/chat/completions", json={"messages": HI, "stream": True})
    *before, error, end = answer.text.split("\n\n")
    assert [piece.startswith("data: ") for piece in before] == [True] * 3
    assert error.startswith('event: error\ndata: {"error": {"message": "the model failed: RuntimeError"')
    assert end == ""


def test_the_end_of_the_app_is_told_to_readers() -> None:
    """A stream that runs while the app ends gets an event that says so."""
    model = SteppedModel("x" * 2000)
    with served_api(model) as api, api.client() as client:
        model.allow(1)
        stream = start_stream(client)
        assert next(stream).choices[0].delta.role == "assistant"
        closing = threading.Thread(target=api.service.close)
        closing.start()
        with pytest.raises(openai.APIError, match="shutting down"):
            read_step_by_step(stream, model)
        closing.join(60)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "the body is no JSON"),
        (b"", "Field required"),
        (b"\xff", "the body is no JSON"),
        (b"[" * 50_000, "the body is no JSON"),
        (b"[]", "Input should be a valid dictionary"),
        (b'{"seed": ' + b"9" * 5000 + b"}", "the body is no JSON"),
    ],
)
def test_a_body_that_is_none_is_told(content: bytes, reason: str) -> None:
    """Whatever is sent instead of a call gets 400 in OpenAI's form."""
    with served_api() as api:
        answer = api.http.post(
            "/v1/chat/completions", content=content, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 400
        assert reason in answer.json()["error"]["message"]
        assert answer.json()["error"]["type"] == "invalid_request_error"
        assert len(answer.headers["x-request-id"]) == 32


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_told(kind: str) -> None:
    """`curl -d` alone sends a form: the answer names the header that is wrong."""
    body = b'{"messages": [{"role": "user", "content": "Hi"}]}'
    with served_api() as api:
        answer = api.http.post("/v1/chat/completions", content=body, headers={"content-type": kind})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "json_invalid")
    assert "Content-Type: application/json" in error["message"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ApiError(418, "teapot", code="tea"), 418, "tea"),
        (InputError("too_many_tokens", "too many"), 400, "context_length_exceeded"),
        (InputError("conversation_refused", "no system"), 400, "conversation_refused"),
        (ModelStalled("no progress"), 503, "model_stalled"),
        (RequestCancelled("it ends"), 503, "cancelled"),
        (EngineFailed("broken"), 500, "engine_failed"),
        (BadLogits("NaN"), 500, "bad_logits"),
        (SourceError("gone"), 500, "failed"),
        (LookupError("/secret/path"), 500, "failed"),
    ],
)
def test_each_error_has_a_status(error: Exception, status: int, code: str) -> None:
    """A caller learns by status and code whose fault it was, and nothing of what nobody foresaw."""
    told = api_error(error)
    assert (told.status, told.code) == (status, code)
    assert "/secret" not in str(told)
