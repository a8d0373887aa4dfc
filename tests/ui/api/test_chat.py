"""OpenAI's own client talks to the app: whole replies, streams, probabilities, usage and records."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI, OpenAI

from tests.coroutines import run
from tests.fakes import FakeModel, FakeTextStream
from tests.ui.api.served_api import HI, ServedApi, ask, served_api, start_stream

REPLY = "hello, 你好"
ID = "16f029d043944176923da62f9eb4ebcb"
TRACE = f"00-{ID}-00f067aa0ba902b7-01"


class Speaker(FakeModel):
    """A model whose tokens are the characters of its reply, which may be any."""

    def __init__(self, reply: str) -> None:
        super().__init__("".join(chr(ord("a") + place) for place in range(len(reply))))
        self._letters = dict(zip("abcdefghijklmnop", reply, strict=False))

    def text_stream(self) -> "SpeakerStream":
        return SpeakerStream(self._letters)


class SpeakerStream(FakeTextStream):
    def __init__(self, letters: dict[str, str]) -> None:
        self._letters = letters

    def step(self, token_id: int) -> str:
        return self._letters[chr(token_id)]

    def token_bytes(self, token_id: int) -> bytes:
        return self._letters.get(chr(token_id), "?").encode()


@pytest.fixture(scope="module")
def api() -> Iterator[ServedApi]:
    """A server whose model always says the same."""
    with served_api(Speaker(REPLY), max_new_tokens=16, context_tokens=512) as served:
        yield served


@pytest.fixture
def client(api: ServedApi) -> Iterator[OpenAI]:
    """OpenAI's client of that server."""
    with api.client() as opened:
        yield opened


def test_a_reply_comes_whole(api: ServedApi, client: OpenAI) -> None:
    """An answer has the reply, why it ended, the model, and the tokens; its record is one of the chat."""
    answer = ask(client)
    (choice,) = answer.choices
    assert (choice.message.role, choice.message.content) == ("assistant", REPLY)
    assert (choice.finish_reason, choice.logprobs) == ("stop", None)
    assert (answer.model, answer.object, answer.system_fingerprint) == (
        "fake",
        "chat.completion",
        "torch-fp32",
    )
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == len("user:hi\n")
    assert answer.usage.completion_tokens == len(REPLY) + 1
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    record = api.observer.records[-1]
    assert answer.id == f"chatcmpl-{record.request_id}"
    assert answer._request_id == record.request_id
    assert (record.task_type, record.status, record.fields["source"]) == ("chat", "ok", "api")
    assert (record.fields["output_text"], record.fields["session_id"]) == (REPLY, None)


def test_a_reply_streams(client: OpenAI) -> None:
    """The first piece says who speaks, each token follows as a piece, the last one says why it ended."""
    pieces = list(start_stream(client))
    deltas = [piece.choices[0].delta for piece in pieces]
    assert deltas[0].role == "assistant"
    assert [delta.content for delta in deltas] == ["", *REPLY, None]
    assert [piece.choices[0].finish_reason for piece in pieces] == [None] * (len(REPLY) + 1) + ["stop"]
    assert {(piece.object, piece.model) for piece in pieces} == {("chat.completion.chunk", "fake")}
    assert len({piece.id for piece in pieces}) == 1
    assert all(piece.usage is None for piece in pieces)


def test_a_stream_tells_its_usage_where_it_is_asked(client: OpenAI) -> None:
    """The last piece has no choice, and the tokens of the call."""
    stream = start_stream(client, stream_options={"include_usage": True})
    *others, last = stream
    assert all(piece.usage is None for piece in others)
    assert (last.choices, last.usage is not None and last.usage.completion_tokens) == ([], len(REPLY) + 1)


