"""What the chat tab and the functions for programs work with."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import gradio as gr

from inference import Service
from ui.chat.conversations import Conversations, Rating
from ui.chat.readers import Readers
from ui.chat.unread import cancelled_when_unread
from ui.roles import Role, role_of

UPDATE_SECONDS = 0.06  # minimum between two updates of a reply: each update delays the model's next token

Rate = Callable[[str, Rating], None]


@dataclass(frozen=True, slots=True, eq=False)
class ChatParts:
    """The service, and what is known of its visitors."""

    service: Service
    rate: Rate  # called with a request's id and the reader's new rating of the reply
    conversations: Conversations
    readers: Readers | None = None  # None where nothing tells who reads results
    update_seconds: float = UPDATE_SECONDS

    def watched(self, session: str | None) -> AbstractContextManager[None]:
        """Return a block in which the message is cancelled when nobody reads what comes of it."""
        if self.readers is None or session is None:
            return nullcontext()
        return cancelled_when_unread(self.readers, session, lambda: self.service.cancel(session))


def client_of(request: gr.Request) -> str | None:
    """Return the address of the visitor whose places a message takes; the operator's are not counted."""
    asked = request.request
    if asked is None or asked.client is None or role_of(asked.scope) is Role.OPERATOR:
        return None
    return str(asked.client.host)
