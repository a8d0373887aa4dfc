"""The base of tasks that stream a text."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from inference.errors import RequestTimeout
from inference.observer import Span, chunk_fields
from inference.tasks.task import UserMessage
from inference.types import Chunk, Finished, Message

if TYPE_CHECKING:
    from inference.engine.engine import Engine
    from inference.engine.request import Request


class ReplyTask(ABC):
    """Stream the model's reply to a prompt; the last chunk follows after the record is written."""

    name: ClassVar[str]

    def __init__(self) -> None:
        self._text = ""
        self._last: Chunk | None = None
        self._timeout = 0.0  # s

    @staticmethod
    @abstractmethod
    def first_prompt(text: str) -> Sequence[Message]:
        """Return the prompt of a conversation's first message."""

    def build_prompt(
        self, message: UserMessage, count_tokens: Callable[[Sequence[Message]], int], limit: int
    ) -> Sequence[Message]:
        """Return the prompt of a message; a task that can shorten it does so down to `limit` tokens."""
        return self.first_prompt(message.text)

    def prepare(
        self,
        engine: "Engine",
        message: UserMessage,
        on_result: Callable[[Chunk | Finished], object],
        cancelled: Callable[[], bool],
    ) -> "Request[Chunk]":
        """Return the request of a reply."""
        self._timeout = engine.request_timeout
        count_tokens = partial(engine.count_tokens, session=message.caller.session)
        limit = engine.prompt_limit(message.sampling.max_new_tokens)
        prompt = self.build_prompt(message, count_tokens, limit)
        return engine.prepare_reply(prompt, message.sampling, on_result, cancelled, message.caller)

    def on_result(self, result: Chunk, span: Span) -> Chunk | None:
        """Set the reply so far and its counters in the record."""
        self._last = chunk = replace(result, task=self.name)
        self._text += chunk.text
        span.set(output_text=self._text, output_chars=len(self._text), **chunk_fields(chunk))
        return chunk if chunk.finish_reason is None else None

    def on_end(self, span: Span) -> Chunk:
        """Return the last chunk."""
        assert self._last is not None, (
            "the engine sends a last chunk to each reply that ends without an error"
        )
        if self._last.finish_reason == "timeout":
            raise RequestTimeout(f"the reply did not end within {self._timeout:g} s (REQUEST_TIMEOUT)")
        return self._last
