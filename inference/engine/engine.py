"""The one owner of the model: `stream()` writes, `generate()` drains it, `score()` ranks labels."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from queue import SimpleQueue
from typing import Any, TypeVar

from inference.config import EngineConfig
from inference.engine.prefix_cache import PrefixCache, shared
from inference.engine.reply import Reply
from inference.engine.request import Finished, Request
from inference.engine.scheduler import Scheduler
from inference.engine.scoring import Scoring, split_labels
from inference.engine.worker import Worker
from inference.errors import InputError
from inference.model.batch import SequenceSlice
from inference.model.language_model import Model
from inference.types import Chunk, Message, Sampling, Score

T = TypeVar("T")


def never() -> bool:
    """Nobody cancels it."""
    return False


class Engine:
    """Answer several callers at once with one model; safe to call from any thread."""

    def __init__(self, model: Model, config: EngineConfig) -> None:
        self._model = model
        self._timeout = config.request_timeout
        self._prefixes = PrefixCache(config.kv_cache_mb << 20)
        scheduler = Scheduler[Request[Any]](config.max_batch, model.pass_tokens)
        self._worker = Worker(model, scheduler, self._prefixes, config.max_batch + config.max_waiting)
        self.context_tokens = min(config.context_tokens, model.max_tokens)

    @property
    def model_name(self) -> str:
        """Name of the model that answers."""
        return self._model.name

    @property
    def kind(self) -> str:
        """What runs the model, e.g. `torch-bf16`."""
        return f"torch-{self._model.dtype}"

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Count the prompt tokens of a conversation, the chat template included."""
        return len(self._model.encode_chat(messages))

    def pin(self, build_prompt: Callable[[str], Sequence[Message]]) -> None:
        """Read the beginning that a task's prompts share once, and keep it; before the first request."""
        first, second = (self._model.encode_chat(build_prompt(text)) for text in ("A", "一"))
        cache = self._model.new_cache()
        self._model.forward([SequenceSlice(first[: shared(first, second)], cache, None)])
        self._prefixes.pin(cache)

    def together(self) -> AbstractContextManager[None]:
        """Let what is asked for within the block start with the same pass."""
        return self._worker.together()

    def ask_reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        tell: Callable[[Chunk | Finished], object],
        cancelled: Callable[[], bool] = never,
    ) -> None:
        """Ask for a reply: `tell` gets its chunks, then the `Finished`, and must not wait.

        The last chunk alone has a `finish_reason`. The model stops before its next token once `cancelled`.

        Raises:
            InputError: the prompt and the reply do not fit the context.
            EngineBusy: too many requests wait already.
            EngineClosed: the engine is shutting down.
        """
        prompt = self._model.encode_chat(messages)
        _check_room(len(prompt), self.context_tokens - sampling.max_new_tokens)
        text, end_ids = self._model.text_stream(), self._model.end_ids
        self._worker.submit(Reply(prompt, sampling, text, end_ids, tell, cancelled, self._timeout))

    def ask_score(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        tell: Callable[[Score | Finished], object],
        cancelled: Callable[[], bool] = never,
    ) -> None:
        """Ask how probable each label is as the reply: `tell` gets the score, then the `Finished`.

        Labels are compared at the first token in which they differ; what they share before it
        becomes part of the prompt.

        Raises:
            ValueError: two labels do not differ in that token.
            InputError: the prompt does not fit the context.
            RequestCancelled: (in the `Finished`) it was cancelled before the answer was there.
            RequestTimeout: (in the `Finished`) it took too long.
            EngineBusy: too many requests wait already.
            EngineClosed: the engine is shutting down.
        """
        common, first_ids = split_labels([self._model.encode(label) for label in labels])
        prompt = self._model.encode_chat(messages) + common
        _check_room(len(prompt), self.context_tokens)
        self._worker.submit(Scoring(prompt, first_ids, tell, cancelled, self._timeout))

    def stream(
        self, messages: Sequence[Message], sampling: Sampling, cancelled: Callable[[], bool] = never
    ) -> Iterator[Chunk]:
        """Ask for a reply at once, which comes piece by piece; raises what `ask_reply()` raises.

        Closing the iterator stops the model before its next token.
        """
        chunks: SimpleQueue[Chunk | Finished] = SimpleQueue()
        left = threading.Event()
        self.ask_reply(messages, sampling, chunks.put, lambda: left.is_set() or cancelled())
        return _until_end(chunks, left)

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Chunk:
        """Return the whole reply as one chunk; raises what `ask_reply()` names."""
        chunks = list(self.stream(messages, sampling))
        return replace(chunks[-1], text="".join(chunk.text for chunk in chunks))

    def score(
        self, messages: Sequence[Message], labels: Sequence[str], cancelled: Callable[[], bool] = never
    ) -> Score:
        """Tell how probable each label is as the reply; raises what `ask_score()` names."""
        scores: SimpleQueue[Score | Finished] = SimpleQueue()
        self.ask_score(messages, labels, scores.put, cancelled)
        (score,) = _until_end(scores, threading.Event())
        return score

    def close(self) -> None:
        """Cancel what runs, wait for its end, and take no more work."""
        self._worker.close()


def _until_end(results: "SimpleQueue[T | Finished]", left: threading.Event) -> Iterator[T]:
    """Yield the results, and raise what ended them; set `left` when nobody listens any more."""
    try:
        while not isinstance(result := results.get(), Finished):
            yield result
        if result.error is not None:
            raise result.error
    finally:
        left.set()


def _check_room(tokens: int, room: int) -> None:
    if tokens > room:
        raise InputError(
            "too_many_tokens",
            f"the prompt has {tokens} tokens, {room} are allowed",
            tokens=tokens,
            limit=room,
        )
