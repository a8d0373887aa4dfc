"""One file in blocks of whole lines, in either direction; lines longer than a record's stay bounded."""

import os
import zlib
from collections.abc import Iterator
from gzip import BadGzipFile, GzipFile
from io import FileIO

from monitoring.record.schema import MAX_READ_BYTES

READ_BYTES = 1 << 18  # larger blocks are decoded more slowly: they leave the processor's cache
DAMAGED = (EOFError, BadGzipFile, zlib.error)  # what a damaged compressed file raises

OpenFile = FileIO | GzipFile


class LineBuffer:
    """Hold the half line at the end of what was read; of an endless one only so much that it is too long."""

    def __init__(self) -> None:
        self._half = b""

    def add(self, data: bytes) -> bytes:
        """Return the lines that are whole now."""
        lines, newline, half = (self._half + data).rpartition(b"\n")
        self._half = half[: MAX_READ_BYTES + 1]
        return lines + newline

    def end(self) -> bytes:
        """Return what is left, and hold nothing."""
        half, self._half = self._half, b""
        return half


def backwards(file: int, end: int) -> Iterator[bytes]:
    """Yield the lines of the descriptor `file` before the byte `end`, in blocks, the last ones first."""
    half = b""  # the end of a line whose begin stands further ahead
    while end > 0:
        start = max(0, end - READ_BYTES)
        data = os.pread(file, end - start, start)
        if len(data) < end - start:  # the file was cut short
            return
        first, newline, lines = (data + half).partition(b"\n")
        if start == 0:
            yield first + newline + lines
        elif lines:
            yield lines
        half = (first + newline)[-MAX_READ_BYTES - 2 :]  # of an endless one only so much that it is too long
        end = start


def end_of_lines(file: int) -> int:
    """Return the place behind the last newline of the descriptor `file`."""
    end = os.fstat(file).st_size
    while end > 0:
        start = max(0, end - READ_BYTES)
        newline = os.pread(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def read(file: OpenFile) -> bytes:
    """Read what comes next, b"" at the end.

    Raises:
        EOFError, gzip.BadGzipFile, zlib.error (`DAMAGED`): a compressed file is damaged from here on.
    """
    if isinstance(file, GzipFile):
        return file.read1(READ_BYTES)  # read() would lose what stands before a damaged place
    return file.read(READ_BYTES)
