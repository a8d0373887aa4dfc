"""Tests of `inference.tasks.chat`."""

from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from inference.tasks.chat import SYSTEM, Chat
from inference.tasks.task import UserMessage
from inference.types import Message

HISTORY = [
    Message("user", "one"),
    Message("assistant", "eins"),
    Message("user", "two"),
    Message("assistant", "zwei"),
]
messages = st.builds(Message, st.sampled_from(("user", "assistant")), st.text(max_size=20))


def count(prompt: Sequence[Message]) -> int:
    """Count one token per message, so that limits are easy to read."""
    return len(prompt)


def count_characters(prompt: Sequence[Message]) -> int:
    """Count one token per character and one per message."""
    return sum(len(message.content) + 1 for message in prompt)


def build_prompt(
    history: Sequence[Message], text: str, count_tokens: Callable[[Sequence[Message]], int], limit: int
) -> list[Message]:
    """Return the prompt of a message after a conversation."""
    return list(Chat().build_prompt(UserMessage(text, history), count_tokens, limit))


def test_first_message() -> None:
    """Without history the prompt is the system's message and the user's."""
    assert build_prompt([], "hi", count, 10) == [SYSTEM, Message("user", "hi")]


def test_whole_history_where_it_fits() -> None:
    """A history that fits to the last token stays whole and in order."""
    assert build_prompt(HISTORY, "three", count, 6) == [SYSTEM, *HISTORY, Message("user", "three")]


def test_a_cut_leaves_half_of_what_is_allowed() -> None:
    """Where the history is too long, turns are left out down to half of what they may have together."""
    history = [*HISTORY, Message("user", "three"), Message("assistant", "drei")]
    assert build_prompt(history, "x", count, 8) == [SYSTEM, *history, Message("user", "x")]
    assert build_prompt(history, "x", count, 7) == [SYSTEM, *history[2:], Message("user", "x")]


def test_no_gap_in_the_history() -> None:
    """A turn that does not fit ends the history: an older, shorter one is not kept behind it."""
    history = [Message("user", "a"), Message("assistant", "b"), Message("user", "c" * 500)]
    prompt = build_prompt(history, "new", count_characters, 100)
    assert prompt == [SYSTEM, Message("user", "new")]


def test_message_alone_too_long() -> None:
    """A message that does not fit even without history stays alone: the engine refuses it."""
    assert build_prompt(HISTORY, "three", count, 1) == [SYSTEM, Message("user", "three")]


def test_reply_without_question_is_its_own_turn() -> None:
    """A history that begins with a reply is taken as it is, and that reply is left out by itself."""
    history = [Message("assistant", "welcome"), *HISTORY]
    assert build_prompt(history, "x", count, 7)[1:-1] == history
    assert build_prompt(history, "x", count, 6)[1:-1] == HISTORY


@given(st.lists(messages, max_size=12), st.integers(50, 200))
def test_prompt_is_a_whole_ending(history: list[Message], limit: int) -> None:
    """The prompt fits, keeps the end of the history, and starts with a user's turn where it was cut."""
    prompt = build_prompt(history, "new", count_characters, limit)
    kept = prompt[1:-1]
    assert count_characters(prompt) <= limit
    assert kept == history[len(history) - len(kept) :]
    if len(kept) < len(history):
        assert not kept or kept[0].role == "user"


def test_each_turn_is_counted_by_itself() -> None:
    """However long the history is, no text of it is tokenized more than once."""
    counted: list[str] = []

    def count_and_note(prompt: Sequence[Message]) -> int:
        counted.extend(message.content for message in prompt)
        return count_characters(prompt)

    history = [Message(role, f"{role} {n}") for n in range(100) for role in ("user", "assistant")]
    build_prompt(history, "new", count_and_note, 300)
    texts = [text for text in counted if text not in (SYSTEM.content, "")]
    assert sorted(texts) == sorted(["new", *(message.content for message in history)])
