"""Tell of processes that ended without a word: killed, out of memory, crashed."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from monitoring.record.timestamps import moment_of
from monitoring.record.vocabulary import FINISHED, UNEXPECTED_END
from monitoring.storage.blocks import DAMAGED, read
from monitoring.storage.paths import open_log_file, rotated_files
from monitoring.writing.running_file import LeftFile, TaskNote, left_files

# The `error_type` of a task whose process ended in the middle of it.
PROCESS_ENDED = "ProcessEnded"
# What an ended process wrote last is looked for at the end of the newest files: in so many files, and in so
# many bytes of each.
MAX_SEARCHED_FILES = 3
MAX_SEARCHED_BYTES = 8 << 20


class _Known(msgspec.Struct):
    """A record of an ended process, or about it."""

    task_type: str | None = None
    request_id: str | None = None
    event: str | None = None
    instance: str | None = None
    ended_instance: str | None = None


_decoder = msgspec.json.Decoder(_Known)


class EndedProcesses:
    """Write the records of tasks that ended with their process, and one record of the process.

    `write` takes a record and returns the number of lines of this process that are queued then. The file of
    an ended process is locked while this one tells of it, and goes when the records are in the log. Whoever
    is killed before that leaves it to the next one, which writes what the log does not hold yet: so each
    record is written exactly once.
    """

    def __init__(self, log_path: Path, write: Callable[[dict[str, Any]], int]) -> None:
        self._log_path = log_path
        self._write = write
        # The files that are told of, and how many lines of this process must be in the log before they go.
        self._told: dict[LeftFile, int] = {}

    def tell(self) -> None:
        """Write what the processes that have ended since the last look could not write."""
        for left in left_files(self._log_path):
            if left.is_empty and left.is_new:
                left.close()
            elif left.is_empty:
                left.remove()
            else:
                self._told[left] = self._tell_of(left)

    def remove_told(self, lines_written: int) -> None:
        """Remove the files whose records are in the log; it holds so many lines of this process."""
        for left, lines in list(self._told.items()):
            if lines <= lines_written:
                del self._told[left]
                left.remove()

    def close(self) -> None:
        """Leave the other files to the next process."""
        for left in self._told:
            left.close()
        self._told.clear()

    def _tell_of(self, left: LeftFile) -> int:
        known = list(_records_about(left.instance, self._log_path))
        own = {_task(record) for record in known if record.instance == left.instance}
        # What it wrote itself may be about one that ended before it.
        about = [record for record in known if record.ended_instance == left.instance]
        told = {_task(record) for record in about}
        lost = [task for task in left.tasks if _task(task) not in own]
        lines = 0
        for task in lost:
            if _task(task) not in told:
                lines = self._write(lost_task(task, left.instance))
        if all(record.event != UNEXPECTED_END for record in about):
            lines = self._write(_unexpected_end(left, len(lost)))
        return lines


def lost_task(task: TaskNote, instance: str) -> dict[str, Any]:
    """Return the record of a task whose process, the one with this instance, ended in the middle of it."""
    return {
        "level": "ERROR",
        "message": "请求丢失: 进程结束时仍在运行",
        "task_type": task.task_type,
        "request_id": task.request_id,
        "event": FINISHED,
        "status": "error",
        "error_type": PROCESS_ENDED,
        "error_message": "the process ended in the middle of the task",
        "session_id": task.session_id,
        "began": task.began,
        "ended_instance": instance,
    }


def _unexpected_end(left: LeftFile, lost: int) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "level": "ERROR",
        "message": f"进程意外结束: 丢失 {lost} 个请求",
        "task_type": "system",
        "event": UNEXPECTED_END,
        "ended_instance": left.instance,
        "lost": lost,
    }
    if left.process is not None:
        fields |= {"ended_pid": left.process.pid, "last_memory_mb": left.process.memory_mb}
        if moment_of(left.process.last_seen) is not None:
            fields["last_seen"] = left.process.last_seen
    return fields


def _task(one: TaskNote | _Known) -> tuple[str | None, str | None]:
    return one.task_type, one.request_id


def _records_about(instance: str, log_path: Path) -> Iterator[_Known]:
    """Yield the records at the end of the log that name the instance of a process."""
    wanted = instance.encode()
    for lines in _newest_lines(log_path):
        for line in lines.split(b"\n"):
            if wanted in line:
                with suppress(msgspec.DecodeError, RecursionError):
                    yield _decoder.decode(line)


def _newest_lines(log_path: Path) -> Iterator[bytes]:
    """Yield the ends of the newest files of a log."""
    yield _end_of(log_path)
    # Listed after the log was read: a file that is put aside in between is read twice, not overlooked.
    for path in islice(reversed(rotated_files(log_path)), MAX_SEARCHED_FILES - 1):
        yield _end_of(path)


def _end_of(path: Path) -> bytes:
    """Return the last bytes of a file of a log; b"" where it cannot be read."""
    end = b""
    with suppress(OSError), open_log_file(path) as file:
        if isinstance(file, FileIO):
            file.seek(max(0, os.fstat(file.fileno()).st_size - MAX_SEARCHED_BYTES))
            return file.read(MAX_SEARCHED_BYTES)
        with suppress(*DAMAGED):
            while data := read(file):
                end = (end + data)[-MAX_SEARCHED_BYTES:]
    return end
