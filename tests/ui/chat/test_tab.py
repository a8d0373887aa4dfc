"""The chat tab as a server serves it: visitors, their conversations, messages and ratings."""

import threading
from collections.abc import Generator, Iterator, Sequence
from itertools import count
from typing import Any

import pytest

from inference.events import Event
from tests.fakes import FakeModel
from tests.inference.doubles import Clock, SteppedModel
from tests.threads import threads_named
from tests.ui.chat.served_chat import ServedChat, Visitor, served_chat, wait_until, whole_states
from ui.chat.conversations import MAX_TURNS
from ui.chat.html import bubbles
from ui.chat.readers import GRACE_SECONDS, Readers
from ui.chat.turn import Turn
from ui.texts.page import EN
from ui.texts.words import Words

sessions = count()


@pytest.fixture(scope="module")
def shared_chat() -> Iterator[ServedChat]:
    """A page with a fast model, for tests that are visitors of their own."""
    with served_chat() as chat:
        yield chat


@pytest.fixture
def visitor(shared_chat: ServedChat) -> Visitor:
    """Somebody who has not been there before."""
    return shared_chat.visitor(f"visitor-{next(sessions)}")


def statuses(chat: ServedChat) -> list[object]:
    """Return how each task of each message ended."""
    return [record.status for record in chat.served.observer.records]


def test_the_model_reads_the_conversation_of_its_session() -> None:
    """The second message follows the first one, another session's does not, nor does one after a new chat."""
    model = FakeModel("hello")
    with served_chat(model) as chat:
        ada, bob = chat.visitor("ada"), chat.visitor("bob")
        ada.say("first")
        bob.say("other")
        assert len(ada.say("second")["texts"]) == 4
        ada.run("clear").raise_for_status()
        assert len(ada.say("third")["texts"]) == 2
    chats = [prompt for prompt in model.prompts if "helpful" in prompt]
    assert ["first" in prompt for prompt in chats] == [True, False, True, False]


def test_made_up_sessions_push_nobody_out() -> None:
    """After 300 made-up sessions of one address, another address goes on in its conversation, and rates."""
    model = FakeModel("hello")
    with served_chat(model) as chat:
        honest = chat.visitor("honest", "127.0.0.2")
        honest.say("my message")
        for number in range(300):
            stranger = chat.visitor(f"made-up-{number}")
            stranger.run("clear").raise_for_status()
            stranger.http.close()
        for number in range(5):
            chat.visitor(f"speaking-{number}").say("spam")
        assert honest.rate(1).status_code == 200
        assert [rating for _, rating in chat.ratings] == ["like"]
        assert len(honest.say("and now?")["texts"]) == 4
    assert "my message" in model.prompts[-1] or "my message" in model.prompts[-2]


@pytest.mark.parametrize(("password", "client"), [("the operator's", "127.0.0.3"), ("", None)])
def test_the_service_is_told_who_asks(
    monkeypatch: pytest.MonkeyPatch, password: str, client: str | None
) -> None:
    """Messages count for the address of a visitor, and for nobody where the operator asks."""
    asked: list[object] = []
    with served_chat(password=password) as chat:
        respond = chat.served.service.respond

        def asking(*arguments: Any) -> Generator[Event, None, None]:
            asked.append(arguments[3])
            return respond(*arguments)

        monkeypatch.setattr(chat.served.service, "respond", asking)
        chat.visitor("someone", "127.0.0.3").say("hi")
    assert asked == [client]


def test_a_conversation_without_end_goes_on() -> None:
    """Beyond the bound the page shows the newest turns, says that older ones are gone, and ratings fit."""
    with served_chat(update_seconds=60) as chat:
        visitor = chat.visitor("long")
        for number in range(MAX_TURNS + 3):
            state = visitor.say(f"message {number}")
        assert len(state["texts"]) == 2 * MAX_TURNS
        assert f"message {MAX_TURNS + 2}<" in state["texts"][-2]
        assert EN["conversation_cut"] in state["below"]
        visitor.rate(2 * MAX_TURNS - 1).raise_for_status()
        ((rated, _),) = chat.ratings
        assert rated == chat.served.observer.records[-1].request_id


