"""One thread that loads files, one after the other, with a bounded share of a core."""

import threading
import time
from collections import deque
from collections.abc import Callable

from monitoring.reading.loaded_file import LoadedFile

# The share of one core that loading takes in the long run, whatever is looked at.
CPU_SHARE = 0.25
# So much processor time may be spent at once: a few large files.
BURST_SECONDS = 30.0


class FileLoader:
    """Load files in the order in which they come; where too much time was spent on it, they wait.

    `cpu_timer` tells the loader's thread's processor time in s, and `sleep` waits for so many s.
    """

    def __init__(
        self,
        timer: Callable[[], float] = time.monotonic,
        cpu_timer: Callable[[], float] = time.thread_time,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._timer = timer
        self._cpu_timer = cpu_timer
        self._closed = threading.Event()
        self._sleep = sleep or self._closed.wait
        self._waiting: deque[LoadedFile] = deque()
        self._has_work = threading.Condition()
        self._thread: threading.Thread | None = None
        # The moment at which all processor time is paid for.
        self._paid_at = 0.0

    def add(self, file: LoadedFile) -> None:
        """Load a file when it is its turn."""
        with self._has_work:
            self._waiting.append(file)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="file-loader", daemon=True)
                self._thread.start()
            self._has_work.notify()

    def remove(self, file: LoadedFile) -> None:
        """Give up a file, whether it loads or waits."""
        file.stop()
        with self._has_work:
            if file in self._waiting:
                self._waiting.remove(file)

    def close(self) -> None:
        """Give up all files, and end the thread."""
        with self._has_work:
            self._closed.set()
            self._waiting.clear()
            self._has_work.notify()

    def _run(self) -> None:
        while not self._closed.is_set():
            if (wait := self._paid_at - BURST_SECONDS / CPU_SHARE - self._timer()) > 0:
                self._sleep(wait)
            elif (file := self._next()) is not None:
                self._load(file)

    def _next(self) -> LoadedFile | None:
        """Wait for a file; return None at the end."""
        with self._has_work:
            while not self._waiting and not self._closed.is_set():
                self._has_work.wait()
            return self._waiting.popleft() if self._waiting else None

    def _load(self, file: LoadedFile) -> None:
        if file.is_stopped:
            return
        begin = self._cpu_timer()
        file.load()
        cost = (self._cpu_timer() - begin) / CPU_SHARE
        self._paid_at = max(self._paid_at, self._timer()) + cost
