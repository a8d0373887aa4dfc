"""Records of a window that never change."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from monitoring.window.line_decoder import LineDecoder
from monitoring.window.line_store import KeptLines
from monitoring.window.text_columns import Codes, Ids
from monitoring.window.text_search import TextSearch


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
        """Return the different values of a column of texts that repeat, in order of first use, without ""."""
        codes = np.flatnonzero(np.bincount(self._of(self.columns.texts[name])))
        return list(filter(None, self.shared.texts[name].decode(codes)))

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
