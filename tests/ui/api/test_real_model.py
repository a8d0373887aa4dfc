"""OpenAI's client talks to the app as its users run it, with a real model."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openai import OpenAI

from tests.conftest import SMALL_MODEL
from tests.running_app import RunningApp
from tests.ui.api.served_api import ask, start_stream

KEY = "a-key-of-this-test"
QUESTION: Any = [{"role": "user", "content": "Name three fruits."}]

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, small_cache: Path) -> Iterator[RunningApp]:
    """The app with a real model, and a key."""
    folder = tmp_path_factory.mktemp("api") / "logs"
    settings = {"MODEL": SMALL_MODEL, "MODEL_CACHE": str(small_cache), "API_KEYS": f"tests={KEY}"}
    with RunningApp(folder, **settings) as running:
        running.wait_for_page()
        running.wait_for_model()
        yield running


@pytest.fixture(scope="module")
def client(app: RunningApp) -> Iterator[OpenAI]:
    """OpenAI's client of that app."""
    http = httpx2.Client(trust_env=False)
    with OpenAI(base_url=f"{app.url}/v1", api_key=KEY, http_client=http, timeout=120) as opened:
        yield opened


def greedy(**options: Any) -> dict[str, Any]:
    """Return how a reply is drawn that is always the same."""
    return {"model": SMALL_MODEL, "messages": QUESTION, "temperature": 0, "max_tokens": 24, **options}


def test_a_reply_a_stream_and_their_tokens_are_the_same(client: OpenAI) -> None:
    """Whole, as a stream, and told token by token, a greedy reply is one text."""
    whole = ask(client, **greedy())
    text = whole.choices[0].message.content
    pieces = list(start_stream(client, **greedy(stream_options={"include_usage": True})))
    told = ask(client, **greedy(logprobs=True, top_logprobs=3)).choices[0]
    assert text
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices) == text
    assert told.message.content == text
    assert told.logprobs is not None
    tokens = told.logprobs.content or []
    assert b"".join(bytes(token.bytes or ()) for token in tokens).decode(errors="ignore") == text
    for token in tokens:
        best = [each.logprob for each in token.top_logprobs]
        assert best == sorted(best, reverse=True)
        assert sum(map(math.exp, best)) <= 1.0001
    assert pieces[-1].usage is not None
    assert whole.usage is not None
    assert pieces[-1].usage.completion_tokens == whole.usage.completion_tokens == 24


def test_a_stop_string_of_several_tokens_ends_the_reply(client: OpenAI) -> None:
    """The reply up to a text in its middle is the beginning of the reply without the stop string."""
    text = ask(client, **greedy()).choices[0].message.content or ""
    stop = text[len(text) // 2 :][:7]
    choice = ask(client, **greedy(stop=[stop])).choices[0]
    assert (choice.message.content, choice.finish_reason) == (text[: text.index(stop)], "stop")


def test_a_user_is_remembered_and_hashed(app: RunningApp, client: OpenAI) -> None:
    """The second turn of a user reads only what is new; the record has key and user, neither as it is."""
    first = ask(client, **greedy(user="ann@example.org"))
    more = [
        *QUESTION,
        {"role": "assistant", "content": first.choices[0].message.content},
        {"role": "user", "content": "Three more."},
    ]
    second = ask(client, **greedy(user="ann@example.org", messages=more))
    assert second.usage is not None
    assert second.usage.prompt_tokens_details is not None
    cached = second.usage.prompt_tokens_details.cached_tokens
    assert first.usage is not None
    assert cached is not None
    assert cached >= first.usage.prompt_tokens
    ids = [first._request_id, second._request_id]
    app.wait_until(lambda: len(of(app, ids)) == 2, 20, "both records are written")
    records = of(app, ids)
    assert [record["key_name"] for record in records] == ["tests"] * 2
    assert len({record["session_id"] for record in records}) == 1
    assert [record["cached_tokens"] for record in records][-1] == cached
    log = app.log_path.read_text("utf-8")
    assert KEY not in log
    assert "ann@example.org" not in log


def test_whoever_leaves_stops_the_model(app: RunningApp, client: OpenAI) -> None:
    """A stream that is closed leaves a cancelled record, with what was said until then."""
    stream = start_stream(client, model=SMALL_MODEL, messages=QUESTION, seed=1)
    piece = next(stream)
    stream.close()
    request_id = piece.id.removeprefix("chatcmpl-")
    app.wait_until(lambda: bool(of(app, [request_id])), 60, "the record is written")
    (record,) = of(app, [request_id])
    assert (record["status"], record["finish_reason"], record["source"]) == ("cancelled", "cancelled", "api")


def of(app: RunningApp, ids: list[str | None]) -> list[dict[str, Any]]:
    """Return the records of some calls."""
    return [record for record in app.tasks("chat") if record["request_id"] in ids]
