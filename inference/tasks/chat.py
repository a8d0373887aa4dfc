"""The chat task: its prompt, with as much history as fits."""

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
        return [SYSTEM, Message("user", text)]

    def build_prompt(
        self, message: UserMessage, count_tokens: Callable[[Sequence[Message]], int], limit: int
    ) -> Sequence[Message]:
        """Return the system prompt, as many of the newest turns as fit, and the message.

        A turn is a message of the user with the reply to it: it is kept or left out as a whole.

        Raises:
            InputError: the system prompt and the message alone exceed `limit` tokens.
        """
        shortest = self.first_prompt(message.text)
        tokens = count_tokens(shortest)
        if tokens > limit:
            raise InputError(
                "too_many_tokens",
                f"the message has {tokens} tokens with its prompt, {limit} are allowed: shorten it",
                tokens=tokens,
                limit=limit,
            )
        turns = _turns(message.history)

        def with_newest(count: int) -> list[Message]:
            return [shortest[0], *chain.from_iterable(turns[len(turns) - count :]), shortest[-1]]

        def tokens_with_newest(count: int) -> int:
            return count_tokens(with_newest(count))

        # Each count renders a prompt, so double the number of turns first, and then search below it.
        tried = 1
        while tried < len(turns) and tokens_with_newest(tried) <= limit:
            tried = min(2 * tried, len(turns))
        return with_newest(bisect_right(range(1, tried + 1), limit, key=tokens_with_newest) if turns else 0)


def _turns(history: Sequence[Message]) -> list[list[Message]]:
    """Split a conversation before each message of the user."""
    turns: list[list[Message]] = []
    for message in history:
        if message.role == "user" or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns
