"""Keep the newest records as columns in fixed memory; every view shares one snapshot."""

import numpy as np

from monitoring.record.schema import NUMBERS, TEXTS
from monitoring.record.vocabulary import FINISHED, REFUSED, SAMPLED, STATUSES
from monitoring.window.frame import Columns, Frame, SharedTables
from monitoring.window.line_decoder import Batch, LineDecoder
from monitoring.window.line_store import KeptLines
from monitoring.window.text_columns import Codes, Ids
from monitoring.window.text_search import TextSearch

# The views ask for these values, so they keep a code of their own in a log with endlessly many values.
KNOWN_VALUES = {
    "event": (FINISHED, SAMPLED, REFUSED),
    "status": STATUSES,
}


class Window:
    """The newest `capacity` records; one thread adds, any thread takes snapshots.

    New records go to unused rows of the columns, so that a snapshot is a numpy view and costs nothing. In
    front there is always room for as many older records as the window still takes. `lines` keeps their lines.
    """

    def __init__(self, capacity: int, decoder: LineDecoder, lines: KeptLines | None = None) -> None:
        self._capacity = capacity
        texts: dict[str, Codes | Ids] = {name: Codes(KNOWN_VALUES.get(name, ())) for name in TEXTS}
        texts |= {"request_id": Ids(), "session_id": Ids()}
        lines = KeptLines() if lines is None else lines
        self._shared = SharedTables(texts, lines, TextSearch(lines, decoder), decoder)
        self._columns = self._new_columns(first=-capacity)
        self._rows = range(capacity, capacity)
        self._frame = Frame(self._shared, self._columns, self._rows)
        self.version = 0  # It rises with every change.

    def append(self, batch: Batch) -> None:
        """Add records that are newer than the others; the oldest records leave."""
        batch = _newest(batch, self._capacity)
        if len(batch):
            self._make_room(len(batch))
            self._write(batch, self._rows.stop)
            self._shared.lines.append(batch.lines)
            stop = self._rows.stop + len(batch)
            self._show(range(max(self._rows.start, stop - self._capacity), stop))
            self._shared.lines.drop_before(self._columns.first + self._rows.start)

    def prepend(self, batch: Batch) -> None:
        """Add records that are older than the others; where room is short, add the newest of them."""
        batch = _newest(batch, self._capacity - len(self._rows))
        if len(batch):
            start = self._rows.start - len(batch)
            self._write(batch, start)
            self._shared.lines.prepend(batch.lines)
            self._show(range(start, self._rows.stop))

    def snapshot(self) -> Frame:
        """Return the records of now; two calls without a change between them return the same frame."""
        return self._frame

    def _new_columns(self, first: int) -> Columns:
        # With an eighth more rows than records, moves to new columns are rare and memory stays small.
        length = self._capacity + max(1, self._capacity // 8)
        return Columns(
            first,
            np.empty(length),
            {name: np.empty(length) for name in NUMBERS},
            {name: np.empty(length, self._shared.texts[name].dtype) for name in TEXTS},
        )

    def _make_room(self, count: int) -> None:
        """Move the records to new columns where `count` more do not fit; frames keep the old columns."""
        if self._rows.stop + count <= len(self._columns.time):
            return
        stays = self._rows[max(0, len(self._rows) + count - self._capacity) :]
        stop = self._capacity - count
        rows = range(stop - len(stays), stop)
        columns = self._new_columns(self._columns.first + stays.start - rows.start)
        for old, new in zip(self._columns.arrays(), columns.arrays(), strict=True):
            new[rows.start : rows.stop] = old[stays.start : stays.stop]
        self._columns, self._rows = columns, rows

    def _write(self, batch: Batch, start: int) -> None:
        rows = slice(start, start + len(batch))
        self._columns.time[rows] = batch.time
        for name in NUMBERS:
            self._columns.numbers[name][rows] = batch.numbers[name]
        for name in TEXTS:
            self._columns.texts[name][rows] = self._shared.texts[name].encode(batch.texts[name])

    def _show(self, rows: range) -> None:
        self._rows = rows
        self._frame = Frame(self._shared, self._columns, rows)
        self.version += 1


def _newest(batch: Batch, count: int) -> Batch:
    """Return the last `count` records of a batch."""
    return batch if len(batch) <= count else batch.where(np.arange(len(batch)) >= len(batch) - count)
