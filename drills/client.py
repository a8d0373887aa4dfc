"""The client that sends a drill's requests: real ones, with real records."""

import threading
from collections.abc import Callable
from contextlib import closing
from itertools import count

from inference.config import EngineConfig
from inference.events import Failed
from inference.service import Service
from inference.tasks.sentiment import Sentiment
from inference.types import Label

SHORT, LONG = 4, 64  # tokens
SESSION = "drill"
TEXTS = ("I love this!", "这家店太差了，再也不来了。", "今天真开心。", "That was a waste of money.")
LONG_TEXT = "Tell me a long story about a journey around the world."


class Visitor:
    """Ask the app's own model, and keep its answers short."""

    def __init__(self, service_of: Callable[[EngineConfig], Service], config: EngineConfig) -> None:
        self._short, self._long = (
            service_of(config.model_copy(update={"max_new_tokens": min(tokens, config.max_new_tokens)}))
            for tokens in (SHORT, LONG)
        )
        self._numbers = count()

    def ask_sentiment(self) -> bool:
        """Ask for a sentiment and leave; return whether one came. The chat is recorded as cancelled."""
        with closing(self._short.respond(self._text(), session_id=SESSION)) as events:
            for event in events:
                if isinstance(event, Label | Failed) and event.task == Sentiment.name:
                    return isinstance(event, Label)
        return False

    def chat(self, stop: threading.Event) -> None:
        """Ask for a short reply, and read it to its end or until `stop` is set."""
        self._listen(self._short, self._text(), stop)

    def chat_long(self, stop: threading.Event) -> None:
        """Ask for a long reply, and read it to its end or until `stop` is set."""
        self._listen(self._long, LONG_TEXT, stop)

    def close(self) -> None:
        """Stop the running requests."""
        self._short.close()
        self._long.close()

    def _listen(self, service: Service, text: str, stop: threading.Event) -> None:
        with closing(service.respond(text, session_id=SESSION)) as events:
            for _ in events:
                if stop.is_set():
                    return

    def _text(self) -> str:
        return TEXTS[next(self._numbers) % len(TEXTS)]
