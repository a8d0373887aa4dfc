"""Files that were put aside are compressed, and removed when they are too many or too old."""

import gzip
import os
import time
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path

from filelock import FileLock, Timeout

from monitoring.periodic_thread import PeriodicThread
from monitoring.storage.paths import COMPRESSED, rotated_files
from monitoring.storage.private_files import FILE_MODE, make_private, open_regular

CHUNK_BYTES = 1 << 20
# The time between two looks at the files: they grow too old without a rotation, too.
TIDY_SECONDS = 3600.0
STOP_SECONDS = 5.0
PARTIAL = ".part"


class Archive:
    """Keep the files beside the log `path` in order, in a thread of its own.

    A compressed file gets the time of the original, and its name only when it is whole; a compression that
    was killed is begun again. Where several processes share the log, one of them works at a time. `on_error`
    is called with the error where the disk refuses.
    """

    def __init__(
        self, path: Path, keep: int, keep_days: float | None, on_error: Callable[[OSError], None]
    ) -> None:
        self._path = path
        self._keep = keep
        self._keep_seconds = keep_days * 86_400 if keep_days else float("inf")
        self._on_error = on_error
        self._thread = PeriodicThread(self._tick, TIDY_SECONDS, "log-archive", STOP_SECONDS)

    def start(self) -> None:
        """Begin to work, first on what a former process left."""
        self._thread.wake()
        self._thread.start()

    def tidy_soon(self) -> None:
        """Ask the thread to look at the files."""
        self._thread.wake()

    def stop(self) -> None:
        """End the thread, even in the middle of a file; a second call does nothing."""
        self._thread.stop()

    def tidy(self, now: float) -> None:
        """Remove files that are too many or too old, and compress the others; `now` is in s since the epoch.

        Raises:
            OSError: the disk refuses.
        """
        path = self._path.with_name(f".{self._path.name}.tidy.lock")
        lock = FileLock(path, timeout=0, mode=FILE_MODE)
        with suppress(Timeout), lock:
            make_private(path)
            files = rotated_files(self._path)
            for file in files[: -self._keep]:
                _remove(file)
            for file in files[-self._keep :]:
                if now - file.lstat().st_mtime > self._keep_seconds:
                    _remove(file)
                elif file.suffix != COMPRESSED and not self._thread.is_stopped:
                    self._compress(file)

    def _tick(self) -> None:
        try:
            if self._path.parent.is_dir():
                self.tidy(time.time())
        except OSError as error:
            self._on_error(error)

    def _compress(self, file: Path) -> None:
        whole = file.with_name(file.name + COMPRESSED)
        part = whole.with_name(whole.name + PARTIAL)
        part.unlink(missing_ok=True)  # A killed process, or somebody else, left it.
        try:
            with open_regular(file) as source, open_regular(part, "x") as target:
                self._pack(source, target)
            if not self._thread.is_stopped:
                os.rename(part, whole)
                file.unlink()
        finally:
            part.unlink(missing_ok=True)  # A full disk needs the room.

    def _pack(self, source: FileIO, target: FileIO) -> None:
        """Write a compressed copy with the same time, and wait until it is on the disk."""
        with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=target) as packed:
            while (data := source.read(CHUNK_BYTES)) and not self._thread.is_stopped:
                packed.write(data)
        status = os.fstat(source.fileno())
        os.utime(target.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
        os.fsync(target.fileno())


def _remove(file: Path) -> None:
    for name in (
        file,
        file.with_name(file.name + COMPRESSED),
        file.with_name(file.name + COMPRESSED + PARTIAL),
    ):
        name.unlink(missing_ok=True)
