"""Tests of `drills.client`, with a service around a fake model."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from drills.client import LONG_TOKENS, SHORT_TOKENS, Client
from tests.fakes import FakeModel
from tests.inference.doubles import SteppedModel
from tests.inference.serving import FailingModel, RecordingObserver, serving
from tests.monitoring.helpers import wait_until

ENDLESS = "x" * 200


class Observed:
    """A client, and the observer of its requests."""

    def __init__(self, client: Client, observer: RecordingObserver) -> None:
        self.client = client
        self.observer = observer
        self.stop = threading.Event()

    def begin_long_chat(self, model: SteppedModel) -> threading.Thread:
        """Ask for a long reply in a thread; return when the model waits in the middle of it."""
        chat = threading.Thread(target=self.client.ask_long_reply, args=(self.stop,))
        chat.start()
        model.allow(1)
        for _ in range(2):
            model.await_pass()  # the first pass reads both prompts, the second decodes a token
        return chat


@contextmanager
def a_client(model: FakeModel, **settings: object) -> Iterator[Observed]:
    """Yield the client of a service around a fake model."""
    with serving(model, **settings) as served:
        yield Observed(Client(served.service, "sentiment"), served.observer)


def test_a_label_is_asked_for_alone() -> None:
    """The sentiment has its record; the chat is recorded as cancelled, without a token."""
    with a_client(FakeModel()) as found:
        assert found.client.ask_label() is True
        assert found.observer.statuses == {"sentiment": "ok", "chat": "cancelled"}
        assert found.observer.of("chat").fields["output_chars"] == 0
        assert {record.fields["session_id"] for record in found.observer.records} == {None}


def test_a_label_that_fails_is_told() -> None:
    """If the model fails, the client returns that no label came."""
    with a_client(FailingModel("sentiment")) as found:
        assert found.client.ask_label() is False
        assert found.observer.statuses == {"sentiment": "error", "chat": "cancelled"}


def test_a_short_reply_is_read_to_its_end() -> None:
    """Both tasks end with the status `ok`."""
    with a_client(FakeModel("hi")) as found:
        found.client.ask_short_reply(found.stop)
        assert found.observer.statuses == {"sentiment": "ok", "chat": "ok"}
        assert found.observer.of("chat").fields["output_text"] == "hi"


@pytest.mark.parametrize(
    ("settings", "short", "long"), [({}, SHORT_TOKENS, LONG_TOKENS), ({"max_new_tokens": 3}, 3, 3)]
)
def test_replies_are_kept_short(settings: dict[str, object], short: int, long: int) -> None:
    """Replies have a few tokens, and never more than MAX_NEW_TOKENS."""
    with a_client(FakeModel(ENDLESS), **settings) as found:
        found.client.ask_short_reply(found.stop)
        found.client.ask_long_reply(found.stop)
        chats = [record.fields for record in found.observer.records if record.task_type == "chat"]
        assert [fields["output_tokens"] for fields in chats] == [short, long]


def test_a_stop_ends_a_chat_early() -> None:
    """After `stop` is set the next token is the last one, and the chat is recorded as cancelled."""
    model = SteppedModel(ENDLESS)
    with a_client(model) as found:
        chat = found.begin_long_chat(model)
        found.stop.set()
        model.allow(1)
        chat.join(30)
        assert not chat.is_alive()
        assert found.observer.statuses == {"sentiment": "ok", "chat": "cancelled"}
        # None means that the stop came before the first token.
        tokens = found.observer.of("chat").fields.get("output_tokens")
        assert tokens in (None, 1, 2)


def test_closing_ends_what_runs() -> None:
    """`close()` cancels the running reply, and later messages are refused."""
    model = SteppedModel(ENDLESS)
    with a_client(model) as found:
        chat = found.begin_long_chat(model)
        closing = threading.Thread(target=found.client.close)
        closing.start()
        running = found.client._long._running
        wait_until(lambda: all(request.cancelled.is_set() for request in tuple(running)))
        model.allow()
        for thread in (chat, closing):
            thread.join(30)
            assert not thread.is_alive()
        assert found.observer.statuses == {"sentiment": "ok", "chat": "cancelled"}
        assert found.client.ask_label() is False
        assert found.observer.records[-2].status == "rejected"
