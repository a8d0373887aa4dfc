"""What several tests of the log share: plain doubles, a reader, a poll-until."""

import errno
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from monitoring.events import complete, to_line
from monitoring.formatter import StructuredFormatter
from monitoring.rotation import RotatingFile

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


class KeepingHandler(logging.Handler):
    """Keep each record in memory, as the fields that the log would get."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Record] = []
        self._structured = StructuredFormatter()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(self._structured.to_dict(record))


class StubbornDisk(RotatingFile):
    """A log file whose disk is full while `full` is set."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, 2**20, 3600, 3)
        self.full = threading.Event()
        self.refusals = 0

    def append(self, lines: bytes, now: float) -> None:
        if self.full.is_set():
            self.refusals += 1
            raise OSError(errno.ENOSPC, "No space left on device")
        super().append(lines, now)


class SlowDisk(RotatingFile):
    """A log file whose disk takes nothing before `released` is set."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, 2**20, 3600, 3)
        self.entered = threading.Event()
        self.released = threading.Event()

    def append(self, lines: bytes, now: float) -> None:
        self.entered.set()
        self.released.wait(20)
        super().append(lines, now)


class PoliteFile(RotatingFile):
    """A log file that rotates only after the reader has looked since the rotation before."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, 2000, 3600, 10_000)
        self.lock = threading.Lock()
        self.looked = threading.Event()
        self.rotations = 0

    def _rotate(self, now: float) -> None:
        assert self.looked.wait(20)
        with self.lock:
            super()._rotate(now)
            self.rotations += 1
            self.looked.clear()

    def polled(self, rotations_before: int) -> None:
        """Allow the next rotation, unless one came while the reader looked."""
        with self.lock:
            if self.rotations == rotations_before:
                self.looked.set()


def line(number: int) -> bytes:
    """Return a small record's line."""
    return b'{"n":%d}\n' % number


def numbers(batches: Iterable[list[Record]]) -> list[int]:
    """Return what `line()` put into the records."""
    return [record["n"] for batch in batches for record in batch]


def add(path: Path, data: bytes) -> None:
    """Append bytes to a file."""
    with path.open("ab") as file:
        file.write(data)
