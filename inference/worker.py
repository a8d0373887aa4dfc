"""One thread owns the model; jobs take turns on it, one step at a time."""

import threading
from collections import deque
from collections.abc import Generator, Iterator
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from inference.errors import EngineBusy, EngineClosed

T = TypeVar("T")


class _End:
    """The end of a job's results, and the error that ended it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


class Job(Generic[T]):
    """Work in steps, and the queue through which its results reach the thread that asked."""

    def __init__(
        self, steps: Generator[T, None, None], cancelled: threading.Event, *, urgent: bool = False
    ) -> None:
        self.urgent = urgent
        self._steps = steps
        self._results: SimpleQueue[T | _End] = SimpleQueue()
        self._cancelled = cancelled
        self._abandoned = False

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the rest."""
        return self._abandoned or self._cancelled.is_set()

    def cancel(self) -> None:
        """End the job before its next step."""
        self._abandoned = True

    def results(self) -> Iterator[T]:
        """Yield what the steps yield, and raise what they raise; leaving early cancels the job."""
        try:
            while True:
                result = self._results.get()
                if isinstance(result, _End):
                    if result.error is not None:
                        raise result.error
                    return
                yield result
        finally:
            self.cancel()

    def advance(self) -> _End | None:
        """Run one step in the worker's thread; return the end where there is no other."""
        try:
            if not self.cancelled:
                self._results.put(next(self._steps))
                return None
            self._steps.close()
        except StopIteration:
            pass
        except Exception as error:  # the thread's edge: it belongs to who asked
            return _End(error)
        return _End()

    def finish(self, end: _End) -> None:
        """Tell who asked that nothing follows."""
        self._results.put(end)


class Worker:
    """Run jobs in one thread: each gets a step in turn, so that none waits for another's end.

    At most `max_active` jobs take turns, the others wait in order of arrival. An urgent job, which
    should have a single step, goes before all of them. More than `max_active + max_waiting` are
    refused.
    """

    def __init__(self, max_active: int, max_waiting: int) -> None:
        self._max_active = max_active
        self._max_jobs = max_active + max_waiting
        self._active: deque[Job[Any]] = deque()
        self._waiting: deque[Job[Any]] = deque()
        self._unfinished = 0
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self._thread.start()

    def submit(
        self, steps: Generator[T, None, None], cancelled: threading.Event, *, urgent: bool = False
    ) -> Job[T]:
        """Hand in a job; setting `cancelled` ends it before its next step.

        Raises:
            EngineBusy: too many jobs wait already.
            EngineClosed: the worker takes no more jobs.
        """
        job = Job(steps, cancelled, urgent=urgent)
        with self._changed:
            if self._closed:
                raise EngineClosed("the engine is shutting down")
            if self._unfinished >= self._max_jobs:
                raise EngineBusy(
                    f"{self._max_jobs} requests wait for the model already; try again in a moment"
                )
            if urgent:
                self._active.appendleft(job)
            else:
                self._waiting.append(job)
            self._unfinished += 1
            self._changed.notify()
        return job

    def close(self) -> None:
        """Cancel all jobs, wait until each has ended, and stop the thread; a second call does nothing."""
        with self._changed:
            self._closed = True
            for job in (*self._active, *self._waiting):
                job.cancel()
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            end = job.advance()
            with self._changed:
                if end is not None:
                    self._unfinished -= 1
                elif job.urgent:
                    self._active.appendleft(job)
                else:
                    self._active.append(job)
                if self._closed:
                    job.cancel()
            if end is not None:
                job.finish(end)  # after its slot is free: who asked may ask again at once

    def _next(self) -> Job[Any] | None:
        """Take the job whose turn it is, waiting for one; None once the worker is closed and empty."""
        with self._changed:
            while not self._active and not self._waiting:
                if self._closed:
                    return None
                self._changed.wait()
            for job in self._waiting:
                if job.cancelled:
                    self._waiting.remove(job)
                    return job
            while self._waiting and len(self._active) < self._max_active:
                self._active.append(self._waiting.popleft())
            return self._active.popleft()
