"""Tests of `inference.engine.places`."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engine.places import MAX_PER_SESSION, NEWCOMERS, Place, Places
from inference.errors import ClientBusy, EngineBusy, SessionBusy
from inference.types import NOBODY, Caller


def at(address: str, session: str | None = None) -> Caller:
    """Return who asks from an address."""
    return Caller(address, session)


def test_a_free_place_is_for_anybody() -> None:
    """All places are given to whoever asks without an address, and one given back is free again."""
    places = Places(2, 1)
    first, _ = places.take(NOBODY), places.take(NOBODY)
    with pytest.raises(EngineBusy, match="2 messages are being answered or wait already"):
        places.take(NOBODY)
    first.end_part()
    places.take(NOBODY)


def test_a_place_is_free_when_each_part_has_ended() -> None:
    """A message of two tasks holds its place until both have ended."""
    places = Places(1, 1)
    place = places.take(NOBODY, parts=2)
    place.end_part()
    with pytest.raises(EngineBusy):
        places.take(NOBODY)
    place.end_part()
    places.take(NOBODY)


def test_an_address_has_few_places() -> None:
    """The error names the limit, and another address is still answered."""
    places = Places(48, 3)
    for number in range(3):
        places.take(at("10.0.0.1", f"session {number}"))
    with pytest.raises(ClientBusy, match="3 messages from this address") as caught:
        places.take(at("10.0.0.1", "another session"))
    assert (caught.value.code, caught.value.status) == ("client_busy", "rejected")
    assert caught.value.details == {"limit": 3}
    places.take(at("10.0.0.2"))


def test_a_session_has_two_places() -> None:
    """Also where its requests come from different addresses, or from the operator."""
    places = Places(48, 4)
    for caller in (at("10.0.0.1", "mine"), at("10.0.0.2", "mine")):
        places.take(caller)
    for caller in (at("10.0.0.3", "mine"), Caller(None, "mine")):
        with pytest.raises(SessionBusy, match="2 messages of this conversation"):
            places.take(caller)


def test_the_operator_has_no_limit_of_his_own() -> None:
    """Without an address, every place may be taken, the last ones included."""
    places = Places(16, 1)
    for number in range(16):
        places.take(Caller(None, str(number)))


def test_the_last_places_are_for_newcomers() -> None:
    """The last eighth is given only to clients that have none yet, one each."""
    places = Places(16, 100)
    for _ in range(14):
        places.take(at("10.0.0.1"))
    with pytest.raises(EngineBusy):
        places.take(at("10.0.0.1"))
    places.take(at("10.0.0.2"))
    with pytest.raises(EngineBusy):
        places.take(at("10.0.0.2"))
    places.take(at("10.0.0.3"))
    with pytest.raises(EngineBusy):
        places.take(at("10.0.0.4"))


def test_places_are_counted_right_in_many_threads() -> None:
    """Threads that take and give back at the same time leave all places free."""
    places = Places(8, 8)

    def take_and_give_back() -> None:
        for _ in range(200):
            place = places.take(NOBODY, parts=2)
            for _ in range(2):
                place.end_part()

    threads = [threading.Thread(target=take_and_give_back) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(8):
        places.take(NOBODY)
    with pytest.raises(EngineBusy):
        places.take(NOBODY)


steps = st.lists(st.tuples(st.booleans(), st.sampled_from("abc"), st.sampled_from("12345")), max_size=80)


@given(steps, st.integers(1, 24), st.integers(1, 6))
def test_no_limit_is_ever_exceeded(steps: list[tuple[bool, str, str]], total: int, per_client: int) -> None:
    """In any order of steps, the places of all, of a client and of a session stay within their limits."""
    places = Places(total, per_client)
    held: list[tuple[Caller, Place]] = []
    for is_taken, client, session in steps:
        caller = at(client, session)
        if is_taken:
            try:
                held.append((caller, places.take(caller)))
            except (ClientBusy, EngineBusy, SessionBusy):
                continue
            assert len(held) <= total
            own = [other for other, _ in held if other.client == client]
            assert len(own) <= per_client
            assert len(own) == 1 or len(held) <= total - total // NEWCOMERS
            assert sum(other.session == session for other, _ in held) <= MAX_PER_SESSION
        elif held:
            held.pop(0)[1].end_part()
