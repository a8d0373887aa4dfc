"""Read any file as lines: compressed or not, in UTF-8, UTF-16 or UTF-32, as lines, as an array, or indented.

What a file is, its first bytes say, and never its name.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO

from monitoring.formats.files.encodings import encoding_of
from monitoring.formats.files.json_values import JsonValues
from monitoring.record.lenient import BYTE_ORDER_MARK
from monitoring.record.schema import MAX_LINE_BYTES
from monitoring.storage.blocks import DAMAGED, READ_BYTES, LineBuffer
from monitoring.storage.unpacking import packing_of, unpacked

# The bytes at the beginning of a text by which its form is told.
HEAD_BYTES = 1 << 16
# An array of objects; a text in brackets, such as a time, is none.
_ARRAY = re.compile(rb"\s*\[\s*(?:\{|\]\s*$)")
# The end of an object and the beginning of the next one.
_NEIGHBOURS = re.compile(rb"\}[ \t]*\{")
# An object that goes on in the next line: one of JSON Lines never does.
_INDENTED = re.compile(rb"\s*\{[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds, as its beginning tells."""

    packing: str | None  # gzip or zstd
    encoding: str | None  # None for UTF-8 and what is read line by line
    mark_bytes: int
    is_array: bool
    is_indented: bool  # or there are several values on one line

    @property
    def is_lines(self) -> bool:
        """Whether the file can be read from any place on: plain lines of UTF-8."""
        return not (self.packing or self.encoding or self.is_array or self.is_indented)


def content_of(file: FileIO) -> Content:
    """Tell what an open file holds; it is read from its beginning again afterwards.

    Raises:
        OSError: it cannot be read, or needs a package that is not installed.
    """
    packing = packing_of(file)
    head = b""
    with suppress(*DAMAGED):  # Whoever reads on comes to the damage, too.
        for part in _texts(file, packing, HEAD_BYTES):
            head += part
            if len(head) >= HEAD_BYTES:
                break
    file.seek(0)
    found = encoding_of(head)
    encoding, mark = found if found is not None else (None, 0)
    text = head if encoding is None else head[mark:].decode(encoding, "ignore").encode()
    text = text.lstrip(b"\0").removeprefix(BYTE_ORDER_MARK)
    is_array = bool(_ARRAY.match(text))
    return Content(packing, encoding, mark, is_array, not is_array and _has_values_within_lines(text))


def _has_values_within_lines(text: bytes) -> bool:
    """Tell whether a text has JSON objects over several lines, or several on one line."""
    if _INDENTED.match(text):
        return True
    first = text.partition(b"\n")[0]
    if first.lstrip()[:1] != b"{" or not _NEIGHBOURS.search(first):
        return False
    values = JsonValues(is_array=False)
    return values.add(first).count(b"\n") > 1


def texts(file: FileIO, content: Content, block_bytes: int = READ_BYTES) -> Iterator[bytes]:
    """Yield the text of an open file in UTF-8, after each step what has come of it, perhaps nothing.

    Raises:
        OSError: it cannot be read.
        DamagedError (among `DAMAGED`): it is compressed, and damaged from here on.
    """
    parts = _texts(file, content.packing, block_bytes)
    if content.encoding is None:
        yield from parts
        return
    decoder = codecs.getincrementaldecoder(content.encoding)("replace")
    skipped = 0
    for part in parts:
        mark = part[: content.mark_bytes - skipped]
        skipped += len(mark)
        yield decoder.decode(part[len(mark) :]).encode(errors="replace")
    yield decoder.decode(b"", True).encode(errors="replace")


class ContentLines:
    """Cut the text of a file into whole lines, one JSON value a line, however the file holds them."""

    def __init__(self, content: Content, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._cutter: LineBuffer | JsonValues = LineBuffer(max_line_bytes)
        if content.is_array or content.is_indented:
            self._cutter = JsonValues(content.is_array, max_line_bytes)

    def add(self, text: bytes) -> bytes:
        """Return the lines that are whole now."""
        return self._cutter.add(text)

    def end(self) -> bytes:
        """Return what is left, and hold nothing."""
        return self._cutter.end()


def lines_of(
    file: FileIO,
    content: Content,
    block_bytes: int = READ_BYTES,
    max_line_bytes: int = MAX_LINE_BYTES,
) -> Iterator[bytes]:
    """Yield the lines of an open file, some at a time, after some steps none.

    Raises:
        OSError: it cannot be read.
        DamagedError (among `DAMAGED`): it is compressed, and damaged from here on.
    """
    lines = ContentLines(content, max_line_bytes)
    for text in texts(file, content, block_bytes):
        yield lines.add(text)
    yield lines.end()


def _texts(file: FileIO, packing: str | None, block_bytes: int) -> Iterator[bytes]:
    if packing is not None:
        yield from unpacked(file, block_bytes, packing)
        return
    while data := file.read(block_bytes):
        yield data
