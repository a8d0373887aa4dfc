"""One file in memory, or on its way there."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from monitoring.reading.log_reader import View
from monitoring.reading.whole_file import FileReading
from monitoring.storage.paths import COMPRESSED

# The time between two views of a file that is loading.
SHOW_SECONDS = 0.25
# A pause after each part of a file, so that loading hardly slows the model.
PAUSE_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much of one file is read; what was read until then is shown."""

    # The longest text, uncompressed, in bytes: a small compressed file may hold endless text.
    text_bytes: int
    # The processor time that reading it may take: a small file may hold lines that take long.
    cpu_seconds: float


# The app's own files, which may be as large as LOG_ROTATE_MB says.
FILE_LIMITS = ReadLimits(4 << 30, 600.0)
UPLOAD_LIMITS = ReadLimits(2 << 30, 60.0)

NewReading = Callable[[Path, int, int, Mapping[str, str]], FileReading]


class LoadedFile:
    """The newest `capacity` records of a file.

    `mapping` renames fields of foreign logs: their name -> ours. `title` is the name that it had where it was
    sent from.
    """

    def __init__(
        self,
        path: Path,
        capacity: int,
        mapping: Mapping[str, str] = {},
        limits: ReadLimits = FILE_LIMITS,
        title: str = "",
        show_seconds: float = SHOW_SECONDS,
        new_reading: NewReading = FileReading,
        cpu_timer: Callable[[], float] = time.thread_time,
    ) -> None:
        self.path = path
        self.title = title
        self._capacity = capacity
        self._mapping = mapping
        self._limits = limits
        self._show_seconds = show_seconds
        self._new_reading = new_reading
        self._cpu_timer = cpu_timer
        self._stopped = threading.Event()
        self.view = replace(self._begin(path).view(), title=title)

    def load(self) -> Iterator[None]:
        """Read the file; `view` shows how far it is, and what is wrong with it. Yields after each part."""
        reading = self._begin(self._current_path())
        try:
            yield from self._read(reading)
        except Exception as error:  # The thread's edge: whoever looks at the file sees the error.
            # `strerror` has no path, which visitors of the page need not know.
            reason = getattr(error, "strerror", None) or error
            self._show(replace(reading.view(), loading=False, error=f"{type(error).__name__}: {reason}"))

    def stop(self) -> None:
        """Give up the loading."""
        self._stopped.set()

    def _read(self, reading: FileReading) -> Iterator[None]:
        """Read on until the end, or until the file is given up.

        Raises:
            OSError: it cannot be read, or goes beyond a limit.
        """
        shown, spent, begin = 0.0, 0.0, self._cpu_timer()
        for _ in reading.load():
            if self._stopped.wait(PAUSE_SECONDS):
                return
            spent += self._cpu_timer() - begin
            if spent > self._limits.cpu_seconds:
                raise OSError(f"reading it takes more than {self._limits.cpu_seconds:g} s of a processor")
            if time.monotonic() - shown > self._show_seconds:
                self._show(reading.view())
                shown = time.monotonic()
            yield
            begin = self._cpu_timer()
        self._show(reading.view())

    def _begin(self, path: Path) -> FileReading:
        return self._new_reading(path, self._capacity, self._limits.text_bytes, self._mapping)

    def _current_path(self) -> Path:
        """Return where the file stands now: while it waited for its turn, it may have been compressed."""
        return self.path if self.path.exists() else self.path.with_name(self.path.name + COMPRESSED)

    def _show(self, view: View) -> None:
        self.view = replace(view, title=self.title, version=self.view.version + 1)
