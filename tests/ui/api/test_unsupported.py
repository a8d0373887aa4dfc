"""What cannot be done is refused by name, and never ignored in silence."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai import BadRequestError, OpenAI

from tests.ui.api.served_api import ServedApi, served_api
from ui.api.chat_request import ChatRequest
from ui.api.unsupported import FIELDS, OF_MESSAGES

HI = [{"role": "user", "content": "hi"}]
TOOL = {"type": "function", "function": {"name": "f"}}
PICTURE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
SOUND = {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}


@pytest.fixture(scope="module")
def api() -> Iterator[ServedApi]:
    """A server with the API."""
    with served_api() as served:
        yield served


@pytest.fixture
def client(api: ServedApi) -> Iterator[OpenAI]:
    """OpenAI's client of that server."""
    with api.client() as opened:
        yield opened


def refused(client: OpenAI, body: dict[str, Any]) -> tuple[str | None, str | None]:
    """Send a body; return the field that is refused, and the code."""
    with pytest.raises(BadRequestError) as raised:
        client.post("/chat/completions", body={"model": "fake", "messages": HI, **body}, cast_to=object)
    error = raised.value
    assert error.type == "invalid_request_error"
    assert error.param is None or error.param in str(error)
    return error.param, error.code


@pytest.mark.parametrize(
    "body",
    [
        {"tools": [TOOL]},
        {"tool_choice": "required"},
        {"tool_choice": {"type": "function", "function": {"name": "f"}}},
        {"functions": [{"name": "f"}]},
        {"function_call": {"name": "f"}},
        {"n": 2},
        {"n": 0},
        {"response_format": {"type": "json_object"}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}},
        {"logit_bias": {"50256": -100}},
        {"prediction": {"type": "content", "content": "x"}},
        {"audio": {"voice": "alloy", "format": "wav"}},
        {"modalities": ["text", "audio"]},
        {"web_search_options": {}},
        {"grammar": "root ::= x"},
        {"guided_choice": ["a", "b"]},
        {"structured_outputs": {"regex": "a"}},
        {"min_p": 0.1},
        {"ignore_eos": True},
        {"top_logprobs": 2},
        {"stream_options": {"include_usage": True}},
    ],
)
def test_what_would_change_the_answer_is_refused(client: OpenAI, body: dict[str, Any]) -> None:
    """A field that another server would obey gets 400 with its name."""
    (name,) = body
    assert refused(client, body) == (name, "unsupported_parameter")


@pytest.mark.parametrize(
    ("message", "param", "code"),
    [
        ({"role": "tool", "tool_call_id": "a", "content": "x"}, "messages.0.role", "literal_error"),
        ({"role": "function", "name": "a", "content": "x"}, "messages.0.role", "literal_error"),
        (
            {"role": "assistant", "content": "", "tool_calls": [{"id": "a", **TOOL}]},
            "messages.0.tool_calls",
            "unsupported_parameter",
        ),
        (
            {"role": "user", "content": [{"type": "text", "text": "x"}, PICTURE]},
            "messages.0.content.1",
            "unsupported_content",
        ),
        ({"role": "user", "content": [SOUND]}, "messages.0.content.0", "unsupported_content"),
        ({"role": "user", "content": [{"type": "file"}]}, "messages.0.content.0", "unsupported_content"),
    ],
)
def test_messages_that_are_no_texts_are_refused(
    client: OpenAI, message: dict[str, Any], param: str, code: str
) -> None:
    """Tools' answers, pictures, sounds and files get 400 with their place."""
    assert refused(client, {"messages": [message, *HI]}) == (param, code)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": None}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"content": "hi"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages.0.content.0"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"top_p": -0.1}, "top_p"),
        ({"frequency_penalty": 3}, "frequency_penalty"),
        ({"presence_penalty": -3}, "presence_penalty"),
        ({"repetition_penalty": 5e-324}, "repetition_penalty"),
        ({"top_k": -1}, "top_k"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": 1.5}, "max_completion_tokens"),
        ({"seed": 1 << 63}, "seed"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"stop": [""]}, "stop.0"),
        ({"stop": "x" * 257}, "stop.0"),
        ({"logprobs": 3}, "logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"stream": "yes"}, "stream"),
        ({"user": 7}, "user"),
    ],
)
def test_wrong_values_are_refused(client: OpenAI, api: ServedApi, body: dict[str, Any], param: str) -> None:
    """A value of a wrong type or beyond its bounds gets 400 with the name of its field, and no record."""
    before = len(api.observer.records)
    assert refused(client, body)[0] == param
    assert len(api.observer.records) == before


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"temperature": float("nan")}, "temperature"),
        ({"presence_penalty": float("inf")}, "presence_penalty"),
        ({"messages": [{"role": "user", "content": "\ud800"}, *HI]}, "messages.0.content.0.text"),
        ({"user": "\udfff"}, "user"),
        ({"stop": "\ud800"}, "stop.0"),
        ({"model": "\ud800"}, "model"),
    ],
)
def test_values_that_only_json_knows_are_refused(api: ServedApi, body: dict[str, Any], param: str) -> None:
    """JSON may hold NaN, and halves of characters, which are no numbers and no texts."""
    content = json.dumps({"messages": HI, **body})
    answer = api.http.post(
        "/v1/chat/completions", content=content, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_no_field_is_supported_and_refused() -> None:
    """A field that begins to be supported must leave the list of those that are not."""
    assert not set(FIELDS) & set(ChatRequest.model_fields)
    assert not set(OF_MESSAGES) & {"role", "content"}
