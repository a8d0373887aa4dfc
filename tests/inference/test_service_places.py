"""Tests of `inference.service`: how many messages a client may have, and what a refusal costs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from inference.errors import ClientBusy, EngineBusy, KVMemoryTooSmall, SessionBusy
from inference.events import Event
from inference.types import Caller, Message, Sampling
from tests.fakes import FakeModel
from tests.inference.asking import ask_reply
from tests.inference.doubles import SteppedModel
from tests.inference.serving import Serving, failures, kinds, serving

GOOD = ["accepted", "sentiment", *["chunk"] * 5, "last"]
REFUSED = ["accepted", "failed sentiment", "failed chat"]
HISTORY = [Message("user", "earlier " * 20), Message("assistant", "reply " * 20)]


@contextmanager
def occupied(*callers: Caller, **settings: object) -> Iterator[tuple[Serving, SteppedModel]]:
    """Yield a service in which each of these callers has one message that is being answered."""
    model = SteppedModel("x" * 60)
    with serving(model, **{"max_batch": 16, "max_waiting": 0, **settings}) as served:
        running = []
        for caller in callers:
            events = served.service.respond("hi", (), caller.session, caller.client)
            next(events)
            model.allow(2)
            next(events)
            running.append(events)
        yield served, model
        model.allow()
        for events in running:
            assert is_answered(list(events))


def ask(
    served: Serving, client: str | None, session: str | None, history: Sequence[Message] = ()
) -> list[Event]:
    """Return all events of one message."""
    return list(served.service.respond("hi", history, session, client))


def is_answered(events: Sequence[Event]) -> bool:
    """Return whether the reply has come to its end."""
    return kinds(events)[-1] == "last"


def refusal(events: Sequence[Event]) -> type[Exception]:
    """Check that all tasks of a message were refused; return the kind of their errors."""
    assert kinds(events) == REFUSED
    (kind,) = {type(error) for error in failures(events)}
    return kind


def test_a_client_has_four_messages_at_a_time() -> None:
    """A fifth message of one address is refused whatever its session, and another address is answered."""
    callers = [Caller("10.0.0.1", str(number)) for number in range(4)]
    with occupied(*callers) as (served, model):
        assert refusal(ask(served, "10.0.0.1", "another")) is ClientBusy
        assert [record.status for record in served.observer.records[-2:]] == ["rejected"] * 2
        model.allow()
        assert is_answered(ask(served, "10.0.0.2", "another"))


def test_the_limit_of_a_client_is_a_setting() -> None:
    """With MAX_PER_CLIENT=1 a second message is refused, and the error says the limit."""
    with occupied(Caller("10.0.0.1", "one"), max_per_client=1) as (served, _):
        events = ask(served, "10.0.0.1", "two")
        assert refusal(events) is ClientBusy
        assert [error.details for error in failures(events) if isinstance(error, ClientBusy)] == [
            {"limit": 1}
        ] * 2


def test_a_session_has_two_messages_at_a_time() -> None:
    """A third one is refused, and answered when another has ended."""
    with occupied(Caller("10.0.0.1", "mine"), Caller("10.0.0.1", "mine")) as (served, _):
        assert refusal(ask(served, "10.0.0.1", "mine")) is SessionBusy
    with serving(FakeModel()) as served:
        assert all(is_answered(ask(served, "10.0.0.1", "mine")) for _ in range(5))


def test_the_operator_has_no_limit() -> None:
    """Without an address, more than four messages run at a time."""
    callers = [Caller(None, str(number)) for number in range(6)]
    with occupied(*callers) as (served, model):
        model.allow()
        assert is_answered(ask(served, None, "another"))


def test_the_last_places_are_for_clients_that_have_none() -> None:
    """Who has a message already is told that the engine is busy; somebody new is answered."""
    callers = [Caller(f"10.0.0.{number}", str(number)) for number in range(7)]
    with occupied(*callers, max_batch=8) as (served, model):
        assert refusal(ask(served, "10.0.0.1", "another")) is EngineBusy
        model.allow()
        assert is_answered(ask(served, "10.0.0.9", "new"))


@pytest.mark.parametrize(
    ("settings", "client"), [({"max_per_client": 1}, "10.0.0.1"), ({"max_batch": 1}, "10.0.0.2")]
)
def test_a_refusal_tokenizes_nothing(settings: dict[str, object], client: str) -> None:
    """Neither the message of a client with too many nor one to a busy engine reaches the tokenizer."""
    with occupied(Caller("10.0.0.1", "one"), **settings) as (served, model):
        before = model.encoded
        assert kinds(ask(served, client, "two", HISTORY)) == REFUSED
        assert model.encoded == before


def test_tokenizing_holds_nobody_up() -> None:
    """While one message is being tokenized, another one is answered from its beginning to its end."""
    answered: list[list[str]] = []

    class Answering(FakeModel):
        def encode_chat(self, messages: Sequence[Message]) -> list[int]:
            if messages[-1].content == "slow" and not answered:
                answered.append([])
                answered[0] = kinds(ask(served, "10.0.0.2", "other"))
            return super().encode_chat(messages)

    with serving(Answering()) as served:
        list(served.service.respond("slow", (), "mine", "10.0.0.1"))
    assert answered == [GOOD]


def test_a_place_is_free_once_the_model_has_stopped() -> None:
    """Who leaves gives the place back with the end of the pass, not before: leaving buys no second one."""
    model = SteppedModel("x" * 60)
    with serving(model, max_batch=1, max_waiting=0) as served:
        events = served.service.respond("hi", (), "mine", "10.0.0.1")
        model.allow(1)
        assert kinds([next(events) for _ in range(3)]) == GOOD[:3]
        for _ in range(2):
            model.await_pass()  # the second pass has begun
        events.close()
        assert refusal(ask(served, "10.0.0.2", "other")) is EngineBusy
        model.allow()
        ask_reply(served.engine, [Message("user", "a request without a place")], Sampling(max_new_tokens=1))
        assert is_answered(ask(served, "10.0.0.2", "other"))


def test_a_place_is_free_after_any_end() -> None:
    """Messages that fail, are refused for their text, or do not fit leave no place taken."""
    with serving(FakeModel(fail_after=0), max_batch=1, max_waiting=0) as served:
        for text in ("hi", "", "x" * 1900, "hi"):
            codes = [getattr(error, "code", "model") for error in failures(served.answer(text)) if error]
            assert not {"busy", "client_busy", "session_busy"} & {*codes}


def test_a_message_that_never_fits_into_memory_says_which_setting_helps() -> None:
    """It is refused with the code `kv_memory`; history alone is cut to what fits."""
    model = FakeModel("hello")
    model.cache_bytes = lambda tokens: tokens << 13  # type: ignore[method-assign]  # 128 tokens in 1 MiB
    settings = {"kv_memory_mb": 1, "max_new_tokens": 20}
    with serving(model, **settings) as served:
        for error in failures(served.answer("x" * 200)):
            assert isinstance(error, KVMemoryTooSmall)
            assert "KV_MEMORY_MB=1 has room for 1" in str(error)
        assert is_answered(ask(served, None, "mine", HISTORY))
