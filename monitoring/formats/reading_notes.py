"""What a person should know of how a log was read: its formats, what was not read, and what to do."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from monitoring.formats.programs.names import EXTRA, is_usual
from monitoring.formats.row_decoder import RowDecoder
from monitoring.formats.values.durations import milliseconds_of
from monitoring.record.found_field import FoundField
from monitoring.record.lenient import MAX_NESTING
from monitoring.record.mapping import DURATION_UNITS, path_of
from monitoring.storage.damage import Damage

# So many fields are named in a sentence.
MAX_NAMED = 12
# So many damages are told.
MAX_DAMAGES = 5
# So many fields without a unit are told.
MAX_UNITS = 5
# What each kind of broken line is, and what to do about it.
BROKEN_TEXTS = {
    "damaged": "the rest of a compressed file that cannot be read to its end",
    "torn": "cut off, as a killed program leaves them",
    "not_json": "neither JSON nor a text that is known; docs/formats.md lists what is read",
    "too_deep": f"nested deeper than {MAX_NESTING} times",
    "not_object": "JSON, but no object: a record is an object such as {...}",
    "too_long": "longer than 64 KiB",
    "too_many": "with more than 2,000 records, of which the rest was not read",
    "metrics": "metrics of OpenTelemetry, of which only logs and traces are read",
    "text_no_time": (
        "of text without a time; write the log with times: uvicorn --log-config FILE with %(asctime)s in its "
        "formats, docker logs --timestamps, kubectl logs --timestamps, journalctl -o short-iso, or any "
        "program (as llama-server, whose --log-timestamps count from its start) through "
        "PROGRAM 2>&1 | ts '%Y-%m-%dT%H:%M:%S%z' > FILE"
    ),
    "no_time": "without a time; name the field that has it: --map NAME=timestamp",
}
NO_REQUEST = "no record is a request, since none tells how long it took; "
# What to do then: where a field may tell it, where none does, and where there are no fields.
_UNIT_IS = "where UNIT is ns, us, ms, s, m or h"
NAME_THE_FIELD = f"name the field that does, with its unit: --map NAME:UNIT=response_time_ms, {_UNIT_IS}"
LOG_A_DURATION = (
    "none of their other fields can: let the program log it as well, with its unit "
    "(nginx: rt=$request_time; or duration_ms=12.5, duration=0.05s)"
)
OTHER_ZONE = "another zone is named by --timezone Asia/Shanghai, or by LOG_TIMEZONE"
TEXTS_ALONE = (
    "these are texts, which have no field to map: let the program write JSON, or pairs with a unit such as "
    "duration_ms=12.5 and duration=0.05s"
)
# Where half of the requests take longer than a day, their duration is likely in another unit.
LONGEST_MEDIAN_MS = 86_400_000.0
_UNITS = f". A unit after the colon is one of {', '.join(DURATION_UNITS)}"


@dataclass(slots=True)
class ReadingNotes:
    """What was seen while a log was read."""

    broken: Counter[str] = field(default_factory=Counter)  # lines that are no records, by kind
    damages: list[Damage] = field(default_factory=list)  # of compressed files
    read_as: Counter[str] = field(default_factory=Counter)  # records of other programs, by format
    unknown_statuses: Counter[str] = field(default_factory=Counter)
    # Records with a duration of unknown unit, by the mapping that would name it.
    unknown_units: Counter[str] = field(default_factory=Counter)
    mapped: set[str] = field(default_factory=set)  # the names of the mapping that were found
    fitting: set[str] = field(default_factory=set)  # those of them of which a value could be read
    fields: dict[str, FoundField] = field(default_factory=dict)  # fields of other programs' records
    zoneless: str = ""  # a time that names no zone, and was read as UTC

    @classmethod
    def of(cls, decoder: RowDecoder) -> "ReadingNotes":
        """Return what a decoder has seen."""
        if not decoder.has_looked_closer:
            return cls(+decoder.broken, list(decoder.damages))
        translator = decoder.translator
        found = {each.name: each for each in decoder.found_fields.all()}
        return cls(
            +decoder.broken,
            list(decoder.damages),
            Counter(translator.read_as),
            Counter(translator.unknown_statuses),
            Counter(translator.unknown_units),
            set(translator.found),
            set(translator.fitting),
            found,
            translator.zoneless.example,
        )

    def add(self, other: "ReadingNotes") -> None:
        """Take over what was seen in another part of the log."""
        self.broken.update(other.broken)
        self.damages += other.damages
        self.read_as.update(other.read_as)
        self.unknown_statuses.update(other.unknown_statuses)
        self.unknown_units.update(other.unknown_units)
        self.mapped |= other.mapped
        self.fitting |= other.fitting
        for name, each in other.fields.items():
            self.fields.setdefault(name, each)
        self.zoneless = self.zoneless or other.zoneless

    def checked(self, mapping: Mapping[str, str], records: int, has_requests: bool = True) -> list[str]:
        """Return what a person should know of a log of which so many records were read.

        Raises:
            ValueError: none of its lines could be read, or no record has a name of the mapping.
        """
        missing = [name for name in mapping if path_of(name) not in self.mapped]
        if missing and (records or self.broken.total()):
            fields = _named(self.fields) or "none"
            units = _UNITS if any(":" in name for name in missing) else ""
            raise ValueError(
                f"no such field in the log: {', '.join(missing)}; its fields are {fields}{units}"
            )
        if not records and self.broken.total():
            raise ValueError(f"no record could be read: {self._broken_lines()}{self._fields()}")
        return [*self._sentences(records, has_requests), *self._misfits(mapping)]

    def _misfits(self, mapping: Mapping[str, str]) -> Iterator[str]:
        """Say which names of a mapping are there, and have no value that fits."""
        for name, ours in mapping.items():
            path = path_of(name)
            if path in self.mapped and path not in self.fitting:
                inner = _named(field for field in self.fields if field.startswith(f"{path}."))
                advice = f"; it has {inner}" if inner else ""
                yield f"no value of {path} can be read as {ours}{advice}"

    def _sentences(self, records: int, has_requests: bool) -> Iterator[str]:
        if not records:
            yield "the log is empty: there are no records"
        if self.broken.total():
            yield self._broken_lines()
        for name, count in self.read_as.most_common():
            yield f"{count:,} {'record was' if count == 1 else 'records were'} read as {name}"
        if self.zoneless:
            yield f"times without a zone, such as {self.zoneless}, were read as UTC: {OTHER_ZONE}"
        if self.unknown_statuses:
            words = ", ".join(f"{word!r} ({count:,})" for word, count in self.unknown_statuses.most_common(5))
            yield f"statuses that are none of ok, error, cancelled and rejected: {words}"
        for mapping, count in self.unknown_units.most_common(MAX_UNITS):
            yield self._of_unknown_unit(mapping, count)
        if records and not has_requests and not self.unknown_units:
            yield f"{NO_REQUEST}{self._advice()}"

    def _advice(self) -> str:
        """Say how a log without requests would have some."""
        if not self.fields:
            return TEXTS_ALONE
        others = self._other_fields()
        may_tell = any(_may_be_a_duration(each) for each in others)
        return f"{NAME_THE_FIELD if may_tell else LOG_A_DURATION}{self._fields()}"

    def _of_unknown_unit(self, mapping: str, count: int) -> str:
        path, _, _ = mapping.rpartition(":UNIT=")
        example = self.fields[path].examples[0] if path in self.fields else ""
        how = f"--map {mapping}, {_UNIT_IS}" + (f" (for example {example})" if example else "")
        if path.startswith(EXTRA):
            lines = "1 line ends" if count == 1 else f"{count:,} lines end"
            return f"{lines} with a number of unknown meaning; where it is the duration, name it with {how}"
        records = "1 record tells" if count == 1 else f"{count:,} records tell"
        return f"{records} a duration whose unit is not known: name it with {how}"

    def _other_fields(self) -> list[FoundField]:
        """Return the fields that are read for none of ours."""
        return [
            each for each in self.fields.values() if each.name not in self.fitting and not is_usual(each.name)
        ]

    def _broken_lines(self) -> str:
        counts = self.broken.most_common()
        lines = [f"broken lines: {count:,} {BROKEN_TEXTS[kind]}" for kind, count in counts]
        return "; ".join((*lines, *map(str, self.damages[:MAX_DAMAGES])))

    def _fields(self) -> str:
        names = _named(each.name for each in self._other_fields())
        return f". Fields of other names: {names}" if names else ""


def likely_wrong_unit(mapping: Mapping[str, str], median_ms: float | None) -> Iterator[str]:
    """Say that a mapped duration has likely another unit, where most requests take longer than a day."""
    name = next((name for name, ours in mapping.items() if ours == "response_time_ms"), None)
    if name is not None and median_ms is not None and median_ms > LONGEST_MEDIAN_MS:
        yield (
            f"half of the requests take {median_ms / LONGEST_MEDIAN_MS:,.1f} days or more: "
            f"{name}=response_time_ms has likely the wrong unit"
        )


def _may_be_a_duration(found: FoundField) -> bool:
    """Tell whether a value of a field can be read as a duration."""
    return any(milliseconds_of(example, "ms") is not None for example in found.examples)


def _named(fields: Iterable[str]) -> str:
    names = list(fields)
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more
