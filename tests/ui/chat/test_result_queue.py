"""What Gradio keeps for readers, with the installed version of Gradio: it is bounded from the outside."""

import pytest

from tests.inference.doubles import Clock, SteppedModel
from tests.ui.chat.served_chat import ServedChat, served_chat, wait_until
from ui.chat import readers as readers_module
from ui.chat.readers import Readers
from ui.chat.result_queue import FORGET_SECONDS, KEEP_SECONDS, ResultQueue


def kept(chat: ServedChat) -> set[str]:
    """Return the sessions of which Gradio keeps results or events."""
    queue = chat.page._queue
    return {*queue.pending_messages_per_session, *queue.pending_event_ids_session}


def look(chat: ServedChat, clock: Clock, seconds: float) -> None:
    """Let time pass, and send a request that changes nothing."""
    clock.now += seconds
    chat.visitor("nobody").http.get("/robots.txt")


def ended(chat: ServedChat, count: int) -> None:
    """Wait until so many messages have ended, for Gradio too."""
    wait_until(lambda: len(chat.served.observer.records) == 2 * count)
    wait_until(lambda: not chat.page._queue.event_ids_to_events)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the results."""
    clock = Clock()
    # `build_app` makes it, and nobody else needs another clock for it.
    monkeypatch.setattr("ui.page.ResultQueue", lambda page: ResultQueue(page, clock))
    return clock


def test_results_that_nobody_reads_are_forgotten(clock: Clock) -> None:
    """A while after their end nothing is left of unread messages, and what was read leaves nothing either."""
    with served_chat() as chat:
        for number in range(5):
            chat.visitor(f"silent-{number}").join(data=["hi"])
        ended(chat, 5)
        chat.visitor("reader").say("hi")
        look(chat, clock, FORGET_SECONDS + 1)
        assert len(kept(chat)) == 6
        look(chat, clock, KEEP_SECONDS + 1)
        assert kept(chat) == set()


def test_late_readers_get_their_results(clock: Clock) -> None:
    """Until then a program may come for what it asked."""
    with served_chat() as chat:
        late = chat.visitor("late")
        late.join(data=["hi"])
        ended(chat, 1)
        look(chat, clock, FORGET_SECONDS + 1)
        look(chat, clock, KEEP_SECONDS - 1)
        assert late.last_state()["texts"][-1] == "hello"


def test_another_message_of_the_session_begins_anew(clock: Clock) -> None:
    """The time counts for the newest message of a session."""
    with served_chat() as chat:
        visitor = chat.visitor("twice")
        visitor.join(data=["hi"])
        ended(chat, 1)
        look(chat, clock, FORGET_SECONDS + 1)
        visitor.join(data=["hi"])
        ended(chat, 2)
        look(chat, clock, KEEP_SECONDS + 1)
        assert kept(chat) == {"twice"}


def test_a_running_message_is_not_forgotten(clock: Clock) -> None:
    """Gradio would fail where the results of a running event are gone."""
    model = SteppedModel()
    with served_chat(model) as chat:
        visitor = chat.visitor("slow")
        visitor.join(data=["hi"])
        model.await_pass()
        for _ in range(3):
            look(chat, clock, KEEP_SECONDS + 1)
        model.allow()
        assert visitor.last_state()["texts"][-1] == "hello"


def test_a_session_that_is_not_known_ends_its_stream(capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever asks for the results of an unknown session is told so, and the terminal stays quiet."""
    with served_chat() as chat:
        (message,) = chat.visitor("unknown").results()
        assert message["session_not_found"]
    assert "Traceback" not in capfd.readouterr().err


def test_an_event_is_one_of_its_session() -> None:
    """While an event runs, its session is known by its id; anything else is a session itself."""
    model = SteppedModel()
    with served_chat(model) as chat:
        results = ResultQueue(chat.page)
        event = chat.visitor("session").join(data=["hi"]).json()["event_id"]
        model.await_pass()
        assert results.session_of(event) == "session"
        assert results.session_of("session") == "session"
        assert results.backlog("session") > 0
        assert results.backlog("another") == 0
        model.allow()


def test_a_reader_far_behind_is_told_the_end(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of all the results that were not taken, the end of the event waits; new messages do nothing."""
    monkeypatch.setattr(readers_module, "MAX_BACKLOG", 2)
    with served_chat() as chat:
        visitor = chat.visitor("behind")
        visitor.join(data=["hi"])
        ended(chat, 1)
        visitor.join(data=["and again"])
        wait_until(lambda: not chat.page._queue.event_ids_to_events)
        assert len(chat.served.observer.records) == 2, "the second message was not answered"
        look(chat, clock, FORGET_SECONDS + 1)
        last, *others = [message["msg"] for message in visitor.results()]
        assert (last, others) == ("process_completed", ["process_completed", "close_stream"])


def test_a_lost_stream_counts_as_unread() -> None:
    """Readers that are told by the guard are those that the page asks."""
    readers = Readers()
    model = SteppedModel()
    with served_chat(model, readers) as chat:
        visitor = chat.visitor("leaving")
        visitor.join(data=["hi"])
        model.await_pass()
        assert not readers.is_read("leaving")
        messages = visitor.each_result()
        next(messages)
        assert readers.is_read("leaving")
        messages.close()  # type: ignore[attr-defined]  # it is a generator
        wait_until(lambda: not readers.is_read("leaving"))
        model.allow()
