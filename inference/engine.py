"""The one owner of the model: `stream()` decodes, `generate()` drains it, `score()` ranks labels."""

import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from time import perf_counter

import torch

from inference.config import EngineConfig
from inference.errors import InputError, RequestCancelled
from inference.model import Model
from inference.sampler import Sampler
from inference.types import Chunk, FinishReason, Message, Sampling, Score, Usage
from inference.worker import Worker


class Engine:
    """Answer several callers at once with one model; safe to call from any thread."""

    def __init__(self, model: Model, config: EngineConfig) -> None:
        self._model = model
        self._worker = Worker(config.max_active, config.max_waiting)
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

    def stream(
        self, messages: Sequence[Message], sampling: Sampling, cancelled: threading.Event | None = None
    ) -> Iterator[Chunk]:
        """Yield the reply piece by piece; the last chunk alone has a `finish_reason`.

        Setting `cancelled`, or closing the iterator, stops the model before its next token.

        Raises:
            InputError: the prompt and the reply do not fit the context.
            EngineBusy: too many requests wait already.
            EngineClosed: the engine is shutting down.
        """
        asked = perf_counter()
        prompt = self._model.encode_chat(messages)
        _check_room(len(prompt), self.context_tokens - sampling.max_new_tokens)
        steps = _decode(self._model, prompt, sampling, asked)
        job = self._worker.submit(steps, cancelled or threading.Event())
        last = None
        for last in job.results():
            yield last
        if last is None:
            last = Chunk("", Usage(len(prompt)), _ms_since(asked), None, None)
        if last.finish_reason is None:
            yield replace(last, text="", finish_reason="cancelled")

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Chunk:
        """Return the whole reply as one chunk; raises what `stream()` raises."""
        chunks = list(self.stream(messages, sampling))
        return replace(chunks[-1], text="".join(chunk.text for chunk in chunks))

    def score(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        cancelled: threading.Event | None = None,
    ) -> Score:
        """Tell how probable each label is as the reply, in one forward pass.

        Labels are compared at the first token in which they differ; what they share before it
        becomes part of the prompt.

        Raises:
            ValueError: two labels do not differ in that token.
            InputError: the prompt does not fit the context.
            RequestCancelled: `cancelled` was set before the answer was there.
            EngineBusy: too many requests wait already.
            EngineClosed: the engine is shutting down.
        """
        asked = perf_counter()
        shared, first_ids = _split_labels([self._model.encode(label) for label in labels])
        prompt = self._model.encode_chat(messages) + shared
        _check_room(len(prompt), self.context_tokens)
        steps = _score(self._model, prompt, first_ids, asked)
        job = self._worker.submit(steps, cancelled or threading.Event(), urgent=True)
        scores = list(job.results())  # to the end: then its slot is free for the caller's next request
        if not scores:
            raise RequestCancelled("the request was cancelled before its label was known")
        return scores[0]

    def close(self) -> None:
        """Cancel what runs, wait for its end, and take no more work."""
        self._worker.close()


def _decode(
    model: Model, prompt: list[int], sampling: Sampling, asked: float
) -> Generator[Chunk, None, None]:
    queue_wait_ms = _ms_since(asked)
    sampler = Sampler(sampling, prompt)
    text = model.text_stream()
    logits, cache = model.forward(prompt)
    first_token_at = perf_counter()
    ttft_ms = (first_token_at - asked) * 1000
    for produced in range(1, sampling.max_new_tokens + 1):
        token = sampler.draw(logits)
        finish: FinishReason | None = None
        if token in model.end_ids:
            finish = "stop"
        elif produced == sampling.max_new_tokens:
            finish = "length"
        piece = "" if finish == "stop" else text.step(token)
        decoded, seconds = produced - 1, perf_counter() - first_token_at  # the first is the prefill's
        yield Chunk(
            piece,
            Usage(prompt_tokens=len(prompt), output_tokens=produced),
            queue_wait_ms,
            ttft_ms,
            decoded / seconds if decoded else None,
            finish,
        )
        if finish is not None:
            return
        logits, cache = model.forward([token], cache)


def _score(
    model: Model, prompt: list[int], label_ids: list[int], asked: float
) -> Generator[Score, None, None]:
    queue_wait_ms = _ms_since(asked)
    logits, _ = model.forward(prompt)
    probabilities = torch.softmax(logits[label_ids], dim=-1).tolist()
    yield Score(tuple(probabilities), Usage(prompt_tokens=len(prompt)), queue_wait_ms)


def _check_room(tokens: int, room: int) -> None:
    if tokens > room:
        raise InputError(
            "too_many_tokens",
            f"the prompt has {tokens} tokens, {room} are allowed",
            tokens=tokens,
            limit=room,
        )


def _split_labels(labels: list[list[int]]) -> tuple[list[int], list[int]]:
    """Split tokenized labels into their common beginning and each one's next token."""
    shared = 0
    while all(len(ids) > shared for ids in labels) and len({ids[shared] for ids in labels}) == 1:
        shared += 1
    next_ids = [ids[shared] for ids in labels if len(ids) > shared]
    if len(set(next_ids)) != len(labels):
        raise ValueError(f"labels must differ in their first token that is not shared, got {labels}")
    return labels[0][:shared], next_ids


def _ms_since(start: float) -> float:
    return (perf_counter() - start) * 1000
