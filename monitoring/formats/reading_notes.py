"""What a person should know of how a log was read: its formats, what was not read, and what to do."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from monitoring.formats.row_decoder import RowDecoder
from monitoring.record.found_field import FoundField
from monitoring.record.mapping import path_of

# So many fields are named in a sentence.
MAX_NAMED = 12
# What each kind of broken line is, and what to do about it.
BROKEN_TEXTS = {
    "torn": "cut off, as a killed program leaves them",
    "not_json": "neither JSON nor a text that is known; docs/formats.md lists what is read",
    "not_object": "JSON, but no object: a record is an object such as {...}",
    "too_long": "longer than 64 KiB",
    "no_time": "without a time; name the field that has it: --map NAME=timestamp",
}
NO_REQUEST = (
    "no record is a request, since none tells how long it took; name the field that does, with its unit: "
    "--map NAME:s=response_time_ms"
)


@dataclass(slots=True)
class ReadingNotes:
    """What was seen while a log was read."""

    broken: Counter[str] = field(default_factory=Counter)  # lines that are no records, by kind
    read_as: Counter[str] = field(default_factory=Counter)  # records of other programs, by format
    unknown_statuses: Counter[str] = field(default_factory=Counter)
    mapped: set[str] = field(default_factory=set)  # the names of the mapping that were found
    fields: dict[str, FoundField] = field(default_factory=dict)  # fields of other programs' records

    @classmethod
    def of(cls, decoder: RowDecoder) -> "ReadingNotes":
        """Return what a decoder has seen."""
        if not decoder.has_looked_closer:
            return cls(+decoder.broken)
        translator = decoder.translator
        found = {each.name: each for each in decoder.found_fields.all()}
        return cls(
            +decoder.broken,
            Counter(translator.read_as),
            Counter(translator.unknown_statuses),
            set(translator.found),
            found,
        )

    def add(self, other: "ReadingNotes") -> None:
        """Take over what was seen in another part of the log."""
        self.broken.update(other.broken)
        self.read_as.update(other.read_as)
        self.unknown_statuses.update(other.unknown_statuses)
        self.mapped |= other.mapped
        for name, each in other.fields.items():
            self.fields.setdefault(name, each)

    def checked(self, mapping: Mapping[str, str], records: int, has_requests: bool = True) -> list[str]:
        """Return what a person should know of a log of which so many records were read.

        Raises:
            ValueError: none of its lines could be read, or no record has a name of the mapping.
        """
        missing = [name for name in mapping if path_of(name) not in self.mapped]
        if missing and (records or self.broken.total()):
            fields = _named(self.fields) or "none"
            raise ValueError(f"no such field in the log: {', '.join(missing)}; its fields are {fields}")
        if not records and self.broken.total():
            raise ValueError(f"no record could be read: {self._broken_lines()}{self._fields()}")
        return list(self._sentences(records, has_requests))

    def _sentences(self, records: int, has_requests: bool) -> Iterator[str]:
        if not records:
            yield "the log is empty: there are no records"
        if self.broken.total():
            yield self._broken_lines()
        for name, count in self.read_as.most_common():
            yield f"{count:,} records were read as {name}"
        if self.unknown_statuses:
            words = ", ".join(f"{word!r} ({count:,})" for word, count in self.unknown_statuses.most_common(5))
            yield f"statuses that are none of ok, error, cancelled and rejected: {words}"
        if records and not has_requests:
            yield f"{NO_REQUEST}{self._fields()}"

    def _broken_lines(self) -> str:
        counts = self.broken.most_common()
        return "; ".join(f"broken lines: {count:,} {BROKEN_TEXTS[kind]}" for kind, count in counts)

    def _fields(self) -> str:
        return f". Fields of other names: {_named(self.fields)}" if self.fields else ""


def _named(fields: Iterable[str]) -> str:
    names = list(fields)
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more
