"""Append to a log file, and put it aside by size and by age; several processes may share the file."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

import msgspec
from filelock import BaseFileLock, FileLock

from monitoring.record.timestamps import moment_of
from monitoring.storage.paths import MOMENT_FORMAT, order_of, plain_name, rotated_files, rotated_name
from monitoring.storage.place import log_place
from monitoring.storage.positions import read_at
from monitoring.storage.private_files import FILE_MODE, make_folder, make_private, open_regular

# The longest wait for another process; its batch takes about a millisecond.
LOCK_SECONDS = 5.0
LOCK_POLL_SECONDS = 0.001
# The first dated record is looked for in so many bytes.
HEAD_BYTES = 1 << 16


class RotatingFile:
    """Append whole lines to `path`; rename it when it is too large or too old.

    The files and their folder are made for their owner alone. Where `path` is a link of this user's, all of
    them stand in the folder of its target (`log_place`); where it is another link, a pipe or a device,
    nothing is written. Each append holds a lock beside the file and checks whether the file is still there:
    another process may write to it and put it aside, and anybody may remove it or cut it short. The age
    counts from the first record of the file, so that a restart does not reset it.
    """

    def __init__(
        self, path: Path, max_bytes: int, max_seconds: float, on_rotated: Callable[[], None] = lambda: None
    ) -> None:
        self._named = path
        # Where the file stands now.
        self.path = log_place(path)
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._on_rotated = on_rotated
        self._lock = _lock_beside(self.path)
        self._file: FileIO | None = None
        self._born = 0.0  # s since the epoch

    def append(self, lines: Sequence[bytes], now: float) -> int:
        """Write as many of the lines as the file has room for, at least one; return how many.

        `now` is in seconds since the epoch.

        Raises:
            OSError: the disk refuses; lines that were written by half are taken back.
        """
        self._follow_link()
        make_folder(self.path.parent)
        with self._lock:
            file = self._current(now)
            size = os.fstat(file.fileno()).st_size
            if size and (size + len(lines[0]) > self._max_bytes or now - self._born >= self._max_seconds):
                file = self._rotate(now)
                size = os.fstat(file.fileno()).st_size
            fitting = self._fitting(lines, size)
            self._write(file, b"".join(lines[:fitting]), size)
            return fitting

    def close(self) -> None:
        """Close the file; `append()` opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def open_file(self) -> FileIO:
        """Open the file that stands in its place, or make it."""
        return open_regular(self.path, "a+")

    def _follow_link(self) -> None:
        """Notice that the path has become a link, or another one, or none any more."""
        if (place := log_place(self._named)) != self.path:
            self.close()
            self.path = place
            self._lock = _lock_beside(place)

    def _current(self, now: float) -> FileIO:
        """Return the file that stands in its place now; it may be another one than at the last call."""
        if self._file is not None:
            with suppress(FileNotFoundError):
                if os.path.samestat(os.lstat(self.path), os.fstat(self._file.fileno())):
                    return self._file
            self.close()
        self._file = self.open_file()
        make_private(Path(self._lock.lock_file))
        self._born = _first_moment(self._file) or now
        return self._file

    def _fitting(self, lines: Sequence[bytes], size: int) -> int:
        for number, line in enumerate(lines):
            size += len(line)
            if size > self._max_bytes:
                return max(1, number)
        return len(lines)

    def _write(self, file: FileIO, data: bytes, size: int) -> None:
        if size and read_at(file.fileno(), 1, size - 1) != b"\n":  # A killed process left half a line.
            data = b"\n" + data
        try:
            while data:
                data = data[file.write(data) :]
        except OSError:
            with suppress(OSError):  # Where this fails too, the next append ends the torn line.
                file.truncate(size)
            self.close()
            raise

    def _rotate(self, now: float) -> FileIO:
        """Put the file aside and begin a new one; where the disk refuses that, go on with the old one."""
        self.close()  # Windows renames no file that is open.
        try:
            os.rename(self.path, self._free_name(now))
        except OSError:
            file = self._current(now)
            # The next try comes when the file is too old again, not with each line.
            self._born = now
            return file
        self._on_rotated()
        return self._current(now)

    def _free_name(self, now: float) -> Path:
        """Return a name that sorts last, even after the clock was set back or a long wait for the lock."""
        moment = datetime.fromtimestamp(now, UTC).strftime(MOMENT_FORMAT)[:-3]
        rotated = rotated_files(self.path)
        newest = order_of(plain_name(rotated[-1]), self.path) if rotated else None
        if newest is None or moment > newest[0]:
            return rotated_name(self.path, moment, 0)
        return rotated_name(self.path, newest[0], newest[1] + 1)


def _lock_beside(path: Path) -> BaseFileLock:
    """Return the lock of all who write to a file; whoever can read the lock's file can hold it."""
    return FileLock(
        path.with_name(f".{path.name}.lock"),
        timeout=LOCK_SECONDS,
        mode=FILE_MODE,
        thread_local=False,
        poll_interval=LOCK_POLL_SECONDS,
    )


def _first_moment(file: FileIO) -> float | None:
    """Return the time of the file's first dated record, else the time of the last write to the file."""
    status = os.fstat(file.fileno())
    if not status.st_size:
        return None
    for line in read_at(file.fileno(), HEAD_BYTES, 0).splitlines():
        with suppress(msgspec.DecodeError, RecursionError):
            if (moment := moment_of(_decoder.decode(line).timestamp)) is not None:
                return moment
    return status.st_mtime


class _Dated(msgspec.Struct):
    timestamp: str


_decoder = msgspec.json.Decoder(_Dated)
