"""The one thread that runs the model: each pass continues all admitted requests."""

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Protocol

from inference.engine.prefix_cache import PrefixCache
from inference.engine.request import Request
from inference.engine.scheduler import Scheduler
from inference.errors import EngineClosed, EngineFailed, OutOfMemory, as_exception
from inference.model.batch import Cache, SequenceSlice
from inference.observer import ModelEvents, no_events
from inference.types import Finished

_log = logging.getLogger(__name__)

CLOSE_SECONDS = 20.0  # `close()` waits at most this time for the running pass
Plan = Sequence[tuple[Request[Any], int]]


class PassModel(Protocol):
    """The part of the model that the worker uses."""

    def new_cache(self, capacity: int) -> Cache:
        """Return the cache of a sequence without tokens, with room for `capacity` tokens."""

    def forward(self, batch: Sequence[SequenceSlice]) -> Sequence[Any]:
        """Run one pass; return the logits of each sequence."""


class Worker:
    """Run requests in one thread; safe to use from any other.

    `prefixes` keeps the caches of ended replies, and knows how many bytes the running requests may take.
    """

    def __init__(
        self,
        model: PassModel,
        scheduler: Scheduler[Request[Any]],
        prefixes: PrefixCache,
        on_event: ModelEvents = no_events,
        close_seconds: float = CLOSE_SECONDS,
    ) -> None:
        self._model = model
        self._scheduler = scheduler
        self._prefixes = prefixes
        self._on_event = on_event
        self._close_seconds = close_seconds
        self._changed = threading.Condition(threading.RLock())
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self._thread.start()

    def submit(self, requests: Sequence[Request[Any]]) -> None:
        """Accept requests that start with the same pass; once closed, end them with `EngineClosed`."""
        for request in requests:
            request.mark_submitted()
        with self._changed:
            is_closed = self._closed
            if not is_closed:
                for request in requests:
                    self._scheduler.add(request)
            self._changed.notify()
        if is_closed:
            for request in requests:
                request.on_result(Finished(EngineClosed("the engine is shutting down")))

    @property
    def kv_bytes(self) -> int:
        """The most bytes that pinned, kept and running sequences take now."""
        with self._changed:
            return self._prefixes.nbytes + self._scheduler.running_bytes

    def close(self) -> None:
        """Cancel all requests, wait until each has ended, and stop the thread; a second call does nothing.

        A pass that hangs is not waited for.
        """
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(self._close_seconds)

    def _run(self) -> None:
        while True:
            try:
                while (plan := self._next()) is not None:
                    self._pass(plan)
                return
            except BaseException as error:  # the thread's edge: nobody may wait for an answer for ever
                self._start_again(error)

    def _start_again(self, error: BaseException) -> None:
        """End all requests, and forget what may no longer be whole, so that new requests are answered."""
        reason = f"{type(error).__name__}: {error}"
        failure = EngineFailed(f"the engine failed, and was started again: {reason}. Send the message again")
        with self._changed:
            requests = self._scheduler.clear()
            self._prefixes.forget()
        for request in requests:
            request.cache = None
            _tell_end(request, failure)
        self._on_event(
            "engine.restarted",
            f"引擎出错并已重启: {reason}",
            logging.ERROR,
            error_type=type(error).__name__,
            error_message=str(failure),
            ended=len(requests),
        )

    def _next(self) -> Plan | None:
        """Wait for the next pass and return it; return None once the worker is closed and empty."""
        with self._changed:
            while True:
                self._end_stopped()
                for request in self._scheduler.admit(self._prefixes.room):
                    self._begin(request)
                if plan := self._scheduler.plan():
                    return plan
                if self._closed:
                    return None
                self._changed.wait()

    def _end_stopped(self) -> None:
        """End the requests that are cancelled or too late, and all requests once the worker is closed."""
        for request in self._scheduler.all:
            reason = "cancelled" if self._closed else request.stopped
            if reason is not None:
                self._end(request, request.stop(reason))

    def _begin(self, request: Request[Any]) -> None:
        capacity, running = request.capacity, self._scheduler.running_bytes
        try:
            known = self._prefixes.take(request.prompt, capacity, request.caller, running)
            request.begin(known or self._model.new_cache(capacity))
        except BaseException as error:  # the thread's edge: copying a long cache may lack memory
            self._end(request, _named(error))

    def _pass(self, plan: Plan) -> None:
        """Run a pass. If it fails, run each request alone, so that only the requests that cause it fail."""
        try:
            slices = [request.next_slices(count) for request, count in plan]
            answers = iter(self._model.forward([part for parts in slices for part in parts]))
        except BaseException as error:  # the thread's edge: the error goes to the caller
            if len(plan) > 1:
                for each in plan:
                    self._pass([each])
            else:
                self._end(plan[0][0], _named(error))
            return
        for (request, _), parts in zip(plan, slices, strict=True):
            logits = list(islice(answers, len(parts)))
            try:
                if request.advance(parts, logits):
                    self._end(request)
            except BaseException as error:  # the thread's edge: only this request fails
                self._end(request, _named(error))

    def _end(self, request: Request[Any], error: Exception | None = None) -> None:
        try:
            with self._changed:
                self._scheduler.remove(request)
                if request.takes_slot and request.cache is not None:
                    # Without the memory to cut a cache to its size, the next message reads everything anew.
                    with suppress(MemoryError, RuntimeError):
                        self._prefixes.keep(request.cache, request.caller, self._scheduler.running_bytes)
                request.cache = None
        finally:
            # Only now, because the caller may submit its next request at once, and needs the free slot.
            _tell_end(request, error)


def _tell_end(request: Request[Any], error: Exception | None) -> None:
    try:
        request.on_result(Finished(error))
    except Exception:  # whoever asked must not keep others from their answers
        _log.exception("the end of a request could not be told to whoever asked")


def _named(error: BaseException) -> Exception:
    """Return `OutOfMemory` for a lack of memory, which torch raises as a RuntimeError."""
    if isinstance(error, MemoryError) or "memory" in str(error).lower():
        return OutOfMemory(f"there is not enough memory for this request: {error}")
    return as_exception(error)
