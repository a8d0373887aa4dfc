"""Who reads results, and when nobody does any more."""

import threading
from collections.abc import Mapping

import pytest

from tests.inference.doubles import Clock
from tests.threads import threads_named
from ui.chat.readers import GRACE_SECONDS, LATE_BACKLOG, MAX_BACKLOG, Readers
from ui.chat.unread import cancelled_when_unread


class Waiting:
    """Results that wait: the sessions of some events, and how many wait for each session."""

    def __init__(self, sessions: Mapping[str, str] = {}, backlogs: Mapping[str, int] = {}) -> None:
        self.sessions = dict(sessions)
        self.backlogs = dict(backlogs)

    def session_of(self, key: str) -> str:
        return self.sessions.get(key, key)

    def backlog(self, session: str) -> int:
        return self.backlogs.get(session, 0)


def test_a_session_is_read_while_a_stream_is_open() -> None:
    """Each stream counts, and the last one that closes ends the reading."""
    readers = Readers()
    readers.opened("a")
    readers.opened("a")
    readers.closed("a")
    assert readers.is_read("a")
    assert not readers.is_read("b")
    readers.closed("a")
    assert not readers.is_read("a")


def test_whoever_reads_an_event_reads_its_session() -> None:
    """A program reads by the event's id, also after the event has ended and is not known any more."""
    readers = Readers()
    readers.results = waiting = Waiting({"event": "session"})
    readers.opened("event")
    waiting.sessions.clear()
    readers.opened("event")
    readers.closed("event")
    assert readers.is_read("session")
    readers.closed("event")
    assert not readers.is_read("session")


def test_a_message_may_wait_for_its_reader_for_the_grace() -> None:
    """Nobody is gone before the grace is over, and whoever reads is not gone at all."""
    clock = Clock()
    readers = Readers(clock=clock)
    since = readers.now()
    clock.now += GRACE_SECONDS
    assert not readers.is_gone("a", since)
    clock.now += 1
    assert readers.is_gone("a", since)
    readers.opened("a")
    assert not readers.is_gone("a", since)


def test_a_reader_who_left_may_come_back_for_the_grace() -> None:
    """A lost connection counts from its end on."""
    clock = Clock()
    readers = Readers(clock=clock)
    since = readers.now()
    readers.opened("a")
    clock.now += 10 * GRACE_SECONDS
    readers.closed("a")
    clock.now += GRACE_SECONDS / 2
    assert not readers.is_gone("a", since)
    clock.now += GRACE_SECONDS
    assert readers.is_gone("a", since)


def test_a_reader_far_behind_counts_as_none() -> None:
    """An open stream from which nothing is taken keeps no reply alive."""
    readers = Readers()
    readers.results = waiting = Waiting(backlogs={"a": MAX_BACKLOG})
    readers.opened("a")
    assert not readers.is_gone("a", readers.now())
    waiting.backlogs["a"] += 1
    assert readers.is_behind("a")
    assert readers.is_gone("a", readers.now())


def test_a_late_reader_does_not_keep_up() -> None:
    """Nobody keeps up without reading, nor while many results wait; a few are no matter."""
    readers = Readers()
    readers.results = waiting = Waiting(backlogs={"a": LATE_BACKLOG})
    assert not readers.keeps_up("a")
    readers.opened("a")
    assert readers.keeps_up("a")
    waiting.backlogs["a"] += 1
    assert not readers.keeps_up("a")
    assert not readers.is_behind("a")


def test_streams_without_number_are_not_all_remembered() -> None:
    """Beyond the bound a further key is not noted; those that are noted end as they began."""
    readers = Readers(max_keys=2)
    for key in "abc":
        readers.opened(key)
    assert [readers.is_read(key) for key in "abc"] == [True, True, False]
    for key in "abc":
        readers.closed(key)
    assert not any(readers.is_read(key) for key in "abc")
    readers.opened("c")
    assert readers.is_read("c")


def test_an_unread_message_is_cancelled() -> None:
    """While the block runs, a thread of its own notices that nobody reads."""
    clock = Clock()
    readers = Readers(clock=clock)
    cancelled = threading.Event()
    with cancelled_when_unread(readers, "a", cancelled.set, check_seconds=0.001):
        assert not cancelled.is_set()
        clock.now += GRACE_SECONDS + 1
        assert cancelled.wait(30)


@pytest.mark.parametrize("error", [None, GeneratorExit])
def test_a_message_that_has_ended_is_not_watched(error: type[BaseException] | None) -> None:
    """The thread ends with the block, however that ends."""
    clock = Clock()
    readers = Readers(clock=clock)
    cancelled = threading.Event()
    try:
        with cancelled_when_unread(readers, "a", cancelled.set, check_seconds=0.001):
            (thread,) = threads_named("unread-message")
            if error is not None:
                raise error
    except GeneratorExit:
        pass
    thread.join(30)
    assert not thread.is_alive()
    clock.now += GRACE_SECONDS + 1
    assert not cancelled.is_set()
