"""Answer one message: it gets a request id, runs through all tasks, and each task leaves a record."""

import threading
import uuid
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any

from inference.call import Call
from inference.config import EngineConfig
from inference.errors import (
    EngineClosed,
    InferenceError,
    RequestCancelled,
    RequestTimeout,
    as_exception,
)
from inference.events import Accepted, Event, Failed
from inference.loader import Loader
from inference.observer import Observer
from inference.tasks import TypedTask, load_tasks, tasks_of_message
from inference.tasks.message import check_message
from inference.tasks.task import Task, TaskKind, UserMessage
from inference.types import Caller, Chunk, Finished, Message, Sampling

if TYPE_CHECKING:
    from inference.engine.engine import Engine
    from inference.engine.places import Place
    from inference.engine.request import Request

CLOSE_SECONDS = 5.0  # `close()` waits at most this time for running requests
# The engine ends a request after REQUEST_TIMEOUT; where it does not, the service does so much later.
GRACE_SECONDS = 30.0
_Results = SimpleQueue[tuple["_Running", Any]]


@dataclass(eq=False, slots=True)
class _Request:
    call: Call
    id: str
    started: float = field(default_factory=perf_counter)
    cancelled: threading.Event = field(default_factory=threading.Event)
    waited_ms: float = 0.0  # time until its tasks were submitted to the engine


class _Running:
    """One task of a request, from its start to its record."""

    def __init__(self, task: Task, request: _Request, observer: Observer) -> None:
        self.task = task
        self._request = request
        call = request.call
        text = call.text if isinstance(call.text, str) else ""
        self._record = ExitStack()  # closing it writes the record
        self.span = self._record.enter_context(
            observer.track(
                task.name,
                request.id,
                session_id=call.caller.session,
                input_chars=len(text),
                input_text=text,
                output_chars=0,
                **call.fields,
            )
        )

    def on_result(self, result: Any) -> tuple[Event | None, bool]:
        """Hand a result of the engine to the task; return the caller's event, and whether the task has ended.

        The time to first token counts from the start of the request, not from its submission to the engine.
        """
        if isinstance(result, Finished):
            return self._end(result.error), True
        if isinstance(result, Chunk) and result.ttft_ms is not None:
            result = replace(result, ttft_ms=result.ttft_ms + self._request.waited_ms)
        try:
            return self.task.on_result(result, self.span), False
        except Exception as error:  # the task's edge: the error ends only this task
            return self._end(error), True

    def cancel(self) -> None:
        """Write the record of a task that the caller no longer waits for."""
        self.span.set(status="cancelled", finish_reason="cancelled")
        self._record.close()

    def _end(self, error: Exception | None) -> Event:
        """Write the record; return the event with the result or the error."""
        try:
            with self._record:
                return self._result(error)
        except Exception as failure:  # the task's edge: the error is in the record, and goes to the caller
            return Failed(self.task.name, failure)

    def _result(self, error: Exception | None) -> Event:
        """Return the task's result, or set the status of its error in the record and raise the error."""
        try:
            if error is not None:
                raise error
            return self.task.on_end(self.span)
        except InferenceError as failure:
            self.span.set(status=failure.status)
            raise


