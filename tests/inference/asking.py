"""Submit requests to an engine and wait for results; tests and benchmarks use it in place of the service."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from queue import SimpleQueue
from typing import TypeVar

from inference.engine.engine import Engine, never
from inference.engine.request import Request
from inference.types import NOBODY, Caller, Chunk, Finished, Message, Question, Sampling, Score

T = TypeVar("T")


def prepare_stream(
    engine: Engine,
    messages: Sequence[Message],
    sampling: Sampling,
    cancelled: Callable[[], bool] = never,
    caller: Caller = NOBODY,
) -> tuple[Request[Chunk], Iterator[Chunk]]:
    """Return a request to submit, and its chunks; closing them stops the model before its next token."""
    chunks: SimpleQueue[Chunk | Finished] = SimpleQueue()
    left = threading.Event()
    request = engine.prepare_reply(
        messages, sampling, chunks.put, lambda: left.is_set() or cancelled(), caller
    )
    return request, _until_finished(chunks, left)


def prepare_score(
    engine: Engine,
    messages: Sequence[Message],
    labels: Sequence[str],
    cancelled: Callable[[], bool] = never,
    caller: Caller = NOBODY,
) -> tuple[Request[Score], Callable[[], Score]]:
    """Return a request to submit, and a function that waits for its score."""
    scores: SimpleQueue[Score | Finished] = SimpleQueue()
    question = engine.tokenize(Question(messages, labels))
    request = engine.prepare_score([question], scores.put, cancelled, caller)

    def wait() -> Score:
        (score,) = _until_finished(scores, threading.Event())
        return score

    return request, wait


def ask_stream(
    engine: Engine,
    messages: Sequence[Message],
    sampling: Sampling,
    cancelled: Callable[[], bool] = never,
    caller: Caller = NOBODY,
) -> Iterator[Chunk]:
    """Submit a request and return its chunks; the iterator raises the error that ended the request."""
    request, chunks = prepare_stream(engine, messages, sampling, cancelled, caller)
    engine.submit([request])
    return chunks


def ask_reply(
    engine: Engine, messages: Sequence[Message], sampling: Sampling, caller: Caller = NOBODY
) -> Chunk:
    """Return the whole reply as one chunk."""
    chunks = list(ask_stream(engine, messages, sampling, caller=caller))
    return replace(chunks[-1], text="".join(chunk.text for chunk in chunks))


def start_score(
    engine: Engine,
    messages: Sequence[Message],
    labels: Sequence[str],
    cancelled: Callable[[], bool] = never,
    caller: Caller = NOBODY,
) -> Callable[[], Score]:
    """Submit a request and return a function that waits for its score."""
    request, wait = prepare_score(engine, messages, labels, cancelled, caller)
    engine.submit([request])
    return wait


def ask_score(
    engine: Engine, messages: Sequence[Message], labels: Sequence[str], cancelled: Callable[[], bool] = never
) -> Score:
    """Return the probability of each label as the reply."""
    return start_score(engine, messages, labels, cancelled)()


def _until_finished(results: "SimpleQueue[T | Finished]", left: threading.Event) -> Iterator[T]:
    """Yield the results, and raise the error that ended them; set `left` when the iterator is closed."""
    try:
        while not isinstance(result := results.get(timeout=120), Finished):
            yield result
        if result.error is not None:
            raise result.error
    finally:
        left.set()
