"""Read a part of a log file into rows of the few fields that statistics need."""

import sys
from collections.abc import Iterator, Mapping
from gzip import GzipFile
from io import BytesIO, FileIO
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from monitoring.record.lenient import MAX_NESTING, brackets, is_nested_too_deep, may_be_object, parse_refused
from monitoring.record.mapping import number
from monitoring.record.schema import MAX_LINE_BYTES, TYPES
from monitoring.storage.paths import open_log_file

# The bytes that are read at once: larger blocks leave the processor's cache.
READ_BYTES = 1 << 18
# The fields of a row, and their types.
WANTED = {name: TYPES[name] for name in ("task_type", "event", "status", "response_time_ms", "rejected")}
# The end of a piece that reaches to the end of its file.
WHOLE = sys.maxsize


class Piece(NamedTuple):
    """The lines of a file that begin at `start` or later, and before `end`, in bytes."""

    path: Path
    start: int = 0
    end: int = WHOLE


def read_lines(
    piece: Piece, read_bytes: int = READ_BYTES, max_line_bytes: int = MAX_LINE_BYTES
) -> Iterator[memoryview]:
    """Yield whole lines, some at a time; each batch is valid until the next one is asked for.

    A line that is too long is replaced by its end, with a zero byte in front so that it is no JSON.

    Raises:
        OSError, EOFError, zlib.error: the file cannot be read, or not further than the lines so far.
    """
    store = bytearray(max_line_bytes + 1)
    buffer = memoryview(store)
    with open_log_file(piece.path) as file:
        start, end = _line_start(file, piece.start), _line_start(file, piece.end)
        file.seek(start)
        held = 0  # the bytes of a line whose end was not read yet
        while got := file.readinto(buffer[held : held + min(end - start, read_bytes, len(store) - held)]):
            start += got
            filled = held + got
            cut = store.rfind(b"\n", 0, filled) + 1
            if cut:
                yield buffer[:cut]
            elif filled == len(store):
                store[0] = 0
                filled = 1
            held = filled - cut
            buffer[:held] = buffer[cut:filled]
        if held:
            yield buffer[:held]


def _line_start(file: FileIO | GzipFile, place: int) -> int:
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


class RowDecoder:
    """Decode lines into rows that have the `WANTED` fields, `None` where one is absent.

    `mapping` gives the field of ours that each foreign name stands for; where a record has both names, the
    foreign one counts.
    """

    def __init__(self, mapping: Mapping[str, str] = {}) -> None:
        self.broken = 0  # the number of lines so far that are no JSON object
        fields = {**dict(zip(WANTED, WANTED, strict=True)), **mapping}  # by their names in the log
        self._keys: dict[str, str] = {}  # the name in the log of each field of a row
        for name in WANTED:
            own, *foreign = [key for key, field in fields.items() if field == name] or [f"no {name}"]
            self._keys[name] = foreign[0] if foreign else own
            if foreign:
                self._keys[f"own_{name}"] = own
        self._mapped = [name for name in WANTED if f"own_{name}" in self._keys]
        types = {name: WANTED[name.removeprefix("own_")] for name in self._keys}
        self._row_type = msgspec.defstruct(
            "Row", [(name, kind | None, None) for name, kind in types.items()], rename=self._keys, gc=False
        )
        self._decoder = msgspec.json.Decoder(self._row_type)

    def rows(self, lines: memoryview) -> list[Any]:
        """Decode whole lines; skip and count lines that are no JSON object."""
        text = bytes(lines)
        try:
            if brackets(text) > text.count(b"\n") + MAX_NESTING:
                raise ValueError("a line may be nested too deep")
            rows = list(map(self._decoder.decode, BytesIO(text)))
        except (ValueError, RecursionError):  # At least one line needs to be looked at by itself.
            rows = [row for line in BytesIO(text) if line.strip() and (row := self._row_of(line))]
        for name in self._mapped:
            for row in rows:
                if getattr(row, name) is None:
                    setattr(row, name, getattr(row, f"own_{name}"))
        return rows

    def _row_of(self, line: bytes) -> Any:
        """Decode one line, field by field where some values are not of the expected type."""
        if not may_be_object(line) or is_nested_too_deep(line):
            self.broken += 1
            return None
        try:
            return self._decoder.decode(line)
        except (ValueError, RecursionError) as error:
            try:
                fields = parse_refused(line, error)
            except ValueError:
                self.broken += 1
                return None
        row = self._row_type()
        for name, key in self._keys.items():
            kind = WANTED[name.removeprefix("own_")]
            setattr(row, name, _text_or_none(fields.get(key)) if kind is str else number(fields.get(key)))
        return row


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
