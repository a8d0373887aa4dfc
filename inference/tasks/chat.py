"""The chat task: its prompt, and how much history fits."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import chain

from inference.errors import InputError
from inference.tasks.reply_task import ReplyTask
from inference.tasks.task import UserMessage
from inference.types import Message

SYSTEM = Message("system", "You are a helpful assistant.")


class Chat(ReplyTask):
    """Answer a message, with as much of the conversation as fits."""

    name = "chat"

    @staticmethod
    def first_prompt(text: str) -> Sequence[Message]:
        """Return the system prompt and the message."""
        return begin(text)

    def build_prompt(
        self, message: UserMessage, count_tokens: Callable[[Sequence[Message]], int], limit: int
    ) -> Sequence[Message]:
        """Return the prompt with the newest turns that fit.

        Raises:
            InputError: not even the message alone fits.
        """
        return build_prompt(message.history, message.text, count_tokens, limit)


def build_prompt(
    history: Sequence[Message],
    text: str,
    count_tokens: Callable[[Sequence[Message]], int],
    limit: int,
) -> list[Message]:
    """Put together the system prompt, as many of the newest turns as fit, and the new message.

    A turn is a user's message with the reply to it: it is kept or left out whole.

    Raises:
        InputError: not even the message alone fits into `limit` tokens.
    """
    prompt = begin(text)
    new = prompt[-1]
    tokens = count_tokens(prompt)
    if tokens > limit:
        raise InputError(
            "too_many_tokens",
            f"the message has {tokens} tokens with its prompt, {limit} are allowed: shorten it",
            tokens=tokens,
            limit=limit,
        )
    turns = _turns(history)

    def with_newest(count: int) -> list[Message]:
        return [SYSTEM, *chain.from_iterable(turns[len(turns) - count :]), new]

    def tokens_with_newest(count: int) -> int:
        return count_tokens(with_newest(count))

    most = 1
    while most < len(turns) and tokens_with_newest(most) <= limit:
        most = min(2 * most, len(turns))  # doubling keeps the number of renderings small
    return with_newest(bisect_right(range(1, most + 1), limit, key=tokens_with_newest) if turns else 0)


def begin(text: str) -> list[Message]:
    """Put together the prompt of a conversation's first message."""
    return [SYSTEM, Message("user", text)]


def _turns(history: Sequence[Message]) -> list[list[Message]]:
    turns: list[list[Message]] = []
    for message in history:
        if message.role == "user" or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns
