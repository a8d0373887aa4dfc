"""Which turn is running in a session."""

from ui.chat.running import RunningTurns
from ui.chat.turn import Turn


def test_a_turn_is_found_while_it_runs() -> None:
    """It is found in its own session, as it is by now, and is gone afterwards."""
    running = RunningTurns()
    with running.of_message("a", Turn("hi")) as turn:
        turn.turn = Turn("hi", request_id="an id")
        assert running.find("a") is turn
        assert running.find("b") is None
        assert running.find(None) is None
    assert running.find("a") is None


def test_a_turn_that_is_broken_off_is_gone() -> None:
    """Gradio closes what is cancelled; nothing of it stays."""
    running = RunningTurns()
    try:
        with running.of_message("a", Turn("hi")):
            raise GeneratorExit
    except GeneratorExit:
        pass
    assert running.find("a") is None


def test_of_two_turns_the_later_one_is_found() -> None:
    """A program may send two messages at once; the end of the first one does not hide the second one."""
    running = RunningTurns()
    first = running.of_message("a", Turn("one"))
    first.__enter__()
    with running.of_message("a", Turn("two")) as second:
        first.__exit__(None, None, None)
        assert running.find("a") is second
    assert running.find("a") is None


def test_without_a_session_nothing_is_found() -> None:
    """A program without a session has a running turn that nobody can rate."""
    running = RunningTurns()
    with running.of_message(None, Turn("hi")):
        assert running.find(None) is None
