"""Who sends a drill's requests: real ones, with real records."""

import threading
from collections.abc import Callable
from contextlib import closing
from itertools import count

from inference.config import EngineConfig
from inference.service import Failed, Service
from inference.types import Sentiment

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
        """Ask for a sentiment alone; tell whether one came. Its chat is recorded as cancelled."""
        with closing(self._short.respond(self._text(), session_id=SESSION)) as events:
            for event in events:
                if isinstance(event, Sentiment | Failed):
                    return isinstance(event, Sentiment)
        return False

    def chat(self, stop: threading.Event) -> None:
        """Have a short reply written, to its end unless it is stopped."""
        self._listen(self._short, self._text(), stop)

    def chat_long(self, stop: threading.Event) -> None:
        """Have a longer one written."""
        self._listen(self._long, LONG_TEXT, stop)

    def close(self) -> None:
        """Stop what runs."""
        self._short.close()
        self._long.close()

    def _listen(self, service: Service, text: str, stop: threading.Event) -> None:
        with closing(service.respond(text, session_id=SESSION)) as events:
            for _ in events:
                if stop.is_set():
                    return

    def _text(self) -> str:
        return TEXTS[next(self._numbers) % len(TEXTS)]
