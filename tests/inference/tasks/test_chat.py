"""Tests of `inference.tasks.chat`."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import InputError
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


@pytest.mark.parametrize("limit", [4, 5])
def test_oldest_turn_goes_first(limit: int) -> None:
    """Where the history is too long its oldest turns are left out, question and reply together."""
    assert build_prompt(HISTORY, "three", count, limit) == [SYSTEM, *HISTORY[2:], Message("user", "three")]


def test_no_gap_in_the_history() -> None:
    """A turn that does not fit ends the history: an older, shorter one is not kept behind it."""
    history = [Message("user", "a"), Message("assistant", "b"), Message("user", "c" * 500)]
    prompt = build_prompt(history, "new", count_characters, 100)
    assert prompt == [SYSTEM, Message("user", "new")]


def test_message_alone_too_long() -> None:
    """A message that does not fit without history is refused with both numbers."""
    with pytest.raises(InputError, match="has 2 tokens with its prompt, 1 are allowed") as caught:
        build_prompt(HISTORY, "three", count, 1)
    assert caught.value.code == "too_many_tokens"
    assert caught.value.details == {"tokens": 2, "limit": 1}


def test_reply_without_question_is_its_own_turn() -> None:
    """A history that begins with a reply is taken as it is."""
    history = [Message("assistant", "welcome"), *HISTORY]
    assert build_prompt(history, "x", count, 10)[1:-1] == history
    assert build_prompt(history, "x", count, 6)[1:-1] == HISTORY


@given(st.lists(messages, max_size=12), st.integers(40, 200))
def test_prompt_is_the_longest_whole_ending(history: list[Message], limit: int) -> None:
    """The prompt fits, keeps the end of the history, and starts with a user's turn where it was cut."""
    prompt = build_prompt(history, "new", count_characters, limit)
    kept = prompt[1:-1]
    assert count_characters(prompt) <= limit
    assert kept == history[len(history) - len(kept) :]
    if len(kept) < len(history):
        assert not kept or kept[0].role == "user"
