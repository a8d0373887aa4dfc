"""The file beside the log in which a process notes what it does, for the case that it is killed."""

import os
import re
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import TypeVar

import msgspec
from filelock import lock_descriptor

from monitoring.storage.private_files import make_folder, open_regular

# The file is a table: rows of so many bytes, one JSON object each, filled up with spaces.
ROW_BYTES = 512
# More tasks at the same time are not noted.
MAX_TASKS = 2047
LOCK_TRIES = 100
LOCK_POLL_SECONDS = 0.01
# A younger file without any row may be that of a process that is about to lock it.
NEW_SECONDS = 60.0
# So many files of ended processes are looked at in one go; only a hostile folder has more.
MAX_FILES = 256


class ProcessNote(msgspec.Struct):
    """The first row: which process it is, and when it was last seen. Moments are in RFC 3339."""

    pid: int
    started: str
    last_seen: str
    memory_mb: float  # resident set, MiB


class TaskNote(msgspec.Struct, eq=False):
    """Each other row: a task that runs, or nothing; in memory, it stands for the task itself."""

    task_type: str
    request_id: str
    began: str  # RFC 3339
    session_id: str | None = None  # an HMAC, as in records


_Note = TypeVar("_Note", ProcessNote, TaskNote)
_encoder = msgspec.json.Encoder()
_process_decoder = msgspec.json.Decoder(ProcessNote)
_task_decoder = msgspec.json.Decoder(TaskNote)


class RunningFile:
    """The file of this process, locked for as long as the process lives; the system frees the lock then.

    Raises:
        OSError: it cannot be made or locked.
    """

    def __init__(self, log_path: Path, instance: str) -> None:
        self.path = log_path.with_name(f".{log_path.name}.{instance}.running")
        make_folder(log_path.parent)
        self._file = open_regular(self.path, "x+")
        self._lock()
        self._rows: dict[TaskNote, int] = {}
        self._free_rows = list(range(MAX_TASKS, 0, -1))

    def update(self, process: ProcessNote, tasks: Collection[TaskNote]) -> None:
        """Write which tasks run now; only what has changed is written.

        A task is left out whose names do not fit into a row, or are no texts, or for which there is no row.

        Raises:
            OSError: the disk refuses.
        """
        for task in self._rows.keys() - tasks:
            row = self._rows.pop(task)
            self._write(row, None)
            self._free_rows.append(row)
        for task in tasks:
            if task not in self._rows and self._free_rows:
                self._rows[task] = self._free_rows.pop()
                self._write(self._rows[task], task)
        self._write(0, process)

    def is_there(self) -> bool:
        """Tell whether the file still stands at its path."""
        try:
            return os.path.samestat(os.lstat(self.path), os.fstat(self._file.fileno()))
        except OSError:
            return False

    def remove(self) -> None:
        """Remove the file."""
        _remove(self.path, self._file)

    def close(self) -> None:
        """Close the file, and leave it."""
        self._file.close()

    def _lock(self) -> None:
        # Another process may look at the file in this moment; it soon leaves an empty one alone.
        for _ in range(LOCK_TRIES):
            if lock_descriptor(self._file.fileno(), blocking=False):
                return
            time.sleep(LOCK_POLL_SECONDS)
        self._file.close()
        raise BlockingIOError(f"{self.path.name} is locked by another process")

    def _write(self, row: int, note: ProcessNote | TaskNote | None) -> None:
        self._file.seek(row * ROW_BYTES)
        self._file.write(_encoded(note).ljust(ROW_BYTES - 1) + b"\n")


class LeftFile:
    """The file of a process that ended without removing it; it is locked until it is removed or closed."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self.instance = _instance_of(path)
        self._path = path
        self._file = file
        file.seek(0)
        rows = file.read((MAX_TASKS + 1) * ROW_BYTES)
        # A file without any row is that of a process that is just beginning, or has ended well.
        self.is_empty = not rows
        self.is_new = time.time() - os.fstat(file.fileno()).st_mtime < NEW_SECONDS
        self.process = _decoded(_process_decoder, rows[:ROW_BYTES])
        rest = (rows[start : start + ROW_BYTES] for start in range(ROW_BYTES, len(rows), ROW_BYTES))
        self.tasks = [note for row in rest if (note := _decoded(_task_decoder, row)) is not None]

    def remove(self) -> None:
        """Remove the file."""
        _remove(self._path, self._file)

    def close(self) -> None:
        """Free the lock, and leave the file."""
        self._file.close()


def left_files(log_path: Path) -> Iterator[LeftFile]:
    """Yield the files of processes that have ended; the caller removes or closes each.

    A file belongs to a process that lives, or is just being looked at by another one, while it is locked.
    """
    name = re.compile(re.escape(f".{log_path.name}.") + r"[0-9a-f]{12}\.running")
    paths: list[Path] = []
    with suppress(OSError), os.scandir(log_path.parent) as entries:
        ours = (entry.name for entry in entries if name.fullmatch(entry.name))
        paths = [log_path.with_name(found) for found in islice(ours, MAX_FILES)]
    yield from filter(None, map(_left_file, paths))


def _left_file(path: Path) -> LeftFile | None:
    """Lock and read a file; return None where its process lives, and where it is no file of a process."""
    try:
        file = open_regular(path, "r+")
    except OSError:  # It was removed in this moment, or is no regular file.
        return None
    with suppress(OSError):
        if lock_descriptor(file.fileno(), blocking=False):
            return LeftFile(path, file)
    file.close()
    return None


def _instance_of(path: Path) -> str:
    return path.name.split(".")[-2]


def _remove(path: Path, file: FileIO) -> None:
    # Windows removes no open file, so somebody may open it in between: an empty file tells him nothing.
    with suppress(OSError):
        file.truncate(0)
    file.close()
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _encoded(note: ProcessNote | TaskNote | None) -> bytes:
    """Return the text of a row; b"" where there is nothing to note, or it cannot be noted."""
    if note is None:
        return b""
    try:
        text = _encoder.encode(note)
    except Exception:  # Half a character, or any error in the code of a value that is no text.
        return b""
    return text if len(text) < ROW_BYTES else b""


def _decoded(decoder: msgspec.json.Decoder[_Note], row: bytes) -> _Note | None:
    """Return the note of a row; None where the row is empty or damaged."""
    try:
        return decoder.decode(row)
    except (msgspec.DecodeError, RecursionError):
        return None
