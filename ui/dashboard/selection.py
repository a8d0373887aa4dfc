"""The records that a view's filter selects: for the table, for export, and as queries for other tools."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

import msgspec

from monitoring.analysis.filters import Filter
from monitoring.config import MonitoringConfig
from monitoring.history.csv_rows import BYTE_ORDER_MARK, write_csv
from monitoring.history.filter_queries import as_jq, as_logql, as_sql
from monitoring.history.shell import ask_with_sql, read_all, read_as_records, read_one
from monitoring.reading.sources import FILE, LIVE
from monitoring.record.schema import FIELDS
from monitoring.storage.place import log_place
from monitoring.window.frame import Frame
from monitoring.window.text_search import SEARCHED
from ui.dashboard.ordering import batches_in_order
from ui.dashboard.snapshot import Snapshot
from ui.view.state import ViewState

MESSAGE_TEXTS = ("input_text", "output_text")
# The name of an uploaded file in the commands for other tools, since the server does not know its own name.
UPLOADED = "uploaded.log"
# Lines of an export that are in memory at the same time.
BATCH_BYTES = 16 << 20


def searched_fields(hides_texts: bool) -> tuple[str, ...]:
    """Return the fields in which a text may be searched."""
    return tuple(name for name in SEARCHED if not (hides_texts and name in MESSAGE_TEXTS))


def without_texts(record: Mapping[str, Any], hides_texts: bool) -> dict[str, Any]:
    """Return a record without the texts that must not be shown."""
    return {name: value for name, value in record.items() if not (hides_texts and name in MESSAGE_TEXTS)}


@dataclass(frozen=True, slots=True)
class Selection:
    """The records that a view's filter and time range select."""

    state: ViewState
    snapshot: Snapshot
    config: MonitoringConfig
    hides_texts: bool

    @property
    def filter(self) -> Filter:
        """The filter, narrowed to the shown interval and to the texts that may be searched."""
        interval = self.snapshot.interval
        searched = searched_fields(self.hides_texts)
        if interval.holds_odd:
            return replace(self.state.filter, searched=searched)
        return replace(self.state.filter, since=interval.since, until=interval.until, searched=searched)

    def frame(self) -> Frame:
        """Return the records, oldest first."""
        return self.filter.select(self.snapshot.view.frame)

    def tools(self) -> dict[str, str]:
        """Return the selection for each other tool; an uploaded file is named `uploaded.log`.

        For jq and SQL it is a whole shell command, for LogQL a query.
        """
        is_upload = self.state.source != LIVE and not self.state.source.startswith(FILE)
        # Not every line is a record of ours to the letter, which other tools take for one.
        is_foreign = self.snapshot.view.frame.shared.decoder.has_translated
        queries = {"jq": as_jq(self.filter, self._reading(is_upload, is_foreign))}
        # A shipper does not rename another program's fields, so LogQL would ask for names that are not there.
        if not (is_foreign or self.state.mapping or self.config.log_map):
            queries["LogQL"] = as_logql(self.filter)
        log = UPLOADED if is_upload else ""
        return {**queries, "SQL": ask_with_sql(as_sql(self.filter), log, self.state.mapping)}

    def _reading(self, is_upload: bool, is_foreign: bool) -> str:
        """Return the command that writes the source's lines, as records of ours where they are not."""
        path, mapping = log_place(self.config.log_path), self.state.mapping
        if self.state.source == LIVE:
            return read_as_records() if is_foreign else read_all(path.parent.name or ".", path.stem)
        name = f"{path.parent.name or '.'}/{self.state.source.removeprefix(FILE)}"
        file = UPLOADED if is_upload else name
        end = "" if is_upload else "*"  # outside the quotes: the file may be compressed by then
        return read_as_records(file, mapping, end) if is_foreign else read_one(file) + end

    def jsonl(self) -> Iterator[bytes]:
        """Yield each record in the table's order as a line of JSON with all its fields."""
        for line in self._lines():
            if self.hides_texts:
                yield msgspec.json.encode(self.allowed(self._decoded(line))) + b"\n"
            else:
                yield line + b"\n"

    def csv(self) -> Iterator[bytes]:
        """Yield the head, then each record in the table's order, as CSV with the fields of the schema."""
        yield (BYTE_ORDER_MARK + _csv([FIELDS])).encode()
        for line in self._lines():
            yield csv_row(self.allowed(self._decoded(line)))

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines in the table's order; those that are no longer kept are left out."""
        for rows in batches_in_order(self.frame(), self.state, BATCH_BYTES):
            yield from filter(None, rows.lines())

    def _decoded(self, line: bytes) -> dict[str, Any]:
        return self.snapshot.view.frame.shared.decoder.record(line)

    def allowed(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return a record without the fields that must not be shown."""
        return without_texts(record, self.hides_texts)


def csv_row(record: dict[str, Any]) -> bytes:
    """Return a record as a row of an exported CSV."""
    return _csv([[record.get(name) for name in FIELDS]]).encode()


def _csv(rows: Iterable[Sequence[object]]) -> str:
    text = StringIO()
    write_csv(text, rows)
    return text.getvalue()
