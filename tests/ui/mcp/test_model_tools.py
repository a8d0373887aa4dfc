"""The tools that ask the model."""

import threading
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from mcp.client import Client

from inference import Loader
from tests.fakes import FakeModel
from tests.monitoring.helpers import wait_until
from tests.ui.api.served_api import ServedApi, ask, served_api, served_without_a_model
from tests.ui.mcp.agents import answer, connected, error

MODES = ("auto", "legacy")
PAUSE_SECONDS = 0.01  # between two looks at whether a call has begun
MANY = 1_000  # passes of the model, more than any reply takes


@pytest.fixture(scope="module")
def api() -> Iterator[ServedApi]:
    """A server whose model says hello."""
    with served_api(FakeModel("hello")) as served:
        yield served


@pytest.mark.parametrize("mode", MODES)
def test_a_text_is_classified(api: ServedApi, mode: str) -> None:
    """The answer has the label, the probability of each, and whether it is unsure; its record is named."""
    found = answer(api, "classify", mode=mode, task="sentiment", text="What a day!")
    assert found["label"] == "正面"
    assert sum(found["probabilities"].values()) == pytest.approx(1)
    assert found["confidence"] == found["probabilities"]["正面"]
    assert found["unsure"] is False
    record = api.observer.records[-1]
    assert (record.task_type, record.request_id) == ("sentiment", found["request_id"])
    assert record.fields["source"] == "mcp"


@pytest.mark.parametrize("mode", MODES)
def test_a_message_is_answered(api: ServedApi, mode: str) -> None:
    """The answer has the reply, why it ended, and its counters; its record is named."""
    found = answer(api, "chat", mode=mode, message="hi")
    assert (found["reply"], found["finish_reason"], found["output_tokens"]) == ("hello", "stop", 6)
    assert found["prompt_tokens"] > 0
    record = api.observer.records[-1]
    assert (record.task_type, record.request_id) == ("chat", found["request_id"])
    assert (record.fields["source"], record.fields["session_id"]) == ("mcp", None)


def test_instructions_and_the_longest_reply_are_obeyed() -> None:
    """`system` stands before the message, and `max_tokens` cuts the reply."""
    model = FakeModel("hello")
    with served_api(model) as api:
        found = answer(api, "chat", message="hi", system="Be brief.", max_tokens=2)
    assert (found["reply"], found["finish_reason"]) == ("he", "length")
    assert "system:Be brief.\nuser:hi\n" in model.prompts


def test_a_task_that_is_not_there_is_told_with_those_that_are(api: ServedApi) -> None:
    """A wrong name is an error with all names, and leaves no record."""
    before = len(api.observer.records)
    told = error(api, "classify", task="mood 😀", text="x")
    assert "there is no task 'mood 😀'; there are sentiment" in told
    assert len(api.observer.records) == before


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("classify", {"task": "sentiment", "text": "x" * 5_000}, "5,000|5000"),
        ("chat", {"message": "x" * 5_000}, "5,000|5000"),
        ("chat", {"message": ""}, "empty"),
        ("chat", {"message": "a\x00b"}, "character"),
        ("chat", {"message": "x", "max_tokens": 0}, "max_tokens"),
        ("chat", {}, "message"),
        ("classify", {"task": 7, "text": "x"}, "task"),
    ],
)
def test_wrong_arguments_are_told(api: ServedApi, tool: str, arguments: dict[str, Any], told: str) -> None:
    """What the service or the schema refuses is an error of the tool that names what is wrong."""
    text = error(api, tool, **arguments)
    assert any(part in text for part in told.split("|")), text


def test_half_a_character_is_refused_and_breaks_nothing(api: ServedApi) -> None:
    """A text that no tokenizer can take is an error in words; the next call is answered."""
    head = '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "chat", "arguments": '
    body = head + '{"message": "a\\ud800"}}}'
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    refused = api.http.post("/mcp", content=body, headers=headers)
    assert refused.status_code in (200, 400)
    assert "error" in refused.text.lower()
    assert answer(api, "chat", message="hi")["reply"] == "hello"


def test_a_model_that_is_loading_is_told() -> None:
    """Before the model is loaded, the tools say so, and when to try again."""
    loader = Loader(lambda report: pytest.fail("it is not loaded"), lambda loader: None)
    with served_without_a_model(loader) as api:
        told = error(api, "chat", message="hi")
        assert "still being loaded" in told
        assert "try again in 5 s" in told
        assert "try again in 5 s" in error(api, "classify", task="sentiment", text="hi")


def test_a_busy_model_is_told() -> None:
    """Where all places are taken, the tools say so, and when to try again."""
    gate = threading.Semaphore(0)
    with served_api(FakeModel(gate=gate), max_batch=1, max_waiting=0) as api:
        running = threading.Thread(target=ask, args=(api.client(),))
        running.start()
        try:
            wait_until(lambda: api.service._running)
            told = error(api, "chat", message="hi")
        finally:
            gate.release(MANY)
            running.join()
    assert "try again in 1 s" in told


def test_a_model_that_fails_is_told() -> None:
    """Of an unknown error the agent is told its kind, and nothing else."""
    with served_api(FakeModel(fail_after=0)) as api:
        assert "Error executing tool chat: " in error(api, "chat", message="hi")


@pytest.mark.parametrize("mode", MODES)
def test_an_agent_that_leaves_stops_the_model(mode: str) -> None:
    """Closing the connection cancels the call, and its record says so."""
    gate = threading.Semaphore(0)
    with served_api(FakeModel(gate=gate)) as api:

        async def leave(agent: Client) -> None:
            async with anyio.create_task_group() as calling:
                calling.start_soon(agent.call_tool, "chat", {"message": "hi"})
                while not api.service._running:
                    await anyio.sleep(PAUSE_SECONDS)
                calling.cancel_scope.cancel()

        connected(api, leave, mode=mode)
        wait_until(lambda: all(request.cancelled.is_set() for request in list(api.service._running)))
        gate.release(MANY)
        wait_until(lambda: api.observer.records)
        assert api.observer.of("chat").status == "cancelled"
