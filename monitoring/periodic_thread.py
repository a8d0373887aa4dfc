"""A thread that calls a function every so many seconds."""

import threading
from collections.abc import Callable


class PeriodicThread:
    """Call `work` in a daemon thread; `seconds` pass between the end of a call and the next call.

    `work` handles its own errors: one that it raises ends the thread. `stop()` waits for a running call, for
    `stop_seconds` at most; None waits for as long as the call takes.
    """

    def __init__(
        self, work: Callable[[], object], seconds: float, name: str, stop_seconds: float | None = None
    ) -> None:
        self._work = work
        self._seconds = seconds
        self._stop_seconds = stop_seconds
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_stopped(self) -> bool:
        """Whether `stop()` was called; a long call of `work` asks this and returns early."""
        return self._stopped.is_set()

    def start(self) -> None:
        """Begin; the first call comes after `seconds`, unless `wake()` asks for it at once."""
        self._thread.start()

    def wake(self) -> None:
        """Make the next call without waiting for its time."""
        self._woken.set()

    def pause(self, seconds: float) -> bool:
        """Wait, until `stop()` at most; return whether the thread is stopped."""
        return self._stopped.wait(seconds)

    def stop(self) -> None:
        """End the thread after the running call; a second call does nothing."""
        self._stopped.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(self._stop_seconds)

    def _run(self) -> None:
        while not self.is_stopped:
            self._woken.wait(self._seconds)
            # Clearing comes before the question whether the thread is stopped, so that stop() is not missed.
            self._woken.clear()
            if not self.is_stopped:
                self._work()
