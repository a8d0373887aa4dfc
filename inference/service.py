"""One user message -> one request id -> both tasks -> the observer."""

import threading
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, Literal, Protocol

from inference.config import EngineConfig
from inference.engine.request import Finished
from inference.errors import EngineClosed, InferenceError, RequestCancelled, RequestTimeout
from inference.loader import Loader
from inference.tasks import chat, sentiment
from inference.tasks.message import check_message
from inference.types import Chunk, Message, Sampling, Score, Sentiment, Usage

if TYPE_CHECKING:
    from inference.engine.engine import Engine

TaskType = Literal["sentiment", "chat"]
CLOSE_SECONDS = 5.0


class Span(Protocol):
    """What is known of one task while it runs."""

    def set(self, **fields: object) -> None:
        """Note fields of the task's record; a later value replaces an earlier one."""


class Observer(Protocol):
    """Who is told of every task."""

    def track(self, task_type: str, request_id: str, **fields: object) -> AbstractContextManager[Span]:
        """Follow one task: entered when it starts, left when it ends, however it ends."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The request has its id; everything that follows belongs to it."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A task ended without its result."""

    task_type: TaskType
    error: Exception


Event = Accepted | Sentiment | Chunk | Failed
_Task = Generator[Event | None, Any, None]  # it is sent what the model tells of it
_Told = SimpleQueue[tuple[TaskType, Score | Chunk | Finished]]


@dataclass(eq=False, slots=True)
class _Request:
    session_id: str | None
    text: object  # as it came; anything may come through the API
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started: float = field(default_factory=perf_counter)
    cancelled: threading.Event = field(default_factory=threading.Event)
    spans: dict[TaskType, Span] = field(default_factory=dict)
    waited_ms: float = 0.0  # until it was handed to the engine


