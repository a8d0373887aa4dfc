"""Note which tasks run, so that those of a killed process are told by another one."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from monitoring.record.timestamps import timestamp
from monitoring.writing.ended_processes import EndedProcesses
from monitoring.writing.running_file import ProcessNote, RunningFile, TaskNote

# The time between two notes that the process lives, and within which the end of a task is noted.
SEEN_SECONDS = 2.0
# The time between two looks for processes that have ended, in s.
LOOK_SECONDS = 30.0
# The longest wait for a disk that does not answer.
STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a process is."""

    lines_written: int  # lines of this process that are in the log
    memory_mb: float  # resident set, MiB


class InFlight:
    """Keep a file of the tasks that run in this process, and tell of processes that left such a file.

    A thread writes the file, so that no task waits for the disk: it notes a task within a moment, and its end
    when its record is in the log. The `kill -9` of a process loses the notes of that moment. While the disk
    refuses, the file is tried again every `LOOK_SECONDS`.

    `progress` tells how far the process is now. A forked child begins with its first task: one that leaves
    none may end as it likes.
    """

    def __init__(
        self,
        log_path: Path,
        instance: str,
        pid: int,
        progress: Callable[[], Progress],
        ended: EndedProcesses,
    ) -> None:
        self._log_path = log_path
        self._instance = instance
        self._progress = progress
        self._ended = ended
        self._process = ProcessNote(pid, timestamp(time.time()), "", 0.0)
        # None for a task that runs; else the number of lines that are to be in the log before its note goes.
        # Other threads add tasks and the own thread removes them; each change of a dict is atomic.
        self._tasks: dict[TaskNote, int | None] = {}
        self._file: RunningFile | None = None
        # A signal handler may wake the thread amid another wake-up, unlike with an Event.
        self._wakeups: SimpleQueue[None] = SimpleQueue()
        self._stopping = False
        self._next_look = 0.0
        self._thread = threading.Thread(target=self._run, name="in-flight", daemon=True)

    def start(self) -> None:
        """Begin to keep the file and to look for those of others; a second call does nothing."""
        if self._thread.ident is None:
            self._thread.start()

    def begin(self, task_type: str, request_id: str, session_id: str | None) -> TaskNote:
        """Note that a task runs; hand the result to `end()`."""
        task = TaskNote(task_type, request_id, timestamp(time.time()), session_id)
        self._tasks[task] = None
        self._wakeups.put(None)
        return task

    def end(self, task: TaskNote, lines: int) -> None:
        """Let the note of a task go when so many lines of this process are written, its record among them."""
        self._tasks[task] = lines

    def running(self) -> list[TaskNote]:
        """Return the tasks that run."""
        return [task for task, lines in self._tasks.copy().items() if lines is None]

    def stop(self) -> None:
        """End the thread and remove the file; a second call does nothing."""
        self._stopping = True
        self._wakeups.put(None)
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def leave(self) -> None:
        """Close the file of the parent in a process that was forked off; the parent's lock stays."""
        if self._file is not None:
            self._file.close()

    def _run(self) -> None:
        while not self._stopping:
            if time.monotonic() >= self._next_look:
                self._look()
            self._write_notes()
            self._wait()
        self._ended.remove_told(self._progress().lines_written)
        self._ended.close()
        self._give_up_file()

    def _wait(self) -> None:
        with suppress(Empty):
            self._wakeups.get(timeout=SEEN_SECONDS)
            while True:
                self._wakeups.get_nowait()

    def _look(self) -> None:
        """Make the file where there is none, and tell of processes that have ended."""
        self._next_look = time.monotonic() + LOOK_SECONDS
        if self._file is not None and not self._file.is_there():
            self._give_up_file()
        if self._file is None:
            with suppress(OSError):  # The log itself tells why nothing can be written to its folder.
                self._file = RunningFile(self._log_path, self._instance)
        self._ended.tell()

    def _write_notes(self) -> None:
        progress = self._progress()
        for task, lines in self._tasks.copy().items():
            if lines is not None and lines <= progress.lines_written:
                del self._tasks[task]
        self._ended.remove_told(progress.lines_written)
        if self._file is not None:
            self._process.last_seen = timestamp(time.time())
            self._process.memory_mb = progress.memory_mb
            try:
                self._file.update(self._process, self._tasks.copy().keys())
            except OSError:
                self._give_up_file()

    def _give_up_file(self) -> None:
        if self._file is not None:
            self._file.remove()
            self._file = None
