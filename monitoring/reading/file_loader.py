"""One thread that loads files in turns, with a bounded share of a core."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from monitoring.reading.loaded_file import LoadedFile

# The share of one core that loading takes in the long run, whatever is looked at.
CPU_SHARE = 0.25
# So much processor time may be spent at once: a few large files.
BURST_SECONDS = 30.0
# The processor time of a turn: a small file does not wait for the end of a large one.
TURN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Loading:
    """A file that waits for its turn, and what is left of its loading."""

    file: LoadedFile
    parts: Iterator[None]


class FileLoader:
    """Load files in turns, in the order in which they come; where too much time was spent on it, they wait.

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
        self._waiting: deque[_Loading] = deque()
        self._has_work = threading.Condition()
        self._thread: threading.Thread | None = None
        # The moment at which all processor time is paid for.
        self._paid_at = 0.0

    def add(self, file: LoadedFile) -> None:
        """Load a file from its first turn on."""
        with self._has_work:
            self._waiting.append(_Loading(file, file.load()))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="file-loader", daemon=True)
                self._thread.start()
            self._has_work.notify()

    def remove(self, file: LoadedFile) -> None:
        """Give up a file, whether it loads or waits."""
        file.stop()
        with self._has_work:
            self._waiting = deque(loading for loading in self._waiting if loading.file is not file)

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
            elif (loading := self._next()) is not None and self._has_more(loading):
                with self._has_work:
                    self._waiting.append(loading)

    def _next(self) -> _Loading | None:
        """Wait for a file; return None at the end."""
        with self._has_work:
            while not self._waiting and not self._closed.is_set():
                self._has_work.wait()
            return self._waiting.popleft() if self._waiting else None

    def _has_more(self, loading: _Loading) -> bool:
        """Load a file for one turn; tell whether something is left of it."""
        begin, has_more = self._cpu_timer(), False
        for _ in loading.parts:
            if self._cpu_timer() - begin >= TURN_SECONDS:
                has_more = True
                break
        cost = (self._cpu_timer() - begin) / CPU_SHARE
        self._paid_at = max(self._paid_at, self._timer()) + cost
        return has_more
