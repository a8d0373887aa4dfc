"""The one owner of the model: `stream()` writes, `generate()` drains it, `score()` ranks labels."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from inference.config import EngineConfig
from inference.errors import InputError
from inference.model import Model
from inference.part import Part
from inference.prefix_cache import PrefixCache, shared
from inference.reply import Reply
from inference.request import Request
from inference.scheduler import Scheduler
from inference.scoring import Scoring, split_labels
from inference.types import Chunk, Message, Sampling, Score
from inference.worker import Worker


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
        self._model.forward([Part(first[: shared(first, second)], cache, None)])
        self._prefixes.pin(cache)

    def together(self) -> AbstractContextManager[None]:
        """Let what is asked for within the block be read in the same pass."""
        return self._worker.together()

    def stream(
        self, messages: Sequence[Message], sampling: Sampling, cancelled: threading.Event | None = None
    ) -> Iterator[Chunk]:
        """Ask for a reply, which comes piece by piece; the last chunk alone has a `finish_reason`.

        Setting `cancelled`, or closing the iterator, stops the model before its next token.

        Raises:
            InputError: the prompt and the reply do not fit the context.
            EngineBusy: too many requests wait already.
            EngineClosed: the engine is shutting down.
        """
        prompt = self._model.encode_chat(messages)
        _check_room(len(prompt), self.context_tokens - sampling.max_new_tokens)
        model, stop = self._model, cancelled or threading.Event()
        reply = Reply(prompt, sampling, model.text_stream(), model.end_ids, stop, self._timeout)
        self._worker.submit(reply)
        return reply.results()

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Chunk:
        """Return the whole reply as one chunk; raises what `stream()` raises."""
        chunks = list(self.stream(messages, sampling))
        return replace(chunks[-1], text="".join(chunk.text for chunk in chunks))

    def start_score(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        cancelled: threading.Event | None = None,
    ) -> Callable[[], Score]:
        """Ask how probable each label is as the reply; return what waits for the answer.

        Labels are compared at the first token in which they differ; what they share before it
        becomes part of the prompt.

        Raises:
            ValueError: two labels do not differ in that token.
            InputError: the prompt does not fit the context.
            RequestCancelled: (the answer) `cancelled` was set before it was there.
            RequestTimeout: (the answer) it took too long.
            EngineBusy: too many requests wait already.
            EngineClosed: the engine is shutting down.
        """
        common, first_ids = split_labels([self._model.encode(label) for label in labels])
        prompt = self._model.encode_chat(messages) + common
        _check_room(len(prompt), self.context_tokens)
        scoring = Scoring(prompt, first_ids, cancelled or threading.Event(), self._timeout)
        self._worker.submit(scoring)

        def answer() -> Score:
            (score,) = scoring.results()  # to the end: then its place is free
            return score

        return answer

    def score(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        cancelled: threading.Event | None = None,
    ) -> Score:
        """Tell how probable each label is as the reply; raises what `start_score()` names."""
        return self.start_score(messages, labels, cancelled)()

    def close(self) -> None:
        """Cancel what runs, wait for its end, and take no more work."""
        self._worker.close()


def _check_room(tokens: int, room: int) -> None:
    if tokens > room:
        raise InputError(
            "too_many_tokens",
            f"the prompt has {tokens} tokens, {room} are allowed",
            tokens=tokens,
            limit=room,
        )
