"""Records of a window that never change."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from monitoring.window.line_decoder import LineDecoder
from monitoring.window.line_store import KeptLines
from monitoring.window.text_columns import Codes, Ids
from monitoring.window.text_search import TextSearch

# The lines that are decoded at once where only the newest records are of interest, in bytes.
MAX_NEWEST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Columns:
    """Arrays of equal length; a row that was written once never changes."""

    first: int  # the number of the record in row 0
    time: np.ndarray
    numbers: dict[str, np.ndarray]
    texts: dict[str, np.ndarray]

    def arrays(self) -> list[np.ndarray]:
        """Return all arrays."""
        return [self.time, *self.numbers.values(), *self.texts.values()]


@dataclass(frozen=True, slots=True)
class SharedTables:
    """The tables that turn columns and record numbers back into texts and records; all frames share them."""

    texts: dict[str, Codes | Ids]
    lines: KeptLines
    search: TextSearch
    decoder: LineDecoder


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Records of a window, oldest first; the records of a frame never change."""

    shared: SharedTables
    columns: Columns
    rows: range | np.ndarray  # the numbers of the rows in the columns

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a column of numbers, float64, NaN where absent."""
        return self._select(self.columns.numbers[name])

    @property
    def time(self) -> np.ndarray:
        """Seconds since the epoch, UTC."""
        return self._select(self.columns.time)

    def texts(self, name: str) -> np.ndarray:
        """Return a column of texts as objects, "" where absent; text_columns.py cuts long and rare texts.

        Ids that are longer than their column are read from the lines of their records.
        """
        table, column = self.shared.texts[name], self._select(self.columns.texts[name])
        texts = table.decode(column)
        if isinstance(table, Ids):
            long = np.flatnonzero(table.are_digests(column))
            records = self.take(long).records() if len(long) else ()
            for place, record in zip(long.tolist(), records, strict=True):
                texts[place] = str(record.get(name, texts[place]))
        return texts

    def distinct(self, name: str) -> list[str]:
        """Return the different values but "" of a column of repeating texts, in order of first use."""
        return list(filter(None, self.amounts(name)))

    def amounts(self, name: str) -> dict[str, int]:
        """Return how many records have each value of a column of repeating texts; "" is one of them."""
        amounts = np.bincount(self._select(self.columns.texts[name]))
        codes = np.flatnonzero(amounts)
        return dict(zip(self.shared.texts[name].decode(codes), amounts[codes].tolist(), strict=True))

    def equals(self, name: str, value: str) -> np.ndarray:
        """Return a bool mask of the records that have this text."""
        mask: np.ndarray = self._select(self.columns.texts[name]) == self.shared.texts[name].key(value)
        return mask

    def isin(self, name: str, values: Collection[str]) -> np.ndarray:
        """Return a bool mask of the records that have one of these texts."""
        mask = np.zeros(len(self), dtype=bool)
        for value in values:
            mask |= self.equals(name, value)
        return mask

    def mentions(self, text: str, fields: tuple[str, ...]) -> np.ndarray:
        """Return a bool mask of the records that have `text` in one of the fields (see text_search.py)."""
        places = self.shared.search.numbers(text, fields) - self.columns.first
        found = np.zeros(len(self.columns.time), dtype=bool)
        found[places[(places >= 0) & (places < len(found))]] = True
        return self._select(found)

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

    def newest(self, count: int, max_bytes: int = MAX_NEWEST_BYTES) -> "Frame":
        """Return the newest records: at most `count`, and at least one, of lines with at most `max_bytes`."""
        tail = self.tail(count)
        sizes = np.cumsum(self.shared.lines.lengths(tail.numbers)[::-1])
        return tail.tail(max(1, int(np.searchsorted(sizes, max_bytes, "right"))))

    def batches(self, max_bytes: int) -> Iterator["Frame"]:
        """Yield all records in their order, at least one at a time, of lines with at most `max_bytes`."""
        ends = np.cumsum(self.shared.lines.lengths(self.numbers))
        start = 0
        while start < len(self):
            limit = max_bytes + (int(ends[start - 1]) if start else 0)
            stop = max(start + 1, int(np.searchsorted(ends, limit, "right")))
            yield self.take(np.arange(start, stop))
            start = stop

    @property
    def numbers(self) -> np.ndarray:
        """The numbers of the records, int64; a window numbers its records in their order."""
        rows = self.rows
        places = np.arange(rows.start, rows.stop) if isinstance(rows, range) else rows
        numbers: np.ndarray = self.columns.first + places
        return numbers

    @property
    def end(self) -> int:
        """The number after that of the window's last record; records are numbered in their order."""
        assert isinstance(self.rows, range)
        return self.columns.first + self.rows.stop

    def since(self, number: int) -> "Frame":
        """Return the window's records from this number on."""
        assert isinstance(self.rows, range)
        return Frame(self.shared, self.columns, self.rows[max(0, number - self.end + len(self)) :])

    def records(self) -> list[dict[str, Any]]:
        """Return all fields of each record, read from its line; {} where the line is no longer kept."""
        return [self.shared.decoder.record(line) if line else {} for line in self.lines()]

    def lines(self) -> list[bytes]:
        """Return each record as it stands in the log; b"" where the line is no longer kept."""
        return self.shared.lines.read(self.numbers)

    def _select(self, column: np.ndarray) -> np.ndarray:
        rows = self.rows
        return column[rows.start : rows.stop] if isinstance(rows, range) else column[rows]
