"""A request while the model works on it: what it reads next, and what it makes of the answer."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from queue import SimpleQueue
from time import perf_counter
from typing import Any, Generic, Literal, TypeVar

import torch

from inference.errors import BadLogits
from inference.part import Cache, Part
from inference.types import Usage

T = TypeVar("T")


class _End:
    """The end of the results, and the error that ended them."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


class Request(ABC, Generic[T]):
    """Tokens to read, and the queue through which results reach the thread that asked."""

    needs_place = True
    wants: Literal["all"] | Sequence[int] = "all"

    def __init__(self, prompt: list[int], cancelled: threading.Event, timeout: float) -> None:
        self.asked = perf_counter()
        self.prompt = prompt
        self.cache: Any = None
        self._cancelled = cancelled
        self._abandoned = False
        self.timeout = timeout  # s
        self._unread = prompt  # tokens after those of the cache
        self._results: SimpleQueue[T | _End] = SimpleQueue()
        self.usage = Usage(prompt_tokens=len(prompt))
        self._begun: float | None = None

    # in the thread that asked

    def results(self) -> Iterator[T]:
        """Yield the results, and raise what ended them; leaving early cancels the request."""
        try:
            while True:
                result = self._results.get()
                if isinstance(result, _End):
                    if result.error is not None:
                        raise result.error
                    return
                yield result
        finally:
            self._abandoned = True

    # in the thread that owns the model

    @property
    def stopped(self) -> Literal["cancelled", "timeout"] | None:
        """Why nobody wants the rest; None while it is wanted."""
        if self._abandoned or self._cancelled.is_set():
            return "cancelled"
        return "timeout" if perf_counter() - self.asked > self.timeout else None

    @property
    def queue_wait_ms(self) -> float:
        """Wait until the model began with it, or until now."""
        return ((self._begun or perf_counter()) - self.asked) * 1000

    @property
    def tokens_left(self) -> int:
        """Tokens that the model must read before the next result."""
        return len(self._unread)

    def begin(self, cache: Cache) -> None:
        """Start after what a cache holds of the prompt."""
        self.cache = cache
        self._unread = self.prompt[len(cache.tokens) :]
        self.usage = replace(self.usage, cached_tokens=len(cache.tokens))
        self._begun = perf_counter()

    def part(self, count: int) -> Part:
        """Return its part of a pass that reads the next `count` tokens."""
        return Part(self._unread[:count], self.cache, self.wants if count == self.tokens_left else None)

    def advance(self, count: int, logits: torch.Tensor | None) -> bool:
        """Take what a pass of `count` tokens gave; tell whether the request has ended.

        Raises:
            BadLogits: the model computed no numbers.
        """
        self._unread = self._unread[count:]
        if logits is None:
            return False
        if torch.isnan(logits.sum()):
            raise BadLogits("the model's answer is no number (NaN): its weights or its precision are broken")
        return self._answer(logits)

    def tell(self, result: T) -> None:
        """Hand a result to who asked."""
        self._results.put(result)

    def finish(self, error: Exception | None = None) -> None:
        """Tell who asked that nothing follows."""
        self._results.put(_End(error))

    @abstractmethod
    def stop(self, reason: Literal["cancelled", "timeout"]) -> Exception | None:
        """Say last words, or return the error that a stop is."""

    @abstractmethod
    def _answer(self, logits: torch.Tensor) -> bool:
        """Make a result of the logits after all tokens; tell whether it is the last one."""
