"""What several tests of the log share: plain doubles, a reader, a poll-until."""

import errno
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from monitoring.record.encode import complete, to_line
from monitoring.storage.paths import open_log_file, rotated_files
from monitoring.storage.rotation import RotatingFile

Record = dict[str, Any]
ROOT = Path(__file__).parents[2]
MOMENT = 1_700_000_000.0  # 2023-11-14T22:13:20Z


def stamp(seconds_later: float = 0.0) -> str:
    """Return the timestamp of a moment after `MOMENT`."""
    whole, milliseconds = divmod(round((MOMENT + seconds_later) * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{milliseconds:03d}Z"


def a_record(second: float = 0.0, **fields: object) -> Record:
    """Return the record of a finished chat, changed by `fields`."""
    defaults = {
        "timestamp": stamp(second),
        "level": "INFO",
        "message": "对话完成",
        "task_type": "chat",
        "request_id": "0" * 32,
        "response_time_ms": 100.0,
        "cpu_usage_percent": 50.0,
        "memory_usage_mb": 900.0,
        "event": "task.finished",
        "status": "ok",
    }
    return complete({**defaults, **fields})


def refused_requests(second: float, rejected: object, **fields: object) -> Record:
    """Return a record that stands for refused chats, as the recorder writes them."""
    told = {"event": "requests.rejected", "status": "rejected", "rejected": rejected}
    return a_record(second, **{**told, "request_id": None, "response_time_ms": None, **fields})


def lines_of(*records: Record) -> bytes:
    """Return the records as lines of a log."""
    return b"".join(map(to_line, records))


def read_records(path: Path) -> list[Record]:
    """Return the records of one file; fails unless every line of it is whole and JSON."""
    data = path.read_bytes()
    assert data == b"" or data.endswith(b"\n")
    return [json.loads(line) for line in data.decode().split("\n")[:-1]]


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Poll until `condition()` holds; fail when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.005)


class KeepingLog:
    """Keep each record in memory, as it would stand in the log."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def write(self, fields: Record) -> None:
        self.records.append(json.loads(to_line(fields)))

    def begin(self, task_type: str, request_id: str, session_id: str | None) -> Callable[[], None]:
        return lambda: None


class StubbornDisk(RotatingFile):
    """A log file whose disk is full while `full` is set."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, 2**20, 3600)
        self.full = threading.Event()
        self.refusals = 0

    def append(self, lines: Sequence[bytes], now: float) -> int:
        if self.full.is_set():
            self.refusals += 1
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().append(lines, now)


class StalledDisk(RotatingFile):
    """A log file whose disk takes nothing before `release()`: each write waits for room in a full pipe."""

    def __init__(
        self,
        path: Path,
        max_bytes: int = 2**20,
        max_seconds: float = 3600,
        on_rotated: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(path, max_bytes, max_seconds, on_rotated)
        self._reading, self._writing = os.pipe()
        self.entered = threading.Event()
        self.stall()

    def append(self, lines: Sequence[bytes], now: float) -> int:
        self.entered.set()
        if self.stalled:
            os.write(self._writing, b"x" * 4096)
        return super().append(lines, now)

    def stall(self) -> None:
        """Let the next write wait."""
        os.set_blocking(self._writing, False)
        with suppress(BlockingIOError):
            while os.write(self._writing, b"x" * 4096):
                pass
        os.set_blocking(self._writing, True)
        self.entered.clear()
        self.stalled = True

    def release(self) -> None:
        """Let the write that waits go on, and all that follow."""
        self.stalled = False
        os.read(self._reading, 2**20)


class StalledDisks(list[StalledDisk]):
    """Let a log write to a stalled disk, which then stands in this list."""

    def __call__(
        self, path: Path, max_bytes: int, max_seconds: float, on_rotated: Callable[[], None]
    ) -> StalledDisk:
        self.append(StalledDisk(path, max_bytes, max_seconds, on_rotated))
        return self[-1]


def line(number: int) -> bytes:
    """Return a small record's line."""
    return b'{"n":%d}\n' % number


def add(path: Path, data: bytes) -> None:
    """Append bytes to a file."""
    with path.open("ab") as file:
        file.write(data)


def log_files(path: Path) -> list[Path]:
    """Return all files of the log `path`, oldest first."""
    return [*rotated_files(path), *([path] if path.exists() else [])]


def whole_log(path: Path) -> list[Record]:
    """Return the records of all files of a log; fails unless every line is whole and JSON."""
    lines: list[str] = []
    for file in log_files(path):
        with open_log_file(file) as opened:
            data = opened.read()
        assert data == b"" or data.endswith(b"\n")
        lines += data.decode().split("\n")[:-1]
    return [json.loads(line) for line in lines]


def numbers_by_process(records: Iterable[Record]) -> dict[int, list[int]]:
    """Return each process's `seq`, in the order of the records."""
    found: dict[int, list[int]] = {}
    for record in records:
        found.setdefault(record["pid"], []).append(record["seq"])
    return found
