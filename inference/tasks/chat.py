"""The chat task: its prompt, with as much history as fits."""

from collections.abc import Callable, Sequence
from itertools import chain

from inference.tasks.history import first_kept, split_turns
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
        """Return the system prompt, the newest turns, and the message.

        A turn is kept or left out as a whole. Each one is counted by itself, so that the length of a prompt
        is known before it is rendered.
        """
        system, newest = self.first_prompt(message.text)
        turns = split_turns(message.history)
        if not turns:
            return [system, newest]
        without = self.first_prompt("")
        base = count_tokens(without)
        sizes = [count_tokens([system, *turn, without[-1]]) - base for turn in turns]
        first = first_kept(sizes, count_tokens([system, newest]) - base, limit - base)
        return [system, *chain.from_iterable(turns[first:]), newest]
