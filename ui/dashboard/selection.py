"""The records that a view's filter selects: for the table, for export, and as queries for other tools."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

import msgspec

from monitoring.analysis.filters import Filter
from monitoring.config import MonitoringConfig
from monitoring.history.csv_rows import BYTE_ORDER_MARK, write_csv
from monitoring.history.filter_queries import as_jq, as_logql, as_sql
from monitoring.history.shell import ask_with_sql, read_all, read_one
from monitoring.reading.sources import FILE, LIVE
from monitoring.record.schema import FIELDS
from monitoring.window.frame import Frame
from monitoring.window.text_search import SEARCHED
from ui.dashboard.ordering import batches_in_order
from ui.dashboard.snapshot import Snapshot
from ui.view.state import ViewState

MESSAGE_TEXTS = ("input_text", "output_text")
# The name of an uploaded file in the commands for other tools, since the server does not know its own name.
UPLOADED = "uploaded.log"
MAX_BATCH_ROWS = 5000  # rows of an export that are in memory at the same time


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
        searched = tuple(name for name in SEARCHED if not (self.hides_texts and name in MESSAGE_TEXTS))
        return replace(self.state.filter, since=interval.since, until=interval.until, searched=searched)

    def frame(self) -> Frame:
        """Return the records, oldest first."""
        return self.filter.select(self.snapshot.view.frame)

    def tools(self) -> dict[str, str]:
        """Return the selection for each other tool; an uploaded file is named `uploaded.log`.

        For jq and SQL it is a whole shell command, for LogQL a query.
        """
        path, source = self.config.log_path, self.state.source
        is_upload = source != LIVE and not source.startswith(FILE)
        if source == LIVE:
            reading = read_all(path.parent.name or ".", path.stem)
        else:
            name = source.removeprefix(FILE)
            reading = read_one(UPLOADED if is_upload else f"{path.parent.name or '.'}/{name}")
            reading += "" if is_upload else "*"  # outside the quotes: the file may be compressed by then
        mapping = self.config.log_map
        queries = {"jq": as_jq(self.filter, reading, mapping)}
        # A shipper does not rename another program's fields, so LogQL would ask for names that are not there.
        if not mapping:
            queries["LogQL"] = as_logql(self.filter)
        return {**queries, "SQL": ask_with_sql(as_sql(self.filter), UPLOADED if is_upload else "")}

    def jsonl(self) -> Iterator[bytes]:
        """Yield the records in the table's order, as lines of JSON with all their fields."""
        for rows in batches_in_order(self.frame(), self.state, MAX_BATCH_ROWS):
            if self.hides_texts:
                yield b"".join(msgspec.json.encode(self.allowed(r)) + b"\n" for r in rows.records() if r)
            else:
                yield b"".join(line + b"\n" for line in rows.lines() if line)

    def csv(self) -> Iterator[bytes]:
        """Yield the records in the table's order, as CSV with the fields of the schema."""
        yield (BYTE_ORDER_MARK + _csv([FIELDS])).encode()
        for rows in batches_in_order(self.frame(), self.state, MAX_BATCH_ROWS):
            records = map(self.allowed, filter(None, rows.records()))  # {} where a line is gone
            yield _csv([record.get(name) for name in FIELDS] for record in records).encode()

    def allowed(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return a record without the fields that must not be shown."""
        if not self.hides_texts:
            return record
        return {name: value for name, value in record.items() if name not in MESSAGE_TEXTS}


def _csv(rows: Iterable[Sequence[object]]) -> str:
    text = StringIO()
    write_csv(text, rows)
    return text.getvalue()
