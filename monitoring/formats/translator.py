"""Turn a line of any program into records of ours.

All readers of logs come here with each line that is not ours to the letter, so that a dashboard, a summary,
alerts, SQL and jq see the same records.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

import msgspec

from monitoring.formats.files.encodings import from_gb18030, is_utf8
from monitoring.formats.meaning import converted, others, settle
from monitoring.formats.programs.plans import Plan, Shape, plan_of, shape_of
from monitoring.formats.programs.text_lines import read_text
from monitoring.formats.programs.wrappers import (
    Inner,
    of_object,
    of_stamped_text,
    of_text,
    prefixed_object,
    records_of_batch,
)
from monitoring.formats.values.field_paths import lookup
from monitoring.formats.values.outcomes import http_status, level_of
from monitoring.formats.values.times import lacks_year, microseconds_of, rfc3339
from monitoring.record.lenient import BYTE_ORDER_MARK, kind_of_broken, parse_leniently
from monitoring.record.schema import MAX_LINE_BYTES
from monitoring.record.vocabulary import STATUSES

# So many shapes of records are remembered; hostile records have endlessly many.
MAX_SHAPES = 1000
# So many wrappers may stand around each other.
MAX_WRAPPERS = 5
# So many streams may have a line that was cut.
MAX_STREAMS = 8
# A number that may need more than 64 bits has so many digits; a search for each digit as for 9 is fast.
_LONG_NUMBER = b"9" * 19
_DIGITS_AS_9 = bytes.maketrans(b"012345678", b"9" * 9)


class NotARecordError(ValueError):
    """A line is no record; `kind` says why, as in `BROKEN_KINDS`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


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
        # The paths of the mapping that were there in some record.
        self.found: set[str] = set()
        # The words that records told as their status, and that nobody knows.
        self.unknown_statuses: Counter[str] = Counter()
        self._mapping = dict(mapping)
        self._zone = zone
        self._plans: dict[Shape, Plan] = {}
        # The parts of lines whose ends come later, by their stream.
        self._held: dict[str, str] = {}
        # When the last record happened, in µs since the epoch.
        self._last: int | None = None

    def records(self, line: bytes) -> list[Record]:
        """Return the records of one line: most lines have one, a part of a line none, some have several.

        Raises:
            NotARecordError: it is no record.
        """
        text = line.strip(b" \t\r\0").removeprefix(BYTE_ORDER_MARK).strip(b" \t\r\0")
        if not text:
            if b"\0" in line:
                raise NotARecordError("not_json")
            return []
        if is_utf8(text):
            return list(self._of_line(text, None, None, ()))
        if (chinese := from_gb18030(text)) is not None:
            return list(self._of_line(chinese, None, None, ("GB 18030",)))
        return list(self._of_line(text.decode(errors="replace").encode(), None, None, ()))

    def fields_of(self, line: bytes) -> dict[str, Any]:
        """Return all fields of a line that is a JSON object, as they stand there; {} for any other line."""
        try:
            fields = _parsed(line.strip(b" \t\r\0"))
        except ValueError:
            return {}
        return fields if isinstance(fields, dict) else {}

    def _of_line(
        self, text: bytes, time: object, level: object, wrappers: tuple[str, ...]
    ) -> Iterator[Record]:
        """Yield the records of a line, whose wrappers tell a time and a level."""
        if text[:1] == b"{":
            try:
                fields = _parsed(text)
            except ValueError as error:
                if not (wrappers and time is not None):
                    raise NotARecordError(kind_of_broken(text)) from error
                fields = {"message": text.decode(errors="replace")}
            yield from self._of_fields(fields, time, level, wrappers)
            return
        decoded = text.decode(errors="replace")
        inner = of_text(decoded)
        known = None if inner is not None else read_text(decoded)
        if known is not None:
            yield self._record(known.fields, time, level, (*wrappers, known.program), is_text=True)
            return
        inner = inner or of_stamped_text(decoded)
        if inner is not None and len(wrappers) < MAX_WRAPPERS:
            yield from self._of_inner(inner, time, level, wrappers)
        elif (fragment := prefixed_object(decoded)) is not None:
            yield from self._of_line(fragment.encode(), time, level, wrappers)
        elif wrappers and time is not None:
            yield self._record({"message": decoded}, time, level, wrappers, is_text=True)
        else:
            raise NotARecordError(kind_of_broken(text))

    def _of_fields(
        self, fields: dict[str, Any], time: object, level: object, wrappers: tuple[str, ...]
    ) -> Iterator[Record]:
        batch = records_of_batch(fields)
        if batch is not None and len(wrappers) < MAX_WRAPPERS:
            if not batch:
                raise NotARecordError("no_time")
            for each in batch:
                yield from self._of_fields(each, time, level, (*wrappers, "batch"))
            return
        inner = of_object(fields) if len(wrappers) < MAX_WRAPPERS else None
        if inner is None:
            yield self._record(fields, time, level, wrappers)
        else:
            yield from self._of_inner(inner, time, level, wrappers)

    def _of_inner(
        self, inner: Inner, time: object, level: object, wrappers: tuple[str, ...]
    ) -> Iterator[Record]:
        text = self._held.pop(inner.stream, "") + inner.text
        if inner.is_partial:
            # Of a line that is too long, only so much is held that it is still too long.
            if len(self._held) < MAX_STREAMS:
                self._held[inner.stream] = text[: MAX_LINE_BYTES + 1]
            return
        if len(text) > MAX_LINE_BYTES:
            raise NotARecordError("too_long")
        line = text.strip().encode(errors="replace")
        if not line:
            return
        inner_time = inner.time if inner.time is not None else time
        inner_level = inner.level if inner.level is not None else level
        yield from self._of_line(line, inner_time, inner_level, (*wrappers, inner.wrapper))

    def _record(
        self,
        fields: dict[str, Any],
        time: object,
        level: object,
        wrappers: tuple[str, ...],
        is_text: bool = False,
    ) -> Record:
        plan = self._plan(fields)
        found, used = self._values(plan, fields)
        moment = self._moment(plan, fields, time, is_text)
        if moment is None:
            raise NotARecordError("no_time")
        self._last = moment
        default = plan.program.level if plan.program is not None else None
        if "level" not in found and (told := level_of(level) or default) is not None:
            found["level"] = told
        settle(found, fields)
        program = plan.program.name if plan.program is not None else ""
        if names := [*wrappers, *([program] if program else [])]:
            self.read_as[" + ".join(dict.fromkeys(names))] += 1
        if found.get("status") is not None and found["status"] not in STATUSES:
            self.unknown_statuses[str(found["status"])[:40]] += 1
        return Record({"timestamp": rfc3339(moment), **found, **others(fields, used, found)}, moment)

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
                return moment
        moment = microseconds_of(time, self._zone)
        return self._last if moment is None and is_text else moment


def _parsed(line: bytes) -> Any:
    """Decode a line into values that can be encoded again.

    Raises:
        ValueError: the line is no JSON, not even for `parse_leniently`.
    """
    if _LONG_NUMBER not in line.translate(_DIGITS_AS_9):
        try:
            return msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            pass
    return parse_leniently(line)