def test_a_stream_is_events_that_every_client_can_read(api: ServedApi) -> None:
    """Each event is one line of ASCII, and the last one says that it is the end."""
    answer = api.http.post("/v1/chat/completions", json={"messages": HI, "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
    *events, end, nothing = answer.content.decode("ascii").split("\n\n")
    assert all(event.startswith("data: {") and "\n" not in event for event in events)
    assert (end, nothing) == ("data: [DONE]", "")


def test_the_async_client_reads_the_same(api: ServedApi) -> None:
    """A reply and a stream of the asynchronous client are those of the other one."""

    async def ask() -> tuple[str | None, str]:
        async with (
            httpx2.AsyncClient(trust_env=False) as http,
            AsyncOpenAI(base_url=f"{api.url}/v1", api_key="x", http_client=http) as client,
        ):
            whole = await client.chat.completions.create(model="fake", messages=HI)
            stream = await client.chat.completions.create(model="fake", messages=HI, stream=True)
            texts = [piece.choices[0].delta.content or "" async for piece in stream]
            return whole.choices[0].message.content, "".join(texts)

    assert run(ask()) == (REPLY, REPLY)


@pytest.mark.parametrize("is_stream", [False, True])
def test_each_token_tells_its_probability(client: OpenAI, is_stream: bool) -> None:
    """Whole or as a stream, each token has its text, its bytes, its logarithm, and the most probable ones."""
    told: list[Any]
    if is_stream:
        told = [each.choices[0].logprobs for each in start_stream(client, logprobs=True, top_logprobs=2)]
    else:
        told = [ask(client, logprobs=True, top_logprobs=2).choices[0].logprobs]
    tokens = [token for each in told if each is not None for token in each.content or ()]
    assert "".join(token.token for token in tokens) == REPLY
    assert b"".join(bytes(token.bytes or ()) for token in tokens).decode() == REPLY
    for token in tokens:
        first, second = token.top_logprobs
        assert (first.token, first.logprob) == (token.token, token.logprob)
        assert second.logprob < token.logprob < 0


@pytest.mark.parametrize(
    ("options", "text", "reason"),
    [
        ({"stop": "lo"}, "hel", "stop"),
        ({"stop": ["zz", "o, ", "你"]}, "hell", "stop"),
        ({"stop": []}, REPLY, "stop"),
        ({"max_tokens": 4}, "hell", "length"),
        ({"max_tokens": 4, "max_completion_tokens": 2}, "he", "length"),
        ({"max_tokens": 1_000_000}, REPLY, "stop"),
        ({"logprobs": True, "stop": "lo"}, "hel", "stop"),
    ],
)
@pytest.mark.parametrize("is_stream", [False, True])
def test_a_reply_ends_where_its_caller_says(
    api: ServedApi, client: OpenAI, options: dict[str, Any], text: str, reason: str, is_stream: bool
) -> None:
    """Stop strings and limits end a reply, of which nothing more is sent."""
    sent: str | None = ""
    end = ""
    if is_stream:
        for piece in start_stream(client, **options):
            sent = f"{sent}{piece.choices[0].delta.content or ''}"
            end = piece.choices[0].finish_reason or end
    else:
        (choice,) = ask(client, **options).choices
        sent, end = choice.message.content, choice.finish_reason
    assert (sent, end) == (text, reason)
    record = api.observer.records[-1]
    assert (record.status, record.fields["finish_reason"], record.fields["output_text"]) == (
        "ok",
        reason,
        text,
    )


def test_a_longer_reply_than_the_app_allows_ends_at_its_limit() -> None:
    """MAX_NEW_TOKENS bounds each reply, also where more is asked, or nothing."""
    with served_api(FakeModel("hello"), max_new_tokens=3) as api, api.client() as client:
        for options in ({}, {"max_tokens": 5000}):
            answer = ask(client, **options)
            assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("hel", "length")


def test_the_messages_are_read_as_they_are(client: OpenAI, api: ServedApi) -> None:
    """Roles and texts come to the model in their order; developer is system, parts are joined by lines."""
    with served_api(model := FakeModel()) as other, other.client() as caller:
        ask(
            caller,
            messages=[
                {"role": "developer", "content": "Be kind. "},
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                {"role": "assistant", "content": None, "name": "me"},
                {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
                {"role": "user", "content": "c"},
            ],
        )
        record = other.observer.records[-1]
    assert model.prompts == ["system:Be kind. \nuser:a\nb\nassistant:\nassistant:No.\nuser:c\n"]
    assert (record.fields["input_text"], record.fields["input_chars"]) == ("c", 1)


def test_a_user_has_a_memory() -> None:
    """The second call of the same user finds its beginning read; another user, and nobody, does not."""
    conversation = [*HI, {"role": "assistant", "content": "hello"}, {"role": "user", "content": "more"}]
    with served_api() as api, api.client() as client:

        def cached(user: str | None, messages: object) -> int:
            options = {"user": user} if user else {}
            answer = ask(client, messages=messages, **options)
            assert answer.usage is not None
            assert answer.usage.prompt_tokens_details is not None
            return answer.usage.prompt_tokens_details.cached_tokens or 0

        assert [cached(user, HI) for user in ("ann", None)] == [0, 0]
        assert [cached(user, conversation) for user in ("bob", None)] == [0, 0]
        assert cached("ann", conversation) == len("user:hi\n")
        sessions = {str(record.fields["session_id"]) for record in api.observer.records}
    assert sessions == {"api::ann", "api::bob", "None"}


def test_a_call_has_the_id_and_the_trace_of_its_caller(api: ServedApi, client: OpenAI) -> None:
    """X-Request-Id is that of the record and of the answer, also with dashes; `traceparent` is kept."""
    dashed = f"{ID[:8]}-{ID[8:12]}-{ID[12:16]}-{ID[16:20]}-{ID[20:]}"
    for given in (ID, dashed.upper()):
        answer = ask(client, extra_headers={"X-Request-Id": given, "traceparent": TRACE})
        record = api.observer.records[-1]
        assert record.request_id == answer._request_id == ID
        assert record.fields["traceparent"] == TRACE


@pytest.mark.parametrize("given", ["", "7", ID + "0", "'; drop table log", "x" * 32, f"a-{ID[1:]}"])
def test_an_id_that_is_none_is_replaced(api: ServedApi, client: OpenAI, given: str) -> None:
    """What is no id of 32 hex digits does not come into the log."""
    answer = ask(client, extra_headers={"X-Request-Id": given, "traceparent": given})
    record = api.observer.records[-1]
    assert record.request_id == answer._request_id != given
    assert "traceparent" not in record.fields


@pytest.mark.parametrize("name", ["default", "", "fake", None])
def test_the_model_has_a_name_or_none(api: ServedApi, name: str | None) -> None:
    """The model answers to its own name, to `default`, and to callers that name none."""
    body = {"messages": HI, "model": name}
    assert api.http.post("/v1/chat/completions", json=body).json()["model"] == "fake"
    assert api.http.post("/v1/chat/completions", json={"messages": HI}).json()["model"] == "fake"


def test_harmless_fields_are_accepted(api: ServedApi, client: OpenAI) -> None:
    """Fields that cannot change the reply, known or not, and values that mean nothing, are no mistakes."""
    answer = ask(
        client,
        n=1,
        tools=[],
        tool_choice="none",
        response_format={"type": "text"},
        logit_bias={},
        modalities=["text"],
        metadata={"a": "b"},
        store=True,
        service_tier="auto",
        reasoning_effort="low",
        safety_identifier="x",
        parallel_tool_calls=True,
        temperature=None,
        extra_body={"something": {"new": [1]}, "grammar": None, "top_k": 5, "repetition_penalty": 1.0},
    )
    assert answer.choices[0].message.content == REPLY
