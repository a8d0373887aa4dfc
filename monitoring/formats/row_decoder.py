"""Decode the lines of a log into rows of the wanted fields: ours at full speed, others as records of ours.

A line is ours if its event, level and status are words of ours, its time is RFC 3339 with a zone, its values
are of the schema's types, and it tells how a finished task ended. Every other line goes to the translator,
and becomes such a line.
"""

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from io import BytesIO
from itertools import compress
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from monitoring.formats.files.encodings import is_utf8
from monitoring.formats.found_fields import FoundFields
from monitoring.record.lenient import MAX_NESTING, brackets, is_nested_too_deep
from monitoring.record.mapping import check_targets
from monitoring.record.schema import MAX_LINE_BYTES, TYPES
from monitoring.record.vocabulary import EVENTS, FINISHED, LEVELS, STATUSES
from monitoring.storage.blocks import without_hole
from monitoring.storage.damage import Damage, DamagedError

if TYPE_CHECKING:
    from monitoring.formats.translator import Record, Translator

# A moment that is told for one of these years may be outside of them in UTC, where dates end.
_FIRST_YEAR, _LAST_YEAR = 1, 9999

BROKEN_KINDS = (
    "torn",
    "damaged",
    "not_json",
    "too_deep",
    "not_object",
    "too_long",
    "too_many",
    "metrics",
    "no_time",
    "text_no_time",
)

_CHECKED: dict[str, Any] = {
    "timestamp": Annotated[datetime.datetime, msgspec.Meta(tz=True)],
    "event": Literal[tuple(sorted(EVENTS))],
    "level": Literal[LEVELS] | None,
    "status": Literal[STATUSES] | None,
}
_REQUIRED = ("timestamp", "event")


