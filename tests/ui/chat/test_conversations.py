"""Which conversations are remembered, and which ones make room for others."""

from itertools import count

import pytest

from inference.errors import InferenceError
from inference.events import Accepted, Failed
from tests.inference.doubles import Clock
from tests.ui.chat.test_turn import a_chunk, a_turn
from ui.chat.conversations import (
    IDLE_SECONDS,
    LEFT_SECONDS,
    MAX_RATINGS,
    OBJECT_BYTES,
    PURGE_SECONDS,
    Conversations,
)
from ui.chat.turn import Turn

ids = count()


def turn_of(message: str = "hello") -> Turn:
    """Return an answered turn with an id of its own."""
    return a_turn(Accepted(f"id-{next(ids)}"), a_chunk("hi", "stop"), message=message)


def test_a_conversation_is_what_was_said_in_its_session() -> None:
    """Turns come back in their order, and a session knows nothing of another."""
    kept = Conversations()
    first, second = turn_of("one"), turn_of("two")
    kept.append("a", "client", first)
    assert kept.append("a", "client", second).turns == (first, second)
    assert kept.of("a").turns == (first, second)
    assert not kept.of("a").is_cut
    assert kept.of("b").turns == ()


def test_without_a_session_nothing_is_kept() -> None:
    """A program without a session gets its one turn, and leaves nothing behind."""
    kept = Conversations()
    turn = turn_of()
    assert kept.append(None, "client", turn).turns == (turn,)
    assert kept.of(None).turns == ()
    assert kept.nbytes == 0


def test_a_long_conversation_goes_on_without_its_beginning() -> None:
    """Of 120 turns the newest ones are kept, and it is known that some are not."""
    kept = Conversations(max_turns=50)
    turns = [turn_of(str(number)) for number in range(120)]
    for turn in turns:
        conversation = kept.append("a", "client", turn)
    assert conversation.turns == kept.of("a").turns == tuple(turns[-50:])
    assert conversation.is_cut


def test_a_conversation_of_long_texts_keeps_fewer_turns() -> None:
    """The bytes of a conversation are bounded as well; the newest turn stays, however large it is."""
    kept = Conversations(max_conversation_bytes=4 * OBJECT_BYTES)
    for _ in range(9):
        kept.append("a", "client", turn_of())
    assert 1 < len(kept.of("a").turns) < 4
    large = turn_of("字" * 100_000)
    assert kept.append("a", "client", large).turns == (large,)


def test_many_sessions_of_one_client_push_out_only_its_own() -> None:
    """Whoever holds most makes room: another client's conversation stays, though it is the oldest."""
    kept = Conversations(max_bytes=20 * OBJECT_BYTES)
    honest = turn_of("honest")
    kept.append("honest", "10.0.0.1", honest)
    for number in range(300):
        kept.append(f"made-up-{number}", "10.0.0.2", turn_of())
    assert kept.of("honest").turns == (honest,)
    assert kept.nbytes <= 20 * OBJECT_BYTES
    assert kept.of("made-up-0").turns == ()
    assert kept.of("made-up-299").turns


def test_the_least_recently_used_conversation_of_a_client_goes_first() -> None:
    """A new message in an old conversation makes it the newest one."""
    kept = Conversations(max_bytes=4 * OBJECT_BYTES)
    for session in ("a", "b", "a", "c"):
        kept.append(session, "client", turn_of())
    assert [len(kept.of(session).turns) for session in ("a", "b", "c")] == [2, 0, 1]


def test_a_session_that_moves_counts_for_its_new_address() -> None:
    """Bytes are counted for the client who sent the last message, once."""
    kept = Conversations(max_bytes=4 * OBJECT_BYTES)
    kept.append("a", "10.0.0.1", turn_of())
    kept.append("a", "10.0.0.2", turn_of())
    kept.append("b", "10.0.0.1", turn_of())
    kept.append("c", "10.0.0.2", turn_of())
    assert [len(kept.of(session).turns) for session in ("a", "b", "c")] == [0, 1, 1]


def test_a_rating_is_new_once() -> None:
    """The same rating again is not new, a change of mind is, and there is a last one."""
    kept = Conversations()
    turn = turn_of()
    kept.append("a", "client", turn)
    assert kept.rate("a", turn.request_id, "like")
    assert not kept.rate("a", turn.request_id, "like")
    assert kept.rate("a", turn.request_id, "dislike")
    noted = sum(kept.rate("a", turn.request_id, rating) for rating in ("like", "dislike") * 50)
    assert noted == MAX_RATINGS - 2


@pytest.mark.parametrize("session", [None, "", "b"])
def test_a_rating_of_what_is_not_known_is_not_new(session: str | None) -> None:
    """Neither an unknown session nor an unknown reply is rated."""
    kept = Conversations()
    turn = turn_of()
    kept.append("a", "client", turn)
    assert not kept.rate(session, turn.request_id, "like")
    assert not kept.rate("a", "another", "like")


def test_a_cleared_conversation_is_gone() -> None:
    """A new chat begins with nothing, and gives its bytes back; clearing what is not there is harmless."""
    kept = Conversations()
    kept.append("a", "client", turn_of())
    for session in ("a", "a", "unknown", None):
        kept.clear(session)
    assert kept.of("a").turns == ()
    assert kept.nbytes == 0


def test_a_page_that_was_left_may_come_back_for_a_while() -> None:
    """A lost page finds its conversation when it writes again in time, and nothing when it does not."""
    clock = Clock()
    kept = Conversations(clock=clock)
    kept.append("a", "client", turn_of())
    kept.on_leave("a")
    clock.now += LEFT_SECONDS
    assert len(kept.append("a", "client", turn_of()).turns) == 2
    clock.now += LEFT_SECONDS + 1
    assert len(kept.of("a").turns) == 2, "it has come back"
    kept.on_leave("a")
    clock.now += LEFT_SECONDS + 1
    assert kept.of("a").turns == ()


def test_what_nobody_uses_gives_its_bytes_back() -> None:
    """A conversation without a message for long is forgotten when another one goes on."""
    clock = Clock()
    kept = Conversations(clock=clock)
    kept.append("a", "client", turn_of())
    before = kept.nbytes
    clock.now += IDLE_SECONDS + PURGE_SECONDS
    kept.append("b", "client", turn_of())
    assert kept.nbytes == before


def test_an_error_is_kept_without_its_frames() -> None:
    """The frames of a failure would keep prompts and tensors alive."""
    try:
        raise InferenceError("broken") from ValueError("why")
    except InferenceError as caught:
        error = caught
    Conversations().append("a", "client", a_turn(Accepted("id"), Failed("chat", error)))
    assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)
