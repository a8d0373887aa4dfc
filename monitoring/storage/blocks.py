"""One file in blocks of whole lines, in either direction; a line that is too long stays bounded in memory."""

import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from gzip import BadGzipFile, GzipFile
from io import FileIO
from pathlib import Path

from monitoring.record.schema import MAX_LINE_BYTES
from monitoring.storage.paths import open_log_file
from monitoring.storage.positions import read_at

# The bytes that are read at once: larger blocks leave the processor's cache and are decoded more slowly.
READ_BYTES = 1 << 18
# The bytes in which the end of a line is looked for first; most lines are shorter.
GLANCE_BYTES = 4096
# What reading a damaged compressed file raises.
DAMAGED = (EOFError, BadGzipFile, zlib.error)

OpenFile = FileIO | GzipFile


class LineBuffer:
    """Hold the half line at the end of what was read.

    Of a line longer than `max_line_bytes`, only so much is held that it is still too long.
    """

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._max_line_bytes = max_line_bytes
        self._half = b""

    def add(self, data: bytes) -> bytes:
        """Return the lines that are whole now."""
        lines, newline, half = (self._half + data).rpartition(b"\n")
        self._half = without_hole(half)[: self._max_line_bytes + 1]
        return lines + newline

    def end(self) -> bytes:
        """Return what is left, and hold nothing."""
        half, self._half = self._half, b""
        return half


def without_hole(line: bytes) -> bytes:
    """Return a line without the NULs before it, however many; of a line of nothing else, one is left.

    They stand where a file was emptied while its writer went on at its own place in it.
    """
    return line.lstrip(b"\0") or b"\0" if line[:1] == b"\0" else line


def backwards(
    file: int, end: int, block_bytes: int = READ_BYTES, max_line_bytes: int = MAX_LINE_BYTES
) -> Iterator[bytes]:
    """Yield the lines of the descriptor `file` before the byte `end`, in blocks, the last ones first."""
    half = b""  # The end of a line whose beginning was not read yet.
    while end > 0:
        start = max(0, end - block_bytes)
        data = read_at(file, end - start, start)
        if len(data) < end - start:  # The file was cut short.
            return
        first, newline, lines = (data + half).partition(b"\n")
        if start == 0:
            yield first + newline + lines
        elif lines:
            yield lines
        # Of a line that is too long, only so much is held that it is still too long.
        half = (first + newline)[-max_line_bytes - 2 :]
        end = start


def has_long_line(path: Path, max_line_bytes: int = MAX_LINE_BYTES) -> bool:
    """Tell whether a file of a log has a line of more than `max_line_bytes`, as far as it can be read.

    Raises:
        OSError: it cannot be opened.
    """
    with open_log_file(path) as file:
        if isinstance(file, FileIO):
            return _has_long_line(file.fileno(), max_line_bytes)
        held = 0  # The length of a line whose end was not read yet.
        with suppress(*DAMAGED):
            while block := read(file, max_line_bytes):
                first = block.find(b"\n")
                held += len(block) if first < 0 else first
                if held > max_line_bytes:
                    return True
                if first >= 0:
                    held = len(block) - block.rindex(b"\n") - 1
        return False


def is_damaged(path: Path) -> bool:
    """Tell whether a file of a log is compressed and cannot be read to its end.

    Raises:
        OSError: it cannot be opened.
    """
    with open_log_file(path) as file:
        try:
            while isinstance(file, GzipFile) and read(file):
                pass
        except DAMAGED:
            return True
    return False


def _has_long_line(file: int, max_line_bytes: int) -> bool:
    """Look only at so much of each stretch of `max_line_bytes` as shows that a line ends in it."""
    start, size = 0, os.fstat(file).st_size  # A line begins at `start`.
    while start + max_line_bytes < size:
        for length in (min(GLANCE_BYTES, max_line_bytes + 1), max_line_bytes + 1):
            begin = start + max_line_bytes + 1 - length
            newline = read_at(file, length, begin).rfind(b"\n")
            if newline >= 0:
                start = begin + newline + 1
                break
        else:
            return True
    return False


def end_of_lines(file: int) -> int:
    """Return the position behind the last newline of the descriptor `file`."""
    end = os.fstat(file).st_size
    while end > 0:
        start = max(0, end - READ_BYTES)
        newline = read_at(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def read(file: OpenFile, block_bytes: int = READ_BYTES) -> bytes:
    """Read what comes next, b"" at the end.

    Raises:
        EOFError, gzip.BadGzipFile, zlib.error (`DAMAGED`): a compressed file is damaged from here on.
    """
    if isinstance(file, GzipFile):
        # read1(), since read() would lose what stands before a damaged place.
        return file.read1(block_bytes)
    return file.read(block_bytes)
