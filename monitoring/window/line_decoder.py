"""Decode the lines of a log into columns, and count the lines that are no records by kind."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from monitoring.record.lenient import (
    MAX_NESTING,
    brackets,
    is_nested_too_deep,
    kind_of_broken,
    may_be_object,
    parse_leniently,
    parse_refused,
)
from monitoring.record.mapping import check_targets, number
from monitoring.record.schema import MAX_LINE_BYTES, NUMBERS, TEXTS
from monitoring.record.timestamps import EARLIEST, TOO_LATE, seconds_of

BROKEN_KINDS = ("torn", "not_json", "not_object", "not_utf8", "too_long", "no_time")

_COLUMNS = ("timestamp", *NUMBERS, *TEXTS)
_TYPES = dict.fromkeys(NUMBERS, float | None) | dict.fromkeys(TEXTS, str | None)
# A plain number above this one is in milliseconds: 1e11 s is the year 5138.
_MAX_SECONDS = 1e11
# A number that may need more than 64 bits.
_LONG_NUMBER = re.compile(rb"[0-9]{19}")


@dataclass(frozen=True, slots=True)
class Batch:
    """Decoded records in the order of their lines: columns of equal length, and the lines themselves."""

    time: np.ndarray  # s since the epoch, UTC, float64
    numbers: dict[str, np.ndarray]  # float64, NaN where absent
    texts: dict[str, Sequence[str]]  # "" where absent
    lines: bytes  # the lines of exactly these records, each ended by b"\n"

    def __len__(self) -> int:
        return len(self.time)

    def where(self, mask: np.ndarray) -> "Batch":
        """Return the records that `mask`, bool of shape [len(self)], selects."""
        return Batch(
            self.time[mask],
            {name: column[mask] for name, column in self.numbers.items()},
            {name: list(compress(column, mask)) for name, column in self.texts.items()},
            _joined(compress(self.lines.split(b"\n"), mask)),
        )


class LineDecoder:
    """Decode the lines of a log; `mapping` gives the field of ours that each foreign name stands for.

    Lines of more than `max_line_bytes` are no records.

    Raises:
        ValueError: a name of the mapping is not a field, or two foreign names stand for one.
    """

    def __init__(self, mapping: Mapping[str, str] = {}, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        check_targets(mapping)
        # The number of lines so far that are no records, by kind.
        self.broken = Counter(dict.fromkeys(BROKEN_KINDS, 0))
        self.max_line_bytes = max_line_bytes
        self._mapping = dict(mapping)
        # The field of each name that is read; a mapped name comes later, and wins.
        names = dict(zip(_COLUMNS, _COLUMNS, strict=True)) | self._mapping
        self._sources = {name: field for name, field in names.items() if field in _COLUMNS}
        # The attribute of a row that holds the value of each name.
        self._attributes = {name: f"f{i}" for i, name in enumerate(self._sources)}
        self._row_type = msgspec.defstruct(
            "Row",
            [
                (self._attributes[name], _TYPES.get(field, str | float | None), None)
                for name, field in self._sources.items()
            ],
            rename={attribute: name for name, attribute in self._attributes.items()},
            gc=False,
        )
        self._decoder = msgspec.json.Decoder(self._row_type)
        # A record may have its time under several names.
        times = [self._attributes[name] for name, field in self._sources.items() if field == "timestamp"]
        self._moment = attrgetter(*times)
        self._no_moment = None if len(times) == 1 else (None,) * len(times)

    def decode(self, data: bytes) -> Batch:
        """Decode whole lines (the last newline may be missing); skip and count lines that are no records.

        Blocks of about 256 KiB are decoded fastest.
        """
        decode = self._decoder.decode
        rows: list[msgspec.Struct] = []
        kept: list[bytes] = []
        for line in self._sound_lines(data):
            try:
                row: msgspec.Struct | None = decode(line)
            except (msgspec.DecodeError, RecursionError) as error:
                row = self._lenient_row(line, error)
            if row is None:
                continue
            if self._moment(row) == self._no_moment:
                self.broken["no_time"] += 1
                continue
            rows.append(row)
            kept.append(line)
        batch = self._batch(rows, _joined(kept))
        timed = ~np.isnan(batch.time)
        self.broken["no_time"] += len(batch) - int(timed.sum())
        return batch if timed.all() else batch.where(timed)

    def record(self, line: bytes) -> dict[str, Any]:
        """Return all fields of one good line, foreign names turned into ours; {} for any other line.

        All its values can be encoded again: see `parse_leniently`.
        """
        try:
            fields = _parse(line)
        except ValueError:
            return {}
        if not isinstance(fields, dict):
            return {}
        mapped = {ours: fields.pop(name, None) for name, ours in self._mapping.items()}
        return {**fields, **{ours: value for ours, value in mapped.items() if value is not None}}

    def _sound_lines(self, data: bytes) -> list[bytes]:
        """Return the lines that may be objects; each check of all lines is made only where one may fail."""
        lines = list(filter(None, data.split(b"\n")))
        if len(data) > self.max_line_bytes:
            lines = self._sift(lines, [len(line) <= self.max_line_bytes for line in lines], "too_long")
        if not _is_utf8(data):
            lines = self._sift(lines, [_is_utf8(line) for line in lines], "not_utf8")
        if brackets(data) > len(lines) + MAX_NESTING:
            lines = self._sift(lines, [not is_nested_too_deep(line) for line in lines], "not_json")
        objects = list(filter(may_be_object, lines))
        if len(objects) < len(lines):
            others = (line for line in lines if not may_be_object(line) and line.strip())
            self.broken.update(map(kind_of_broken, others))
        return objects

    def _sift(self, lines: list[bytes], good: list[bool], kind: str) -> list[bytes]:
        self.broken[kind] += good.count(False)
        return list(compress(lines, good))

    def _lenient_row(self, line: bytes, error: Exception) -> msgspec.Struct | None:
        """Decode a line field by field, where a value is not of the expected type or not strict JSON."""
        try:
            fields = parse_refused(line, error)
        except ValueError:
            self.broken["not_json"] += 1
            return None
        row: msgspec.Struct = self._row_type()
        for name in fields.keys() & self._sources.keys():
            setattr(row, self._attributes[name], _coerced(self._sources[name], fields[name]))
        return row

    def _batch(self, rows: Sequence[msgspec.Struct], lines: bytes) -> Batch:
        columns = self._columns_of(rows)
        absent = [None] * len(rows)
        return Batch(
            _seconds(columns.get("timestamp", absent)),
            {name: np.array(columns.get(name, absent), dtype=np.float64) for name in NUMBERS},
            {name: [text or "" for text in columns.get(name, absent)] for name in TEXTS},
            lines,
        )

    def _columns_of(self, rows: Sequence[msgspec.Struct]) -> dict[str, Sequence[Any]]:
        """Return the values of each field, one for each row; a mapped name wins where it has a value."""
        columns: dict[str, Sequence[Any]] = {}
        if not rows:
            return columns
        values = zip(*map(msgspec.structs.astuple, rows), strict=True)
        for field, column in zip(self._sources.values(), values, strict=True):
            if field in columns:
                columns[field] = list(map(_first_known, column, columns[field]))
            else:
                columns[field] = column
        return columns


def _joined(lines: Iterable[bytes]) -> bytes:
    return b"".join([line + b"\n" for line in lines])


def _is_utf8(text: bytes) -> bool:
    """Tell whether a text is UTF-8; its last character may be cut off."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def _parse(line: bytes) -> Any:
    """Decode a line into values that can be encoded again.

    Raises:
        ValueError: the line is no JSON, not even for `parse_leniently`.
    """
    if _LONG_NUMBER.search(line) is None:
        try:
            return msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            pass
    return parse_leniently(line)


def _coerced(field: str, value: object) -> str | float | None:
    if field in TEXTS:
        return value if isinstance(value, str) else None
    if field in NUMBERS:
        return number(value)
    return value if isinstance(value, str) else number(value)


def _first_known(value: object, otherwise: object) -> object:
    return otherwise if value is None else value


def _seconds(times: Sequence[str | float | None]) -> np.ndarray:
    """Return moments in s since the epoch, NaN for values that are no moments."""
    try:
        seconds = np.array(list(map(seconds_of, times)))  # type: ignore[arg-type]  # TypeError is caught
    except (TypeError, ValueError, OverflowError):
        seconds = np.array(list(map(_seconds_of_any, times)))
    return np.where((seconds >= EARLIEST) & (seconds < TOO_LATE), seconds, np.nan)


def _seconds_of_any(value: str | float | None) -> float:
    if isinstance(value, str):
        try:
            return seconds_of(value.strip().upper())
        except OverflowError:
            return math.nan
        except ValueError:
            value = number(value)
    if value is None:
        return math.nan
    return value / 1000 if value > _MAX_SECONDS else value