class Service:
    """Answer messages with all tasks; safe to call from any thread."""

    def __init__(
        self,
        loader: Loader,
        observer: Observer,
        config: EngineConfig,
        tasks: Sequence[TaskKind] | None = None,
        close_seconds: float = CLOSE_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._loader = loader
        self._observer = observer
        self._config = config
        # None: the shipped ones.
        self._tasks = tasks_of_message(load_tasks()) if tasks is None else tasks
        self._close_seconds = close_seconds
        self._grace_seconds = grace_seconds
        self._sampling = Sampling(temperature=config.temperature, max_new_tokens=config.max_new_tokens)
        self._running: set[_Request] = set()
        self._changed = threading.Condition()
        self._closed = False

    def with_reply_limit(self, max_new_tokens: int) -> "Service":
        """Return a service of the same model, observer and tasks, with replies of at most so many tokens."""
        limit = min(max_new_tokens, self._config.max_new_tokens)
        config = self._config.model_copy(update={"max_new_tokens": limit})
        return Service(
            self._loader, self._observer, config, self._tasks, self._close_seconds, self._grace_seconds
        )

    @property
    def asked(self) -> tuple[str, ...]:
        """The names of the typed questions that are asked of each message."""
        return tuple(task.name for task in self._tasks if isinstance(task, TypedTask))

    def respond(
        self,
        text: object,
        history: Sequence[Message] = (),
        session_id: str | None = None,
        client: str | None = None,
    ) -> Generator[Event, None, None]:
        """Yield the request id of one message, then the labels and chunks of its tasks as they arrive.

        `client` is the address of who asks, which has a limited number of messages; None is the operator.
        What the model remembers of a conversation serves its session alone.

        Errors are yielded as `Failed`; nothing is raised. Each task leaves one record, even if the caller
        closes the iterator early.
        """
        yield from self.ask(Call(text, history, Caller(client, session_id)))

    def ask(self, call: Call) -> Generator[Event, None, None]:
        """Yield the request id of a call, then the labels and chunks of its tasks as they arrive.

        As with `respond()`, errors are yielded, and each task leaves one record.
        """
        request = _Request(call, call.request_id or uuid.uuid4().hex)
        if call.cancelled is not None:
            request.cancelled = call.cancelled
        with self._changed:
            self._running.add(request)
        try:
            yield from self._answer(request)
        finally:
            request.cancelled.set()
            with self._changed:
                self._running.discard(request)
                self._changed.notify_all()

    def cancel(self, session_id: str | None) -> None:
        """Stop all requests of a session; the model stops before its next token."""
        with self._changed:
            for request in self._running:
                if request.call.caller.session == session_id:
                    request.cancelled.set()

    def close(self) -> None:
        """Refuse new messages, cancel the running ones, and wait for their records."""
        with self._changed:
            self._closed = True
            for request in self._running:
                request.cancelled.set()
            deadline = monotonic() + self._close_seconds
            while self._running and (left := deadline - monotonic()) > 0:
                self._changed.wait(left)

    def _answer(self, request: _Request) -> Iterator[Event]:
        """Yield the events of all tasks in the order in which the engine's results arrive."""
        results: _Results = SimpleQueue()
        running: list[_Running] = []
        try:
            kinds = self._tasks if request.call.tasks is None else request.call.tasks
            running += (_Running(kind(), request, self._observer) for kind in kinds)
            yield Accepted(request.id)
            self._submit(request, tuple(running), results)
            while running:
                task, result = self._next_result(request, results, running)
                # A task whose own code failed has ended, so late results of its request are ignored.
                if task in running:
                    event, ended = task.on_result(result)
                    if ended:
                        running.remove(task)
                    if event is not None:
                        yield event
        finally:
            for task in running:
                task.cancel()

    def _next_result(
        self, request: _Request, results: _Results, running: Sequence[_Running]
    ) -> tuple[_Running, Any]:
        """Wait for a result; an engine that gives none for too long ends the first running task."""
        allowed = self._config.request_timeout + self._grace_seconds
        try:
            return results.get(timeout=max(0.0, request.started + allowed - perf_counter()))
        except Empty:
            text = f"the engine has not answered for {allowed:.0f} s: start the app again if this goes on"
            return running[0], Finished(RequestTimeout(text))

    def _submit(self, request: _Request, tasks: Sequence[_Running], results: _Results) -> None:
        """Find a place, tokenize all tasks, then submit them for the same pass; an error ends its task."""
        try:
            engine, text = self._accept(request)
            place = engine.places.take(request.call.caller, len(tasks))
        except Exception as error:  # the message's edge: the error ends all tasks
            for task in tasks:
                results.put((task, Finished(error)))
            return
        call = request.call
        message = UserMessage(text, call.history, call.sampling or self._sampling, call.caller)
        prepared: list[Request[Any]] = []
        for task in tasks:
            task.span.set(model=engine.model_name, engine=engine.kind)
            on_result = partial(_put, results, task, place)
            try:
                prepared.append(task.task.prepare(engine, message, on_result, request.cancelled.is_set))
            except BaseException as error:  # the task's edge: the error ends only this task
                on_result(Finished(as_exception(error)))
        request.waited_ms = (perf_counter() - request.started) * 1000
        engine.submit(prepared)

    def _accept(self, request: _Request) -> "tuple[Engine, str]":
        if self._closed:
            if request.cancelled.is_set():  # the request was running when `close()` was called
                raise RequestCancelled("the app is shutting down")
            raise EngineClosed("the app is shutting down")
        text = check_message(request.call.text, self._config.max_input_chars)
        return self._loader.engine, text


def _put(results: _Results, task: _Running, place: "Place", result: Any) -> None:
    """Hand a result to the caller's thread; the place is free before the caller can ask again."""
    if isinstance(result, Finished):
        place.end_part()
    results.put((task, result))