class Service:
    """Answer messages with both tasks; safe to call from any thread."""

    def __init__(self, loader: Loader, observer: Observer, config: EngineConfig) -> None:
        self._loader = loader
        self._observer = observer
        self._config = config
        self._sampling = Sampling(temperature=config.temperature, max_new_tokens=config.max_new_tokens)
        self._running: set[_Request] = set()
        self._changed = threading.Condition()
        self._closed = False

    def respond(
        self, text: object, history: Sequence[Message] = (), session_id: str | None = None
    ) -> Generator[Event, None, None]:
        """Answer one message: its request id, then its sentiment and the chunks of its reply, as they come.

        Whatever goes wrong comes as `Failed`; nothing is raised. Every task leaves one record, also
        where the caller closes the iterator early.
        """
        request = _Request(session_id, text)
        with self._changed:
            self._running.add(request)
        try:
            yield from self._answer(request, history)
        finally:
            request.cancelled.set()
            with self._changed:
                self._running.discard(request)
                self._changed.notify_all()

    def cancel(self, session_id: str | None) -> None:
        """Stop everything that runs for this session; the model stops before its next token."""
        with self._changed:
            for request in self._running:
                if request.session_id == session_id:
                    request.cancelled.set()

    def close(self) -> None:
        """Refuse new messages, stop the running ones, and wait for their records."""
        with self._changed:
            self._closed = True
            for request in self._running:
                request.cancelled.set()
            deadline = monotonic() + CLOSE_SECONDS
            while self._running and (left := deadline - monotonic()) > 0:
                self._changed.wait(left)

    def _answer(self, request: _Request, history: Sequence[Message]) -> Iterator[Event]:
        """Hand each task what the model tells of it, in order of arrival; yield what it makes of that."""
        told: _Told = SimpleQueue()
        running: dict[TaskType, _Task] = {"sentiment": self._sentiment(request), "chat": self._chat(request)}
        try:
            for task in running.values():
                next(task)
            yield Accepted(request.id)
            self._ask(request, history, told)
            while running:
                task_type, result = told.get()
                task = running[task_type]
                error = None
                if isinstance(result, Finished):
                    del running[task_type]
                    error = result.error
                event = task.throw(error) if error else task.send(result)
                if event is not None:
                    yield event
        finally:
            for task in running.values():
                task.close()

    def _sentiment(self, request: _Request) -> _Task:
        try:
            with self._track(request, "sentiment") as span:
                score = yield None
                yield None  # until the end
                result = sentiment.from_score(score)
                span.set(label=result.label, confidence=result.confidence)
                span.set(queue_wait_ms=score.queue_wait_ms, **_usage_fields(score.usage))
        except Exception as error:  # the task's edge: it is in the record, and goes to the caller
            yield Failed("sentiment", error)
        else:
            yield result

    def _chat(self, request: _Request) -> _Task:
        try:
            with self._track(request, "chat") as span:
                reply, event = "", None
                while not isinstance(result := (yield event), Finished):
                    chunk = result
                    reply += chunk.text
                    if chunk.ttft_ms is not None:
                        chunk = replace(chunk, ttft_ms=chunk.ttft_ms + request.waited_ms)
                    span.set(output_text=reply, output_chars=len(reply), **_chunk_fields(chunk))
                    event = chunk if chunk.finish_reason is None else None
                if chunk.finish_reason == "timeout":
                    raise RequestTimeout(f"no end within {self._config.request_timeout:g} s: REQUEST_TIMEOUT")
        except Exception as error:  # the same
            yield Failed("chat", error)
        else:
            yield chunk  # the last one, after the record: a caller that stops here loses nothing

    def _ask(self, request: _Request, history: Sequence[Message], told: _Told) -> None:
        """Hand both tasks to the engine, for the same pass; what goes wrong is the end of that task."""

        def tell_sentiment(result: Score | Finished) -> None:
            told.put(("sentiment", result))

        def tell_chat(result: Chunk | Finished) -> None:
            told.put(("chat", result))

        try:
            engine, text = self._accept(request)
        except Exception as error:  # the same
            tell_sentiment(Finished(error))
            tell_chat(Finished(error))
            return
        for span in request.spans.values():
            span.set(model=engine.model_name, engine=engine.kind)
        prompt: Sequence[Message] = ()
        with _ending(tell_chat):
            limit = engine.context_tokens - self._sampling.max_new_tokens
            prompt = chat.build_prompt(history, text, engine.count_tokens, limit)
        cancelled = request.cancelled.is_set
        with engine.together():
            request.waited_ms = (perf_counter() - request.started) * 1000
            with _ending(tell_sentiment):
                engine.ask_score(sentiment.build_prompt(text), sentiment.WORDS, tell_sentiment, cancelled)
            if prompt:
                with _ending(tell_chat):
                    engine.ask_reply(prompt, self._sampling, tell_chat, cancelled)

    def _accept(self, request: _Request) -> "tuple[Engine, str]":
        if self._closed:
            if request.cancelled.is_set():  # it was running when `close()` came
                raise RequestCancelled("the app is shutting down")
            raise EngineClosed("the app is shutting down")
        text = check_message(request.text, self._config.max_input_chars)
        return self._loader.engine, text

    @contextmanager
    def _track(self, request: _Request, task_type: TaskType) -> Iterator[Span]:
        text = request.text if isinstance(request.text, str) else ""
        with self._observer.track(
            task_type,
            request.id,
            session_id=request.session_id,
            input_chars=len(text),
            input_text=text,
            output_chars=0,
        ) as span:
            request.spans[task_type] = span
            try:
                yield span
            except GeneratorExit:
                span.set(status="cancelled", finish_reason="cancelled")
                raise
            except InferenceError as error:
                span.set(status=error.status)
                raise


@contextmanager
def _ending(tell: Callable[[Finished], None]) -> Iterator[None]:
    """Tell of an error as the end of the task to which it belongs."""
    try:
        yield
    except Exception as error:
        tell(Finished(error))


def _usage_fields(usage: Usage) -> dict[str, int]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "cached_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
    }


def _chunk_fields(chunk: Chunk) -> dict[str, object]:
    ended = {"status": "cancelled"} if chunk.finish_reason == "cancelled" else {}
    return {
        "queue_wait_ms": chunk.queue_wait_ms,
        "ttft_ms": chunk.ttft_ms,
        "tokens_per_second": chunk.tokens_per_second,
        "finish_reason": chunk.finish_reason,
        **ended,
        **_usage_fields(chunk.usage),
    }