class RowDecoder:
    """Decode lines into rows that have `timestamp`, and the fields `wanted`, None where one is absent.

    Lines of more than `max_line_bytes` are no records. `mapping` and `zone` are those of `Translator`. A line
    without one of the names `required` is not ours to the letter.

    Raises:
        ValueError: a name of the mapping is not a field, or two foreign names stand for one.
    """

    def __init__(
        self,
        wanted: Iterable[str],
        mapping: Mapping[str, str] = {},
        zone: datetime.tzinfo = datetime.UTC,
        max_line_bytes: int = MAX_LINE_BYTES,
        required: Iterable[str] = (),
    ) -> None:
        # The number of lines so far that are no records, by kind.
        self.broken = Counter(dict.fromkeys(BROKEN_KINDS, 0))
        self.found_fields = FoundFields()
        # Where compressed files were damaged.
        self.damages: list[Damage] = []
        self.max_line_bytes = max_line_bytes
        check_targets(mapping)
        self._mapping = mapping
        self._zone = zone
        # The last line that was broken; and one that was so twice in a row: it is so as often as it follows.
        self._last_broken = self._hopeless = b""
        self._hopeless_kind = ""
        # Whether a record was not ours to the letter.
        self.has_translated = False
        types = {name: _CHECKED.get(name, _type_of(name)) for name in (*_REQUIRED, "status", *wanted)}
        present = dict.fromkeys((*_REQUIRED, *required))
        needed = [(name, types.get(name, Any)) for name in present]
        optional = [(name, kind, None) for name, kind in types.items() if name not in present]
        self._others = [name for name in (*present, *types) if name != "timestamp"]
        self._row_type = msgspec.defstruct("Row", [*needed, *optional], gc=False)
        self._decoder = msgspec.json.Decoder(self._row_type)

    @cached_property
    def translator(self) -> "Translator":
        """What turns lines of other programs into records of ours; a log of ours never loads it."""
        from monitoring.formats.translator import Translator

        return Translator(self._mapping, self._zone)

    @property
    def has_looked_closer(self) -> bool:
        """Whether a line was not ours to the letter, be it a record of another program or broken."""
        return "translator" in self.__dict__

    def note_damage(self, error: Exception) -> None:
        """Note that a compressed file is damaged; the rest of it counts as one broken line."""
        self.broken["damaged"] += 1
        if isinstance(error, DamagedError):
            self.damages.append(error.damage)

    def rows(self, data: bytes) -> list[Any]:
        """Decode whole lines (the last newline may be missing); skip and count lines that are no records."""
        may_be_ours = not self._mapping and len(data) <= self.max_line_bytes + 1
        if may_be_ours and brackets(data) <= data.count(b"\n") + MAX_NESTING:
            try:
                rows = list(map(self._decoder.decode, BytesIO(data)))
                if _are_settled(rows):
                    return rows
            except (ValueError, RecursionError):
                pass  # At least one line needs to be looked at by itself.
        return self._read(data)[0]

    def rows_and_lines(self, data: bytes) -> tuple[list[Any], list[bytes]]:
        """Decode whole lines, and return beside each row its line, in our form where it was another one."""
        rows, lines, translated = self._read(data)
        if translated:
            from monitoring.record.encode import to_line

            for place, fields in translated.items():
                lines[place] = to_line(fields)[:-1]
        return rows, lines

    def _read(self, data: bytes) -> tuple[list[Any], list[bytes], dict[int, Mapping[str, Any]]]:
        """Decode whole lines; return the rows, their lines, and the records of other programs by place.

        The lines of the latter are empty: they are encoded when all lines that belong to them are read.
        """
        decode: Callable[[bytes], Any] = self._decoder.decode
        rows: list[Any] = []
        kept: list[bytes] = []
        translated: dict[int, Mapping[str, Any]] = {}
        are_sound = is_utf8(data)
        for line in self._readable_lines(data):
            if line == self._hopeless:
                self.broken[self._hopeless_kind] += 1
                continue
            may_be_ours = line[:1] == b"{" and not self._mapping and (are_sound or is_utf8(line))
            if may_be_ours:
                try:
                    row = decode(line)
                    if _are_settled((row,)):
                        rows.append(row)
                        kept.append(line)
                        continue
                except (msgspec.DecodeError, RecursionError):
                    pass
            for record in self._translate(line):
                translated[len(kept)] = record.fields
                rows.append(self._row(record))
                kept.append(b"")
        return rows, kept, translated

    def _readable_lines(self, data: bytes) -> list[bytes]:
        """Return the lines that may be records; each check of all lines is made only where one may fail."""
        lines = list(filter(None, data.split(b"\n")))
        if len(data) > self.max_line_bytes:
            if b"\0" in data:
                lines = [without_hole(line) for line in lines]
            lines = self._sift(lines, [len(line) <= self.max_line_bytes for line in lines], "too_long")
        if brackets(data) > len(lines) + MAX_NESTING:
            lines = self._sift(lines, [not is_nested_too_deep(line) for line in lines], "too_deep")
        return lines

    def _sift(self, lines: list[bytes], good: list[bool], kind: str) -> list[bytes]:
        self.broken[kind] += good.count(False)
        return list(compress(lines, good))

    def _translate(self, line: bytes) -> "list[Record]":
        """Return the records of a line that is not ours to the letter, or count it as broken."""
        from monitoring.formats.parts import NotARecordError

        self._hopeless = b""
        try:
            records = self.translator.records(line)
        except NotARecordError as error:
            self.broken[error.kind] += 1
            if line == self._last_broken:
                self._hopeless, self._hopeless_kind = line, error.kind
            self._last_broken = line
            if error.kind == "no_time":
                self.found_fields.add(self.translator.seen)
            return []
        self._last_broken = b""
        self.has_translated = self.has_translated or bool(records)
        if records or self.translator.broken_parts:
            self.broken.update(self.translator.broken_parts)
            self.translator.broken_parts.clear()
            self.found_fields.add(self.translator.seen)
        return records

    def _row(self, record: "Record") -> Any:
        from monitoring.formats.values.times import datetime_of

        values = {name: record.fields.get(name) for name in self._others}
        return self._row_type(timestamp=datetime_of(record.microseconds), **values)


def _are_settled(rows: Sequence[Any]) -> bool:
    """Tell whether each finished task tells how it ended, and no moment is at an end of all dates."""
    for row in rows:  # a loop takes half the time of `all`
        if row.status is None and row.event == FINISHED:
            return False
        if not _FIRST_YEAR < row.timestamp.year < _LAST_YEAR:
            return False
    return True


def _type_of(name: str) -> Any:
    """Return the type of a field in a row: all numbers are floats."""
    return (str if TYPES[name] is str else float) | None
