"""Who sends a drill's requests, to a service around a fake model."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from drills.client import LONG, SESSION, SHORT, Visitor
from inference.service import Service
from tests.fakes import FakeModel
from tests.inference.doubles import SteppedModel, make_config
from tests.inference.serving import FailingModel, RecordingObserver, serving
from tests.monitoring.helpers import wait_until

ENDLESS = "x" * 200


class Visited:
    """A visitor, and what is recorded of its requests."""

    def __init__(self, visitor: Visitor, observer: RecordingObserver) -> None:
        self.visitor = visitor
        self.observer = observer
        self.stop = threading.Event()

    def begin_long_chat(self, model: SteppedModel) -> threading.Thread:
        """Have a longer reply written in a thread; return when the model waits amid it."""
        chat = threading.Thread(target=self.visitor.chat_long, args=(self.stop,))
        chat.start()
        model.allow(1)
        for _ in range(2):
            model.await_pass()  # both prompts, and a token that is on its way
        return chat


@contextmanager
def visited(model: FakeModel, **settings: object) -> Iterator[Visited]:
    """Yield a visitor of a service around a fake model."""
    with serving(model, **settings) as served:
        loader, config = served.service._loader, make_config(temperature=0, **settings)
        observer = served.observer
        yield Visited(Visitor(lambda changed: Service(loader, observer, changed), config), observer)


def test_a_sentiment_is_asked_for_alone() -> None:
    """It leaves one record, and one of a chat that was cancelled before it began."""
    with visited(FakeModel()) as found:
        assert found.visitor.ask_sentiment() is True
        assert found.observer.statuses == {"sentiment": "ok", "chat": "cancelled"}
        assert found.observer.of("chat").fields["output_chars"] == 0
        assert {record.fields["session_id"] for record in found.observer.records} == {SESSION}


def test_a_sentiment_that_fails_is_told() -> None:
    """A model that fails gives no sentiment."""
    with visited(FailingModel("sentiment")) as found:
        assert found.visitor.ask_sentiment() is False
        assert found.observer.statuses == {"sentiment": "error", "chat": "cancelled"}


def test_a_chat_runs_to_its_end() -> None:
    """Both tasks end well."""
    with visited(FakeModel("hi")) as found:
        found.visitor.chat(found.stop)
        assert found.observer.statuses == {"sentiment": "ok", "chat": "ok"}
        assert found.observer.of("chat").fields["output_text"] == "hi"


@pytest.mark.parametrize(("settings", "short", "long"), [({}, SHORT, LONG), ({"max_new_tokens": 3}, 3, 3)])
def test_replies_are_kept_short(settings: dict[str, object], short: int, long: int) -> None:
    """They have a few tokens, and never more than the app's own ones may have."""
    with visited(FakeModel(ENDLESS), **settings) as found:
        found.visitor.chat(found.stop)
        found.visitor.chat_long(found.stop)
        chats = [record.fields for record in found.observer.records if record.task_type == "chat"]
        assert [fields["output_tokens"] for fields in chats] == [short, long]


def test_a_stop_ends_a_chat_early() -> None:
    """The next token is the last one, and the chat is recorded as cancelled."""
    model = SteppedModel(ENDLESS)
    with visited(model) as found:
        chat = found.begin_long_chat(model)
        found.stop.set()
        model.allow(1)
        chat.join(30)
        assert not chat.is_alive()
        assert found.observer.statuses == {"sentiment": "ok", "chat": "cancelled"}
        assert found.observer.of("chat").fields.get("output_tokens") in (None, 1, 2)  # or none had come


def test_closing_ends_what_runs() -> None:
    """The reply is cancelled without a stop of its own, and what comes later is refused."""
    model = SteppedModel(ENDLESS)
    with visited(model) as found:
        chat = found.begin_long_chat(model)
        closing = threading.Thread(target=found.visitor.close)
        closing.start()
        running = found.visitor._long._running
        wait_until(lambda: all(request.cancelled.is_set() for request in tuple(running)))
        model.allow()
        for thread in (chat, closing):
            thread.join(30)
            assert not thread.is_alive()
        assert found.observer.statuses == {"sentiment": "ok", "chat": "cancelled"}
        assert found.visitor.ask_sentiment() is False
        assert found.observer.records[-2].status == "rejected"
