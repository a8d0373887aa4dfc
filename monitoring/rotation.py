"""A log file that is continued, and put aside by size and by age."""

import os
from contextlib import suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

import orjson


def rotated_files(path: Path) -> list[Path]:
    """List the files that were put aside for the log `path`, oldest first."""
    return sorted(path.parent.glob(f"{path.stem}-*{path.suffix}"))


class RotatingFile:
    """Append whole lines to `path`; rename it when it is too large or too old, keep the newest ones.

    The age counts from the file's first record, so that a restart does not reset it.
    """

    def __init__(self, path: Path, max_bytes: int, max_seconds: float, keep: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._keep = keep
        self._file: FileIO | None = None
        self._born = 0.0  # s since the epoch

    def append(self, lines: bytes, now: float) -> None:
        """Write whole lines; `now` is in seconds since the epoch.

        Raises:
            OSError: the disk refuses; what was written of the lines is taken back.
        """
        file = self._file or self._open(now)
        size = file.tell()
        if size and (size + len(lines) > self._max_bytes or now - self._born >= self._max_seconds):
            self._rotate(now)
            file = self._open(now)
            size = file.tell()
        try:
            while lines:
                lines = lines[file.write(lines) :]
        except OSError:
            self._take_back(size)
            raise

    def close(self) -> None:
        """Close the file; `append()` opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self, now: float) -> FileIO:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = FileIO(self._path, "a")
        try:
            self._born = _first_timestamp(self._path) or now
            if file.tell() and not _ends_with_newline(self._path):  # a killed process left half a line
                file.write(b"\n")
        except OSError:  # the next call begins anew: the half line must be ended first
            file.close()
            raise
        self._file = file
        return file

    def _rotate(self, now: float) -> None:
        self.close()
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H-%M-%S.%f")[:-3]
        target = self._path.with_name(f"{self._path.stem}-{stamp}Z{self._path.suffix}")
        number = 0
        while target.exists():
            number += 1
            target = target.with_name(f"{self._path.stem}-{stamp}Z_{number:04}{self._path.suffix}")
        os.rename(self._path, target)
        for old in rotated_files(self._path)[: -self._keep]:
            old.unlink(missing_ok=True)

    def _take_back(self, size: int) -> None:
        """Cut a half-written batch off, so that it can be written again; then start afresh."""
        with suppress(OSError):  # where even that fails, the next open ends the torn line
            if self._file is not None:
                self._file.truncate(size)
        self.close()


def _first_timestamp(path: Path) -> float | None:
    with path.open("rb") as file:
        line = file.readline(1 << 16)
    try:
        return datetime.fromisoformat(orjson.loads(line)["timestamp"]).timestamp()
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
