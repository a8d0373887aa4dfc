"""Read a part of a log file as whole lines, some at a time."""

import sys
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from monitoring.formats.files.content import content_of, lines_of
from monitoring.record.schema import MAX_LINE_BYTES
from monitoring.storage.blocks import without_hole
from monitoring.storage.private_files import open_regular

# The bytes that are read at once: larger blocks leave the processor's cache.
READ_BYTES = 1 << 18
# The text of a compressed file that is decoded at once; `RowDecoder` is fastest below 64 KiB.
TEXT_BYTES = 1 << 15
# The end of a piece that reaches to the end of its file.
WHOLE = sys.maxsize
# What stands for a line that is too long.
TOO_LONG = memoryview(b"")


class Piece(NamedTuple):
    """The lines of a file that begin at `start` or later, and before `end`, in bytes."""

    path: Path
    start: int = 0
    end: int = WHOLE


def read_lines(
    piece: Piece, read_bytes: int = READ_BYTES, max_line_bytes: int = MAX_LINE_BYTES
) -> Iterator[memoryview]:
    """Yield whole lines, some at a time; each batch is valid until the next one is asked for.

    `TOO_LONG` stands for a line that is too long. A piece of a file that is no plain text must be the whole.

    Raises:
        OSError: the file cannot be read.
        EOFError (`DAMAGED`): it is compressed, and cannot be read further than the lines so far.
    """
    with open_regular(piece.path) as file:
        content = content_of(file)
        if content.is_lines:
            yield from _plain_lines(file, piece, read_bytes, max_line_bytes)
            return
        for lines in lines_of(file, content, TEXT_BYTES, max_line_bytes):
            if lines:
                yield memoryview(lines)


def _plain_lines(file: FileIO, piece: Piece, read_bytes: int, max_line_bytes: int) -> Iterator[memoryview]:
    """Read into one buffer, which no line has to be copied from."""
    store = bytearray(max_line_bytes + 1)
    buffer = memoryview(store)
    start, end = _line_start(file, piece.start), _line_start(file, piece.end)
    file.seek(start)
    held = 0  # the bytes of a line whose end was not read yet
    is_too_long = False  # whether what is read is the rest of a line that is too long
    while got := file.readinto(buffer[held : held + min(end - start, read_bytes, len(store) - held)]):
        start += got
        filled = held + got
        begin = 0
        if is_too_long:
            begin = store.find(b"\n", 0, filled) + 1
            if not begin:
                held = 0
                continue
            is_too_long = False
        cut = store.rfind(b"\n", begin, filled) + 1
        if cut > begin:
            yield buffer[begin:cut]
        begin = max(begin, cut)
        if filled - begin == len(store):
            if store[0] == 0:
                begin = filled - len(without_hole(bytes(store)))
            else:
                yield TOO_LONG
                is_too_long, begin = True, filled
        held = filled - begin
        buffer[:held] = buffer[begin:filled]
    if held:
        yield buffer[:held]


def _line_start(file: FileIO, place: int) -> int:
    """Return the position of the first line that begins at `place` or after it."""
    if place in (0, WHOLE):
        return place
    place -= 1
    file.seek(place)
    while block := file.read(READ_BYTES):
        found = block.find(b"\n")
        if found >= 0:
            return place + found + 1
        place += len(block)
    return place
