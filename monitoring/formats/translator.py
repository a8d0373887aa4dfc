"""Turn a line of any program into records of ours.

All readers of logs come here with each line that is not ours to the letter, so that a dashboard, a summary,
alerts, SQL and jq see the same records.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

from monitoring.formats.around import Around
from monitoring.formats.continuations import Continuations, Head, begins
from monitoring.formats.counted_names import count_name
from monitoring.formats.files.encodings import from_gb18030, is_utf8
from monitoring.formats.json_lines import objects_in, parsed, record_behind, record_of
from monitoring.formats.meaning import converted, others, settle, unitless_durations
from monitoring.formats.message_ends import told_at_end
from monitoring.formats.parts import NotARecordError, read_parts
from monitoring.formats.programs.access_lines import ACCESS_PROGRAMS
from monitoring.formats.programs.plans import Plan, Shape, plan_of, shape_of
from monitoring.formats.programs.syslog import JournalHeads, is_mark_of_journal
from monitoring.formats.programs.text_lines import TextRecord, read_text
from monitoring.formats.programs.text_wrappers import WORKER, of_stamped_text, of_text, without_colours
from monitoring.formats.programs.wrappers import Inner, batch_of, of_object
from monitoring.formats.values.field_paths import lookup
from monitoring.formats.values.outcomes import http_status, level_of
from monitoring.formats.values.times import lacks_year, microseconds_of, rfc3339
from monitoring.formats.values.zones import ZonelessTimes, in_zone_of
from monitoring.record.lenient import BYTE_ORDER_MARK, kind_of_broken
from monitoring.record.schema import MAX_LINE_BYTES
from monitoring.record.vocabulary import EVENTS, STATUSES

# So many shapes of records are remembered; hostile records have endlessly many.
MAX_SHAPES = 1000
# So many wrappers may stand around each other, and so many of them around one of text.
MAX_WRAPPERS = 20
MAX_WRAPPERS_OF_TEXT = 5
# So many streams may have a line that was cut.
MAX_STREAMS = 8
# Where a record tells its message.
_MESSAGES = frozenset({"message", "msg", "event", "short_message", "@m", "@mt"})
# What a line of text tells of the JSON record at its end as a wrapper does.
_TOLD_AROUND = frozenset({"timestamp", "level", "message"})


class Record(NamedTuple):
    """A record of ours, and its moment in µs since the epoch."""

    fields: dict[str, Any]
    microseconds: int


class Translator:
    """Read lines one after the other; parts of a line that a container has cut are put together.

    `mapping` has another program's names for our fields, perhaps with units (`latency:s`). A time without a
    zone is in `zone`.
    """

    def __init__(self, mapping: Mapping[str, str] = {}, zone: tzinfo = UTC) -> None:
        # The number of records by the format that they were read as.
        self.read_as: Counter[str] = Counter()
        # Parts of lines with several records that are none, by kind.
        self.broken_parts: Counter[str] = Counter()
        # The paths of the mapping that were there in some record, and those of which a value could be read.
        self.found: set[str] = set()
        self.fitting: set[str] = set()
        # The words that records told as their status, and that nobody knows.
        self.unknown_statuses: Counter[str] = Counter()
        # Records with a duration of which nobody knows the unit, by the mapping that would name it.
        self.unknown_units: Counter[str] = Counter()
        self.zoneless = ZonelessTimes(zone)
        self._mapping = dict(mapping)
        self._zone = zone
        self._plans: dict[Shape, Plan] = {}
        # The parts of lines whose ends come later, by their stream.
        self._held: dict[str, str] = {}
        # The events of text whose tracebacks may go on.
        self._continuations = Continuations()
        # The fields of the last line as its program wrote them, without wrappers; {} for most lines of text.
        self.seen: dict[str, Any] = {}
        self._heads = JournalHeads()
        # When the last record happened, in µs since the epoch.
        self._last: int | None = None

    def records(self, line: bytes) -> list[Record]:
        """Return the records of one line: most lines have one, a part of a line none, some have several.

        A line of a traceback has none: it is added to the fields of the record before it. Of a line with
        several, those that are none are added to `broken_parts`.

        Raises:
            NotARecordError: it is no record.
        """
        self.seen = {}
        text = line.rstrip(b" \t\r\0").lstrip(b"\0").removeprefix(BYTE_ORDER_MARK).lstrip(b"\0")
        if not text.strip():
            if b"\0" in line:
                raise NotARecordError("not_json")
            return []
        if is_utf8(text):
            return list(self._of_line(text.decode(errors="replace"), Around()))
        if (chinese := from_gb18030(text)) is not None:
            return list(self._of_line(chinese.decode(), Around(wrappers=("GB 18030",))))
        return list(self._of_line(text.decode(errors="replace"), Around()))

    def fields_of(self, line: bytes) -> dict[str, Any]:
        """Return all fields of a line that is a JSON object, as they stand there; {} for any other line."""
        try:
            fields = parsed(line.strip(b" \t\r\0"))
        except ValueError:
            return {}
        return fields if isinstance(fields, dict) else {}

    def _of_line(self, line: str, around: Around) -> Iterator[Record]:
        """Yield the records of a line, whose indentation is still there."""
        line = without_colours(line)
        text = line.strip()
        if text[:1] == "[" and (objects := objects_in(text)) is not None:
            yield from self._of_objects(objects, around)
            return
        if text[:1] != "{":
            yield from self._of_text(line, text, around)
            return
        try:
            fields = parsed(text.encode(errors="replace"))
        except ValueError as error:
            if (objects := objects_in(text)) is not None:
                yield from self._of_objects(objects, around)
                return
            if self._continuations.take(around.stream, line, around.time is not None):
                return
            if not (around.wrappers and around.time is not None):
                raise NotARecordError(kind_of_broken(text.encode(errors="replace"))) from error
            yield self._of_known({"message": text}, around, text)
        else:
            yield from self._of_fields(fields, around)

    def _of_text(self, line: str, text: str, around: Around) -> Iterator[Record]:
        """Yield the records of a line that is no JSON."""
        if not around.wrappers and is_mark_of_journal(text):
            self._continuations.end(around.stream)
            return
        can_go_on = len(around.wrappers) < MAX_WRAPPERS_OF_TEXT
        inner = of_text(line) if can_go_on else None
        known = read_text(text) if inner is None else None
        if known is not None:
            yield from self._of_text_record(known, around.with_name(known.program), text)
        elif inner is not None or (can_go_on and (inner := of_stamped_text(line, self._heads)) is not None):
            yield from self._of_inner(inner, around)
        elif self._continuations.take(around.stream, line, around.time is not None):
            return
        elif (found := record_behind(text)) is not None:
            yield from self._of_fields(_with_prefix(*found), around)
        elif (around.wrappers and around.time is not None) or (
            self._last is not None and _is_event(line, around)
        ):
            yield self._of_known({"message": text}, around, text)
        else:
            raise NotARecordError(kind_of_broken(text.encode(errors="replace")))

    def _of_text_record(self, known: TextRecord, around: Around, text: str) -> Iterator[Record]:
        """Yield the record of a line that is known; a logger's message may be a record of JSON itself."""
        fields = known.fields
        if known.program == "text with a level":
            fields = told_at_end(str(fields["message"])) | fields
        if known.program == "logfmt" or known.program in ACCESS_PROGRAMS:
            self.seen = fields
        is_message = "status" not in fields and "response_time_ms" not in fields
        found = record_behind(str(fields.get("message", "")).strip()) if is_message else None
        if found is None:
            head = Head.of(known.program, fields)
            message = str(fields.get("message", ""))
            if not (is_message and self._continuations.take_headed(around.stream, head, message)):
                yield self._of_known(fields, around, text, head)
            return
        told = {name: value for name, value in fields.items() if name not in _TOLD_AROUND}
        time, level = fields.get("timestamp", around.time), fields.get("level", around.level)
        yield from self._of_fields(told | _with_prefix(*found), around._replace(time=time, level=level))

    def _of_known(
        self, fields: dict[str, Any], around: Around, text: str, head: Head | None = None
    ) -> Record:
        """Return the record of a line of text, to which the next lines may belong."""
        record = self._record(fields, around, is_text=True)
        self._continuations.begin(around.stream, record.fields, text, head)
        return record

    def _of_fields(self, fields: dict[str, Any], around: Around) -> Iterator[Record]:
        if isinstance(fields.get("resourceMetrics"), list):  # of OpenTelemetry; they are no records
            raise NotARecordError("metrics")
        can_go_on = len(around.wrappers) < MAX_WRAPPERS
        batch = batch_of(fields) if can_go_on else None
        if batch is not None:
            yield from self._of_objects(batch.records, around.with_name(batch.name))
            return
        inner = of_object(fields) if can_go_on else None
        if inner is not None and inner.wrapper != "collector":
            yield from self._of_inner(inner, around)
        elif inner is not None and (record := record_of(inner.text)) is not None:
            yield from self._of_fields(record, around.with_inner(inner))
        else:
            self.seen = fields
            self._continuations.end(around.stream)
            yield self._record(fields, around)

    def _of_objects(self, objects: Iterable[dict[str, Any] | None], around: Around) -> Iterator[Record]:
        """Yield the records of several objects; None is one that could not be parsed."""

        def read(fields: dict[str, Any] | None) -> Iterator[Record]:
            if fields is None:
                raise NotARecordError("torn")
            if all(value is None for value in fields.values()):
                raise NotARecordError("no_time")
            return self._of_fields(fields, around)

        yield from read_parts(objects, read, self.broken_parts)

    def _of_inner(self, inner: Inner, around: Around) -> Iterator[Record]:
        text = self._held.pop(inner.stream, "") + inner.text
        if inner.is_partial:
            # Of a line that is too long, only so much is held that it is still too long.
            if len(self._held) < MAX_STREAMS:
                self._held[inner.stream] = text[: MAX_LINE_BYTES + 1]
            return
        if len(text) > MAX_LINE_BYTES:
            raise NotARecordError("too_long")
        if text.strip():
            yield from self._of_line(text, around.with_inner(inner))

    def _record(self, fields: dict[str, Any], around: Around, is_text: bool = False) -> Record:
        plan = self._plan(fields)
        found, used = self._values(plan, fields)
        moment = self._moment(plan, fields, around.time, is_text)
        if moment is None:
            raise NotARecordError("text_no_time" if is_text else "no_time")
        self._last = moment
        default = plan.program.level if plan.program is not None else None
        if "level" not in found and (told := level_of(around.level) or default) is not None:
            found["level"] = told
        settle(found, fields)
        program = plan.program.name if plan.program is not None and not _has_our_form(fields) else ""
        if names := [*around.wrappers, *([program] if program else [])]:
            self.read_as[" + ".join(dict.fromkeys(names))] += 1
        if found.get("status") is not None and found["status"] not in STATUSES:
            count_name(self.unknown_statuses, str(found["status"])[:40])
        for mapping in unitless_durations(plan, fields, found):
            count_name(self.unknown_units, mapping)
        rest = others(fields, used, found)
        return Record({"timestamp": rfc3339(moment), **around.told(fields), **found, **rest}, moment)

    def _plan(self, fields: Mapping[str, Any]) -> Plan:
        shape = shape_of(fields)
        plan = self._plans.get(shape)
        if plan is None:
            plan = plan_of(fields, self._mapping)
            if len(self._plans) < MAX_SHAPES:
                self._plans[shape] = plan
        return plan

    def _values(self, plan: Plan, fields: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
        """Return the values of our fields but the time, and the names of the fields that tell them."""
        found: dict[str, Any] = {}
        used: set[str] = set()
        for field, sources in plan.sources.items():
            for source in sources:
                value = fields.get(source.path)
                if value is None and (value := lookup(fields, source.path)) is None:
                    continue
                if source.is_mapped:
                    self.found.add(source.path)
                used.add(source.path)
                if field != "timestamp" and (read := converted(field, source, value, plan)) is not None:
                    found[field] = read
                    if source.is_mapped:
                        self.fitting.add(source.path)
                    if field == "status" and (code := http_status(value)) is not None:
                        found["http_status"] = code
                    break
        return found, used

    def _moment(self, plan: Plan, fields: Mapping[str, Any], time: object, is_text: bool) -> int | None:
        """Return when a record happened, by its own time, its wrapper's, or that of the line before."""
        for source in plan.sources.get("timestamp", ()):
            told = lookup(fields, source.path)
            if time is not None and lacks_year(told):
                break
            if (moment := microseconds_of(told, self._zone)) is not None:
                if source.is_mapped:
                    self.fitting.add(source.path)
                if time is not None:
                    return in_zone_of(told, moment, time)
                self.zoneless.look_at(told)
                return moment
        moment = microseconds_of(time, self._zone)
        if moment is not None:
            self.zoneless.look_at(time)
        return self._last if moment is None and is_text else moment


def _with_prefix(prefix: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return a record and what stood before it on its line: its message, unless it tells one itself."""
    if not prefix:
        return fields
    return {"prefix" if not _MESSAGES.isdisjoint(fields) else "message": prefix, **fields}


def _is_event(line: str, around: Around) -> bool:
    """Tell whether a line without a time is an event all the same, at the time of the line before."""
    return begins(line) or WORKER in around.wrappers


def _has_our_form(fields: Mapping[str, Any]) -> bool:
    """Tell whether a record is ours but for a value or a missing field, so that no program is named."""
    event = fields.get("event")
    return isinstance(event, str) and event in EVENTS and "timestamp" in fields
