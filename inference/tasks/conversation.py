"""A conversation that a caller brings whole: the model answers it as it is."""

from collections.abc import Callable, Sequence

from inference.tasks.chat import Chat
from inference.tasks.reply_task import ReplyTask
from inference.tasks.task import UserMessage
from inference.types import Message


class Conversation:
    """The messages of one call; calling it starts the reply to them.

    Its records are those of the chat. Nothing is put before the messages, and none is left out: where they do
    not fit the context, the call is refused.
    """

    name = Chat.name

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages

    @staticmethod
    def first_prompt(text: str) -> Sequence[Message]:
        """Return a prompt of one message."""
        return [Message("user", text)]

    def __call__(self) -> "ConversationReply":
        """Start the reply."""
        return ConversationReply(self._messages)


class ConversationReply(ReplyTask):
    """The reply to a conversation while it runs."""

    name = Conversation.name

    def __init__(self, messages: Sequence[Message]) -> None:
        super().__init__()
        self._messages = messages

    @staticmethod
    def first_prompt(text: str) -> Sequence[Message]:
        """Return a prompt of one message."""
        return Conversation.first_prompt(text)

    def build_prompt(
        self, message: UserMessage, count_tokens: Callable[[Sequence[Message]], int], limit: int
    ) -> Sequence[Message]:
        """Return the messages of the caller as they are."""
        return self._messages
