"""The newest records as columns: fixed memory, one snapshot for every view."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from monitoring.window.line_decoder import NUMBERS, TEXTS, Batch, LineDecoder
from monitoring.window.line_store import KeptLines
from monitoring.window.text_columns import Codes, Ids
from monitoring.window.text_search import TextSearch

ASKED_FOR = {  # what the views ask for stays known in a log with endless values
    "task_type": ("sentiment", "chat"),
    "event": ("task.finished", "resource.sample"),
    "status": ("ok", "error", "rejected", "cancelled"),
}


@dataclass(frozen=True, slots=True)
class _Columns:
    """Arrays of equal length; a row that was written once never changes."""

    first: int  # number of the record in row 0
    time: np.ndarray
    numbers: dict[str, np.ndarray]
    texts: dict[str, np.ndarray]

    def arrays(self) -> list[np.ndarray]:
        return [self.time, *self.numbers.values(), *self.texts.values()]


@dataclass(frozen=True, slots=True)
class _Shared:
    """What turns columns and record numbers back into texts and records; every frame has the same."""

    texts: dict[str, Codes | Ids]
    lines: KeptLines
    search: TextSearch
    decoder: LineDecoder


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Records of a window, oldest first; what a frame shows never changes."""

    shared: _Shared
    columns: _Columns
    rows: range | np.ndarray  # which rows of the columns

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a column of numbers, float64, NaN where absent."""
        return self._of(self.columns.numbers[name])

    @property
    def time(self) -> np.ndarray:
        """Seconds since the epoch, UTC."""
        return self._of(self.columns.time)

    def texts(self, name: str) -> np.ndarray:
        """Return a column of texts, objects, "" where absent; long and rare ones are cut (texts.py)."""
        return self.shared.texts[name].decode(self._of(self.columns.texts[name]))

    def distinct(self, name: str) -> list[str]:
        """Return the different values of a column of texts that repeat, sorted, without ""."""
        codes = np.flatnonzero(np.bincount(self._of(self.columns.texts[name])))
        return sorted(filter(None, self.shared.texts[name].decode(codes)))

    def equals(self, name: str, value: str) -> np.ndarray:
        """Tell which records have this text, as a bool mask."""
        mask: np.ndarray = self._of(self.columns.texts[name]) == self.shared.texts[name].key(value)
        return mask

    def isin(self, name: str, values: Collection[str]) -> np.ndarray:
        """Tell which records have one of these texts, as a bool mask."""
        mask = np.zeros(len(self), dtype=bool)
        for value in values:
            mask |= self.equals(name, value)
        return mask

    def mentions(self, text: str, fields: tuple[str, ...]) -> np.ndarray:
        """Tell which records have `text` in one of the fields (see text_search.py), as a bool mask."""
        places = self.shared.search.numbers(text, fields) - self.columns.first
        found = np.zeros(len(self.columns.time), dtype=bool)
        found[places[(places >= 0) & (places < len(found))]] = True
        return self._of(found)

    def where(self, mask: np.ndarray) -> "Frame":
        """Return the records that `mask`, bool of shape [len(self)], selects."""
        rows = np.flatnonzero(mask) + self.rows.start if isinstance(self.rows, range) else self.rows[mask]
        return Frame(self.shared, self.columns, rows)

    def take(self, places: np.ndarray) -> "Frame":
        """Return the records at these places, in this order."""
        return Frame(self.shared, self.columns, np.asarray(self.rows, np.int64)[places])

    def tail(self, count: int) -> "Frame":
        """Return the newest `count` records."""
        return Frame(self.shared, self.columns, self.rows[max(0, len(self) - count) :])

    def head(self, count: int) -> "Frame":
        """Return the oldest `count` records."""
        return Frame(self.shared, self.columns, self.rows[:count])

    @property
    def end(self) -> int:
        """The number after that of a window's last record; each record's is one more than the one before."""
        assert isinstance(self.rows, range)
        return self.columns.first + self.rows.stop

    def since(self, number: int) -> "Frame":
        """Return a window's records from this number on."""
        assert isinstance(self.rows, range)
        return Frame(self.shared, self.columns, self.rows[max(0, number - self.end + len(self)) :])

    def records(self) -> list[dict[str, Any]]:
        """Return all fields of each record, from its line; {} where the line is no longer kept."""
        return [self.shared.decoder.record(line) if line else {} for line in self.lines()]

    def lines(self) -> list[bytes]:
        """Return each record as it stands in the log; b"" where the line is no longer kept."""
        return self.shared.lines.read(self.columns.first + int(row) for row in self.rows)

    def _of(self, column: np.ndarray) -> np.ndarray:
        rows = self.rows
        return column[rows.start : rows.stop] if isinstance(rows, range) else column[rows]


class Window:
    """The newest `capacity` records; one thread adds, any thread takes snapshots.

    New records go to unused rows of the columns, so that a snapshot is a view and costs nothing.
    In front there is always room for as many older records as the window still takes.
    """

    def __init__(self, capacity: int, decoder: LineDecoder) -> None:
        self._capacity = capacity
        texts: dict[str, Codes | Ids] = {name: Codes(ASKED_FOR.get(name, ())) for name in TEXTS}
        texts |= {"request_id": Ids(), "session_id": Ids()}
        lines = KeptLines()
        self._shared = _Shared(texts, lines, TextSearch(lines, decoder), decoder)
        self._columns = self._new_columns(first=-capacity)
        self._rows = range(capacity, capacity)
        self._frame = Frame(self._shared, self._columns, self._rows)
        self.version = 0  # rises with every change

    def append(self, batch: Batch) -> None:
        """Add records that are newer than the others; the oldest ones leave."""
        batch = _newest(batch, self._capacity)
        if len(batch):
            self._make_room(len(batch))
            self._write(batch, self._rows.stop)
            self._shared.lines.append(batch.lines)
            stop = self._rows.stop + len(batch)
            self._show(range(max(self._rows.start, stop - self._capacity), stop))
            self._shared.lines.drop_before(self._columns.first + self._rows.start)

    def prepend(self, batch: Batch) -> None:
        """Add records that are older than the others, the newest of them, as far as there is room."""
        batch = _newest(batch, self._capacity - len(self._rows))
        if len(batch):
            start = self._rows.start - len(batch)
            self._write(batch, start)
            self._shared.lines.prepend(batch.lines)
            self._show(range(start, self._rows.stop))

    def snapshot(self) -> Frame:
        """Return the records of now; without news between them, calls get the same frame."""
        return self._frame

    def _new_columns(self, first: int) -> _Columns:
        length = self._capacity + max(
            1, self._capacity // 8
        )  # an eighth more: moves are rare, memory is small
        return _Columns(
            first,
            np.empty(length),
            {name: np.empty(length) for name in NUMBERS},
            {name: np.empty(length, self._shared.texts[name].dtype) for name in TEXTS},
        )

    def _make_room(self, count: int) -> None:
        """Move what stays to new columns where `count` more rows do not fit; frames keep the old ones."""
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