@pytest.mark.parametrize("message", [None, 5, 1.5, True, [], ["hi"], {"text": "hi"}, "", "  ", "x" * 30_000])
def test_a_message_that_is_none_is_refused(
    shared_chat: ServedChat, visitor: Visitor, message: object, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever a program sends, the answer is a notice, one record for each task, and no traceback."""
    visitor.say("before")
    before = len(shared_chat.served.observer.records)
    state = visitor.say(message)
    assert state["below"].startswith("<div class='notice'")
    assert len(state["texts"]) == 2
    assert statuses(shared_chat)[before:] == ["rejected", "rejected"]
    assert "Traceback" not in capfd.readouterr().err


def test_half_a_character_is_refused_and_shown(visitor: Visitor) -> None:
    """Half of a surrogate pair is named in the refusal, and shown as a whole character."""
    assert "U+D83D" in visitor.say("a \ud83d")["below"]


def test_a_rating_is_recorded_once(shared_chat: ServedChat, visitor: Visitor) -> None:
    """The same thumb again writes nothing, a change of mind does, and so a hundred times it does not."""
    visitor.say("hi")
    before = len(shared_chat.ratings)
    for _ in range(5):
        visitor.rate(1, True)
    assert [rating for _, rating in shared_chat.ratings[before:]] == ["like"]
    for number in range(100):
        assert visitor.rate(1, number % 2 == 1).status_code == 200
    assert [rating for _, rating in shared_chat.ratings[before:]] == ["like", "dislike", "like"]


@pytest.mark.parametrize("index", [-1, 2, 99, 10**30, None, "1", 1.5, [], [None], {"index": 1}, [[1]]])
def test_a_rating_of_nothing_is_ignored(
    shared_chat: ServedChat, visitor: Visitor, index: object, capfd: pytest.CaptureFixture[str]
) -> None:
    """A place that holds no message writes nothing and fails nothing."""
    visitor.say("hi")
    before = len(shared_chat.ratings)
    assert visitor.rate(index).status_code == 200
    assert visitor.run("like", "no rating").status_code == 200
    assert shared_chat.visitor("stranger").rate(1).status_code == 200
    assert len(shared_chat.ratings) == before
    assert "Traceback" not in capfd.readouterr().err


def test_a_rating_of_a_running_reply_counts_at_its_end() -> None:
    """A thumb below a reply that still comes is recorded once the reply has ended; the last one counts."""
    model = SteppedModel("a long story")
    with served_chat(model) as chat:
        visitor = chat.visitor("early")
        visitor.join(data=["hi"])
        has_begun = is_rated = False
        for message in visitor.each_result():
            if not has_begun and "data-request" in str(message):
                has_begun = True
                model.allow(8)
            elif not is_rated and "assistant" in str(message):
                is_rated = True
                for liked in (True, False):
                    visitor.rate(1, liked).raise_for_status()
                visitor.rate(2).raise_for_status()
                chat.visitor("stranger").rate(1).raise_for_status()
                assert chat.ratings == []
                model.allow()
        assert chat.ratings == [(chat.served.observer.records[-1].request_id, "dislike")]
        visitor.rate(1, False).raise_for_status()
        assert len(chat.ratings) == 1


def test_each_update_renders_the_newest_turn_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has been said is rendered once a message, however many updates its reply has."""
    rendered: list[int] = []

    def counting(turns: Sequence[Turn], words: Words) -> list[dict[str, Any]]:
        rendered.append(len(turns))
        return bubbles(turns, words)

    monkeypatch.setattr("ui.chat.tab.bubbles", counting)
    with served_chat(FakeModel("a long story " * 3)) as chat:
        visitor = chat.visitor("reader")
        for _ in range(3):
            visitor.say("go on")
        rendered.clear()
        visitor.say("go on")
    assert rendered[0] == 3
    assert rendered[-1] == 4
    assert set(rendered[1:-1]) == {1}


def test_a_message_that_nobody_reads_gives_its_place_back() -> None:
    """Without a reader, a running reply and one that waits are cancelled; then a reader's has its place."""
    model, clock = SteppedModel("a long story"), Clock()
    with served_chat(model, Readers(clock=clock), max_batch=1) as chat:
        for session in ("silent", "waiting"):
            chat.visitor(session).join(data=["hi"])
        watchers = two_watchers()
        model.await_pass()
        clock.now += GRACE_SECONDS + 1
        for watcher in watchers:
            watcher.join(30)
            assert not watcher.is_alive()
        model.allow()
        assert chat.visitor("reader").say("hi")["texts"][-1] == "a long story"
    ends = {str(record.fields["session_id"]): record.status for record in chat.served.observer.records}
    assert ends == {"silent": "cancelled", "waiting": "cancelled", "reader": "ok"}


def test_a_reader_keeps_the_reply_alive() -> None:
    """However long a reply takes, it goes on while its stream is open; a program reads by its event's id."""
    model, clock = SteppedModel("a long story"), Clock()
    with served_chat(model, Readers(clock=clock)) as chat:
        program = chat.visitor("program")
        event = program.http.post("/gradio_api/call/chat", json={"data": ["hi"]}).json()["event_id"]
        with program.http.stream("GET", f"/gradio_api/call/chat/{event}") as answer:
            lines = answer.iter_lines()
            next(lines)
            clock.now += GRACE_SECONDS + 1
            model.allow()
            assert "a long story" in "".join(lines)
    assert statuses(chat) == ["ok"]


def test_updates_that_nobody_reads_are_few() -> None:
    """Without a reader only the first and the last states of a long reply wait for one."""
    with served_chat(FakeModel("a long story " * 20)) as chat:
        visitor = chat.visitor("late")
        visitor.join(data=["hi"])
        wait_until(lambda: len(chat.served.observer.records) == 2)
        states = whole_states(visitor.results())
    assert len(states) < 10
    assert "a long story " * 20 in str(states[-1])


def two_watchers() -> list[threading.Thread]:
    """Wait until two messages are watched, and return the threads that watch them."""
    wait_until(lambda: len(threads_named("unread-message")) == 2)
    return threads_named("unread-message")
