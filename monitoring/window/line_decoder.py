"""Decode the lines of a log into columns."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from itertools import compress
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from monitoring.formats.found_fields import FoundFields
from monitoring.formats.row_decoder import RowDecoder
from monitoring.formats.translator import Translator
from monitoring.record.schema import COLUMNS, MAX_LINE_BYTES, NUMBERS, TEXTS


@dataclass(frozen=True, slots=True)
class Batch:
    """Decoded records in the order of their lines: columns of equal length, and the lines themselves."""

    time: np.ndarray  # s since the epoch, UTC, float64
    numbers: dict[str, np.ndarray]  # float64, NaN where absent
    texts: dict[str, Sequence[str]]  # "" where absent
    lines: bytes  # the lines of exactly these records, as records of ours, each ended by b"\n"

    def __len__(self) -> int:
        return len(self.time)

    def where(self, mask: np.ndarray) -> "Batch":
        """Return the records that `mask`, bool of shape [len(self)], selects."""
        return Batch(
            self.time[mask],
            {name: column[mask] for name, column in self.numbers.items()},
            {name: list(compress(column, mask)) for name, column in self.texts.items()},
            _joined(compress(self.lines.split(b"\n"), mask)),
        )


class LineDecoder:
    """Decode the lines of a log; `mapping` gives the field of ours that each foreign name stands for.

    Lines of more than `max_line_bytes` are no records. A time without a zone is in `zone`.

    Raises:
        ValueError: a name of the mapping is not a field, or two foreign names stand for one.
    """

    def __init__(
        self, mapping: Mapping[str, str] = {}, max_line_bytes: int = MAX_LINE_BYTES, zone: tzinfo = UTC
    ) -> None:
        self.max_line_bytes = max_line_bytes
        self.rows = RowDecoder(COLUMNS, mapping, zone, max_line_bytes)
        self._values = attrgetter("timestamp", *COLUMNS)

    @property
    def broken(self) -> Counter[str]:
        """The number of lines so far that are no records, by kind."""
        return self.rows.broken

    @property
    def has_translated(self) -> bool:
        """Whether a record was not ours to the letter."""
        return self.rows.has_translated

    @property
    def translator(self) -> Translator:
        """What turns lines of other programs into records of ours, and what it has seen."""
        return self.rows.translator

    @property
    def found_fields(self) -> FoundFields:
        """The fields of other programs' records."""
        return self.rows.found_fields

    def decode(self, data: bytes) -> Batch:
        """Decode whole lines (the last newline may be missing); skip and count lines that are no records.

        Blocks of about 256 KiB are decoded fastest.
        """
        rows, kept = self.rows.rows_and_lines(data)
        return self._batch(rows, _joined(kept))

    def record(self, line: bytes) -> dict[str, Any]:
        """Return all fields of one line of a batch; {} for any other line.

        All its values can be encoded again: see `parse_leniently`.
        """
        return self.translator.fields_of(line)

    def _batch(self, rows: Sequence[msgspec.Struct], lines: bytes) -> Batch:
        columns: dict[str, Sequence[Any]] = dict.fromkeys(("timestamp", *COLUMNS), ())
        if rows:
            columns = dict(zip(columns, zip(*map(self._values, rows), strict=True), strict=True))
        return Batch(
            np.array([moment.timestamp() for moment in columns["timestamp"]], dtype=np.float64),
            {name: np.array(columns[name], dtype=np.float64) for name in NUMBERS},
            {name: [text or "" for text in columns[name]] for name in TEXTS},
            lines,
        )


def _joined(lines: Iterable[bytes]) -> bytes:
    return b"".join([line + b"\n" for line in lines])
