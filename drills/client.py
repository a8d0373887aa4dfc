"""The client that sends a drill's requests: real requests with real records."""

import threading
from contextlib import closing
from itertools import count

from inference.events import Failed
from inference.service import Service
from inference.types import Label

SHORT_TOKENS, LONG_TOKENS = 4, 64  # limits of a reply
TEXTS = ("I love this!", "这家店太差了，再也不来了。", "今天真开心。", "That was a waste of money.")
LONG_TEXT = "Tell me a long story about a journey around the world."


class Client:
    """Send messages to the app's own model, and keep the replies short."""

    def __init__(self, service: Service, label_task: str) -> None:
        self._short = service.with_reply_limit(SHORT_TOKENS)
        self._long = service.with_reply_limit(LONG_TOKENS)
        self._label_task = label_task
        self._numbers = count()

    def ask_label(self) -> bool:
        """Send a message, and leave when it has its label; return whether the label came without an error.

        The message's other tasks are recorded as cancelled.
        """
        with closing(self._short.respond(self._text())) as events:
            for event in events:
                if isinstance(event, Label | Failed) and event.task == self._label_task:
                    return isinstance(event, Label)
        return False

    def ask_short_reply(self, stop: threading.Event) -> None:
        """Send a message with a short reply, and read it to its end or until `stop` is set."""
        self._read(self._short, self._text(), stop)

    def ask_long_reply(self, stop: threading.Event) -> None:
        """Send a message with a long reply, and read it to its end or until `stop` is set."""
        self._read(self._long, LONG_TEXT, stop)

    def close(self) -> None:
        """Stop the running requests."""
        self._short.close()
        self._long.close()

    def _read(self, service: Service, text: str, stop: threading.Event) -> None:
        with closing(service.respond(text)) as events:
            for _ in events:
                if stop.is_set():
                    return

    def _text(self) -> str:
        return TEXTS[next(self._numbers) % len(TEXTS)]
