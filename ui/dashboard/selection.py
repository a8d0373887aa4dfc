"""The records that a table shows, in pages, for export, and in the language of other tools."""

from collections.abc import Iterable, Iterator, Sequence
from csv import writer
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

import msgspec

from monitoring.analysis.filters import Filter
from monitoring.config import MonitoringConfig
from monitoring.history.filter_queries import as_jq, as_logql, as_sql, read_all, read_one
from monitoring.reading.sources import FILE, LIVE
from monitoring.record.schema import FIELDS
from monitoring.window.frame import Frame
from monitoring.window.text_search import SEARCHED
from ui.dashboard.html.table import Tool, rows_in_order
from ui.dashboard.snapshot import Snapshot
from ui.dashboard.view_state import ViewState

MESSAGE_TEXTS = ("input_text", "output_text")
EXPORTED_AT_ONCE = 5000  # rows
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for the begin of one


@dataclass(frozen=True, slots=True)
class Selection:
    """What a view's filter selects."""

    state: ViewState
    snapshot: Snapshot
    config: MonitoringConfig
    hides_texts: bool

    @property
    def filter(self) -> Filter:
        """The filter, with the time that is looked at."""
        interval = self.snapshot.interval
        searched = tuple(name for name in SEARCHED if not (self.hides_texts and name in MESSAGE_TEXTS))
        return replace(self.state.filter, since=interval.since, until=interval.until, searched=searched)

    def frame(self) -> Frame:
        """Return the records, oldest first."""
        return self.filter.select(self.snapshot.view.frame)

    def tools(self) -> list[Tool]:
        """Return the selection for other tools; an uploaded file is called `uploaded.log` there."""
        path, source = self.config.log_path, self.state.source
        if source == LIVE:
            reading = read_all(path.parent.name or ".", path.stem)
        else:
            name = source.removeprefix(FILE)
            is_upload = source == name
            reading = read_one("uploaded.log" if is_upload else f"{path.parent.name or '.'}/{name}")
            reading += "" if is_upload else "*"  # outside the quotes: it may be compressed by then
        return [
            Tool("jq", as_jq(self.filter, reading)),
            Tool("LogQL", as_logql(self.filter)),
            Tool("SQL", as_sql(self.filter)),
        ]

    def jsonl(self) -> Iterator[bytes]:
        """Yield the records in the table's order, as lines of JSON, with all their fields."""
        for rows in rows_in_order(self.frame(), self.state, EXPORTED_AT_ONCE):
            if self.hides_texts:
                yield b"".join(msgspec.json.encode(self.allowed(r)) + b"\n" for r in rows.records() if r)
            else:
                yield b"".join(line + b"\n" for line in rows.lines() if line)

    def csv(self) -> Iterator[bytes]:
        """Yield the records in the table's order, as CSV with the fields that the schema knows.

        A text that a spreadsheet would take for a formula gets an apostrophe in front.
        """
        yield ("\ufeff" + _csv([FIELDS])).encode()  # spreadsheets take it for UTF-8 then
        for rows in rows_in_order(self.frame(), self.state, EXPORTED_AT_ONCE):
            records = map(self.allowed, filter(None, rows.records()))  # {} where a line is gone
            yield _csv([_cell(record.get(name)) for name in FIELDS] for record in records).encode()

    def allowed(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return what may be shown of a record."""
        if not self.hides_texts:
            return record
        return {name: value for name, value in record.items() if name not in MESSAGE_TEXTS}


def _csv(rows: Iterable[Sequence[object]]) -> str:
    text = StringIO()
    writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
