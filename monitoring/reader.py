"""Incremental tail of the log: each byte is read once, across rotations."""

import os
from collections.abc import Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

import orjson

from monitoring.rotation import rotated_files

READ_BYTES = 1 << 20
MAX_LINE_BYTES = 1 << 20  # longer ones are no records of ours

Record = dict[str, Any]


def parse_lines(lines: bytes) -> tuple[list[Record], int]:
    """Decode whole lines; return the records and the number of lines that are none."""
    records, broken = [], 0
    for line in lines.split(b"\n"):
        if not line.strip():
            continue
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            record = None
        if isinstance(record, dict):
            records.append(record)
        else:
            broken += 1
    return records, broken


class LogTail:
    """Follow `path`: what stands there, then what comes; a missing file is an empty one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: FileIO | None = None
        self._rest = b""  # the half line at the end
        self.broken = 0  # lines that are no JSON object

    def poll(self) -> Iterator[list[Record]]:
        """Yield batches of the records that have come since the last poll."""
        yield from self._drain()
        while self._replaced():  # more than once where it has rotated several times
            yield from self._drain()  # what came between the last read and the rename
            yield from self._finish()
            self._open(self._next())
            yield from self._drain()

    def history(self, wanted: int) -> Iterator[list[Record]]:
        """Yield the rotated files' records, oldest first, from as far back as `wanted` needs.

        The first `poll()` goes on from there, whatever rotates meanwhile.
        """
        self._open(self._path)
        chosen: list[list[Record]] = []
        for path in reversed(self._older()):
            if sum(map(len, chosen)) >= wanted:
                break
            try:
                file = FileIO(path)
            except FileNotFoundError:  # removed by the rotation in this moment
                continue
            records, broken = parse_lines(file.readall())
            if self._file is None:
                self._file = file  # there is no log just now: this is the newest file, read to its end
            else:
                file.close()
            self.broken += broken
            chosen.append(records)
        yield from reversed(chosen)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _replaced(self) -> bool:
        """Tell whether another file stands at the path, or the same one was cut short."""
        try:
            there = os.stat(self._path)
        except FileNotFoundError:
            return False
        if self._file is None:
            return True
        held = os.fstat(self._file.fileno())
        return (there.st_dev, there.st_ino) != (held.st_dev, held.st_ino) or there.st_size < self._file.tell()

    def _next(self) -> Path:
        """Return the file that continues the held one: the rotated one after it, else the log."""
        files = [*rotated_files(self._path), self._path]
        place = self._place(files)
        return self._path if place is None else files[min(place + 1, len(files) - 1)]

    def _older(self) -> list[Path]:
        """Return the rotated files that were put aside before the held one, oldest first."""
        files = rotated_files(self._path)
        return files[: self._place(files)]

    def _place(self, files: list[Path]) -> int | None:
        """Find the held file among `files`."""
        if self._file is None:
            return None
        held = os.fstat(self._file.fileno())
        for place, path in enumerate(files):
            with suppress(FileNotFoundError):
                if os.path.samestat(path.stat(), held):
                    return place
        return None

    def _open(self, path: Path) -> None:
        self.close()
        try:
            self._file = FileIO(path)
        except FileNotFoundError:
            self._file = None

    def _drain(self) -> Iterator[list[Record]]:
        while self._file is not None and (data := self._file.read(READ_BYTES)):
            lines, _, self._rest = (self._rest + data).rpartition(b"\n")
            if len(self._rest) > MAX_LINE_BYTES:  # its end will be one more broken line
                self._rest = b"\x00"
            yield self._parse(lines)

    def _finish(self) -> Iterator[list[Record]]:
        """Take the last line of a file that gets no more."""
        rest, self._rest = self._rest, b""
        if rest:
            yield self._parse(rest)

    def _parse(self, lines: bytes) -> list[Record]:
        records, broken = parse_lines(lines)
        self.broken += broken
        return records
