"""The functions that programs call with Gradio's client."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from inference.tasks import load_tasks
from tests.fakes import FakeModel
from tests.inference.serving import Serving, serving
from ui.guard.config import GuardConfig
from ui.guard.operators import Operators
from ui.page import build_page


@contextmanager
def a_client(model: FakeModel | None = None) -> Iterator[tuple[Client, Serving, list[tuple[str, str]]]]:
    """Yield a client of a page, its service, and the ratings that it records."""
    rated: list[tuple[str, str]] = []
    operators = Operators(GuardConfig(), b"key")
    with serving(model or FakeModel("hello")) as served:
        page = build_page(
            served.service,
            served.loader,
            lambda request_id, rating: rated.append((request_id, rating)),
            operators,
            tasks=load_tasks(),
            stats=lambda: {"requests": 7},
        )
        _, url, _ = page.launch(prevent_thread_lock=True, server_name="127.0.0.1", quiet=True)
        try:
            yield Client(url, verbose=False), served, rated
        finally:
            page.close(verbose=False)


def test_the_functions_are_described() -> None:
    """Who looks at the API finds these and no event of the page, each with its parameters."""
    with a_client() as (client, _, _):
        described = client.view_api(return_format="dict")
    assert isinstance(described, dict)
    endpoints = described["named_endpoints"]
    assert set(endpoints) == {"/respond", "/chat", "/classify", "/feedback", "/stats"}
    assert described["unnamed_endpoints"] == {}
    parameters = {
        name: [each["parameter_name"] for each in told["parameters"]] for name, told in endpoints.items()
    }
    assert parameters == {
        "/respond": ["message"],
        "/chat": ["message"],
        "/classify": ["task", "text"],
        "/feedback": ["request_id", "rating"],
        "/stats": [],
    }
    assert all(told["description"] for told in endpoints.values())


def test_respond_tells_all_results() -> None:
    """The answers by task, the reply and its counters, under the id of both records."""
    with a_client() as (client, served, _):
        told = client.predict("I love it", api_name="/respond")
    assert told["reply"] == "hello"
    assert told["labels"]["sentiment"]["label"] == "正面"
    assert sum(told["labels"]["sentiment"]["probabilities"].values()) == pytest.approx(1)
    assert (told["finish_reason"], told["output_tokens"]) == ("stop", 6)
    records = served.observer.records
    assert {(each.task_type, each.request_id, each.fields["source"]) for each in records} == {
        ("sentiment", told["request_id"], "gradio"),
        ("chat", told["request_id"], "gradio"),
    }


def test_chat_streams_the_reply_and_remembers_the_conversation() -> None:
    """Each value is the text so far; the next message of the session has the first one before it."""
    model = FakeModel("a story")
    with a_client(model) as (client, _, _):
        values = list(client.submit("one", api_name="/chat"))
        client.predict("two", api_name="/chat")
    assert values[-1] == "a story"
    assert all("a story".startswith(value) for value in values)
    assert "user:one\nassistant:a story\nuser:two\n" in model.prompts[-1]


@pytest.mark.parametrize(
    ("task", "more"), [("sentiment", set()), ("toxicity", {"probability"}), ("urgency", {"score"})]
)
def test_classify_asks_one_question(task: str, more: set[str]) -> None:
    """Also a question that is not asked of each message; its record has its name."""
    with a_client() as (client, served, _):
        told = client.predict(task, "I love it", api_name="/classify")
    assert set(told) == {"request_id", "label", "confidence", "probabilities", "unsure"} | more
    (record,) = served.observer.records
    assert (record.task_type, record.status) == (task, "ok")


def test_feedback_rates_a_reply_of_the_session() -> None:
    """A reply of somebody else, or none at all, cannot be rated."""
    with a_client() as (client, _, rated):
        request_id = client.predict("hi", api_name="/respond")["request_id"]
        assert client.predict(request_id, "like", api_name="/feedback") == "ok"
        for other, rating in ((request_id, "like"), ("f" * 32, "like"), (request_id, "love")):
            with pytest.raises(AppError):
                client.predict(other, rating, api_name="/feedback")
        stranger = Client(client.src, verbose=False)
        with pytest.raises(AppError, match="no such reply"):
            stranger.predict(request_id, "dislike", api_name="/feedback")
    assert rated == [(request_id, "like")]


def test_stats_are_those_of_the_log() -> None:
    """As the app hands them in."""
    with a_client() as (client, _, _):
        assert client.predict(api_name="/stats") == {"requests": 7}


@pytest.mark.parametrize(
    ("arguments", "name", "told"),
    [
        (("",), "/respond", "The message is empty"),
        (("",), "/chat", "The message is empty"),
        (("x" * 3000,), "/respond", "3000 characters"),
        (("mood", "hi"), "/classify", "there is no task 'mood'; there are sentiment, language"),
        (("sentiment", ""), "/classify", "The message is empty"),
    ],
)
def test_what_is_wrong_is_told(arguments: tuple[str, ...], name: str, told: str) -> None:
    """The client gets the sentence, not a class of the code."""
    with a_client() as (client, _, _), pytest.raises(AppError, match=told):
        client.predict(*arguments, api_name=name)
