"""A part of a log file becomes rows of the few fields that statistics need, fast."""

import json
import sys
from collections.abc import Iterator, Mapping
from gzip import GzipFile
from io import BytesIO, FileIO
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from monitoring.record.mapping import number
from monitoring.record.schema import MAX_READ_BYTES, TYPES
from monitoring.storage.paths import open_log_file

READ_BYTES = 1 << 18  # larger blocks leave the processor's cache
WANTED = {name: TYPES[name] for name in ("task_type", "event", "status", "response_time_ms")}
WHOLE = sys.maxsize


class Piece(NamedTuple):
    """The lines of a file that begin at `start` or later, and before `end`, in bytes."""

    path: Path
    start: int = 0
    end: int = WHOLE


def read_lines(piece: Piece) -> Iterator[memoryview]:
    """Yield whole lines, some at a time; each batch is valid until the next one is asked for.

    In place of a line that is too long comes its end, which is made to be no JSON.

    Raises:
        OSError, EOFError, zlib.error: the file cannot be read, or only as far as it was yielded.
    """
    store = bytearray(MAX_READ_BYTES + 1)
    buffer = memoryview(store)
    with open_log_file(piece.path) as file:
        start, end = _line_start(file, piece.start), _line_start(file, piece.end)
        file.seek(start)
        held = 0  # bytes of a line whose end is not read yet
        while got := file.readinto(buffer[held : held + min(end - start, READ_BYTES, len(store) - held)]):
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
    """Return where the first line begins that does so at `place` or after."""
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

    `mapping` tells which foreign name stands for which of our fields; where a record has both, the
    foreign one counts.
    """

    def __init__(self, mapping: Mapping[str, str] = {}) -> None:
        self.broken = 0  # lines so far that are no JSON object
        fields = {**dict(zip(WANTED, WANTED, strict=True)), **mapping}  # by their names in the log
        self._keys: dict[str, str] = {}  # a row's field -> its name in the log
        for name in WANTED:
            own, *foreign = [key for key, field in fields.items() if field == name] or [f"no {name}"]
            self._keys[name] = foreign[0] if foreign else own
            if foreign:
                self._keys[f"own_{name}"] = own
        self._mapped = [name for name in WANTED if f"own_{name}" in self._keys]
        types = {name: WANTED[name.removeprefix("own_")] for name in self._keys}
        self._row = msgspec.defstruct(
            "Row", [(name, kind | None, None) for name, kind in types.items()], rename=self._keys, gc=False
        )
        self._decoder = msgspec.json.Decoder(self._row)

    def rows(self, lines: memoryview) -> list[Any]:
        """Decode whole lines; skip and count those that are no JSON object."""
        try:
            rows = list(map(self._decoder.decode, BytesIO(lines)))
        except (ValueError, RecursionError):  # of one of the lines
            rows = [row for line in BytesIO(lines) if line.strip() and (row := self._row_of(line))]
        for name in self._mapped:
            for row in rows:
                if getattr(row, name) is None:
                    setattr(row, name, getattr(row, f"own_{name}"))
        return rows

    def _row_of(self, line: bytes) -> Any:
        """Decode one line, each field for itself where some are not of the type that is wanted."""
        try:
            return self._decoder.decode(line)
        except (ValueError, RecursionError):
            pass
        try:
            fields = json.loads(line)  # unlike strict JSON, it knows NaN
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict):
            self.broken += 1
            return None
        row = self._row()
        for name, key in self._keys.items():
            kind = WANTED[name.removeprefix("own_")]
            setattr(row, name, _text(fields.get(key)) if kind is str else number(fields.get(key)))
        return row


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
