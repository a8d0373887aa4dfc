"""A request to the model: the tokens that are still to be read, and the callback for its results."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

import torch

from inference.engine.prefix_cache import common_prefix
from inference.errors import BadLogits
from inference.model.batch import Cache, SequenceSlice
from inference.types import Caller, Finished, Usage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Handling(Generic[T]):
    """Where the results of a request go, when it ends early, who asks, and what it may take."""

    on_result: Callable[[T | Finished], object]
    cancelled: Callable[[], bool]
    caller: Caller
    capacity: int  # tokens; the most that its sequence may have
    kv_bytes: int  # the most that the keys and values of its sequence may take
    timeout: float  # s, from the submission
    clock: Callable[[], float]  # returns s


class Request(ABC, Generic[T]):
    """The tokens of a request, and a callback that gets each result, then `Finished`."""

    takes_slot = True  # whether it counts towards `max_batch`
    logits_for: Literal["all"] | Sequence[int] = "all"

    def __init__(self, prompt: list[int], handling: Handling[T]) -> None:
        self.prompt = prompt
        self.cache: Any = None
        self.on_result = handling.on_result
        self.caller = handling.caller
        self.capacity = handling.capacity
        self.kv_bytes = handling.kv_bytes
        self.timeout = handling.timeout
        self._cancelled = handling.cancelled
        self._clock = handling.clock
        self._submitted_at = self._clock()
        self._unread = prompt  # tokens that the model has not read yet
        self.usage = Usage(prompt_tokens=len(prompt))
        self._began_at: float | None = None

    @property
    def client(self) -> str | None:
        """The client among whom requests take turns."""
        return self.caller.client

    @property
    def stopped(self) -> Literal["cancelled", "timeout"] | None:
        """The reason to end the request early, if there is one."""
        if self._cancelled():
            return "cancelled"
        return "timeout" if self._clock() - self._submitted_at > self.timeout else None

    @property
    def queue_wait_ms(self) -> float:
        """Time from the submission to the first pass, or until now."""
        until = self._clock() if self._began_at is None else self._began_at
        return (until - self._submitted_at) * 1000

    @property
    def tokens_left(self) -> int:
        """The number of tokens that the model reads before the next result."""
        return len(self._unread)

    def mark_submitted(self) -> None:
        """Start to measure times: the wait, the time to first token, and the timeout."""
        self._submitted_at = self._clock()

    def begin(self, cache: Cache) -> None:
        """Start with a cache that holds the first tokens of the prompt; they are not read again."""
        self.cache = cache
        self._unread = self.prompt[len(cache.tokens) :]
        self.usage = replace(self.usage, cached_tokens=len(cache.tokens))
        self._began_at = self._clock()

    def read_on(self, prompt: list[int]) -> None:
        """Go on with another prompt: what it has in common with the tokens read so far is not read again."""
        # The last token is read in any case: the model computes its logits then.
        known = min(common_prefix(self.cache.tokens, prompt), len(prompt) - 1)
        self.cache.cut(known)
        self._unread = prompt[known:]
        self.usage = replace(self.usage, prompt_tokens=self.usage.prompt_tokens + len(self._unread))

    def next_slices(self, count: int) -> list[SequenceSlice]:
        """Return the next `count` tokens for a pass; logits are wanted only after the last unread token."""
        tokens = self._unread[:count]
        logits_for = self.logits_for if len(tokens) == len(self._unread) else None
        return [SequenceSlice(tokens, self.cache, logits_for)]

    def advance(self, read: Sequence[SequenceSlice], logits: Sequence[torch.Tensor | None]) -> bool:
        """Handle the logits of a pass that has `read` the next slices; return whether the request has ended.

        Raises:
            BadLogits: a logit is NaN.
        """
        ((part,), (found,)) = read, logits
        self._unread = self._unread[len(part.tokens) :]
        return found is not None and self._answer(checked(found))

    @abstractmethod
    def stop(self, reason: Literal["cancelled", "timeout"]) -> Exception | None:
        """Send a last result, or return the error that ends the request."""

    @abstractmethod
    def _answer(self, logits: torch.Tensor) -> bool:
        """Send the result for the logits of the last token; return whether it is the last result."""


def checked(logits: torch.Tensor) -> torch.Tensor:
    """Return logits that are numbers.

    Raises:
        BadLogits: one is NaN.
    """
    if torch.isnan(logits.sum()):
        raise BadLogits("the model computed an invalid number (NaN): try another DTYPE")
    return logits
