"""The records of a selection as a file, within limits; a file that reaches one says so at its end."""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from monitoring.config import MonitoringConfig
from monitoring.record.encode import to_line
from monitoring.record.timestamps import timestamp
from ui.dashboard.selection import Selection, csv_row
from ui.texts.words import Words

# The content type of each format.
FORMATS = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
# So much is made and sent at once.
PIECE_BYTES = 256 << 10
CUT = "export.cut"


@dataclass(frozen=True, slots=True)
class ExportLimits:
    """How large one export may become, and how long it may take, its reader's time included."""

    mb: float = 500.0  # MiB
    seconds: float = 300.0

    @classmethod
    def of(cls, config: MonitoringConfig) -> "ExportLimits":
        """Return the limits of the settings."""
        return cls(config.export_mb, config.export_seconds)


class ExportFile:
    """One exported file; its time runs from here on."""

    def __init__(
        self,
        selection: Selection,
        kind: str,
        limits: ExportLimits,
        words: Words,
        timer: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Find the records; `kind` is one of `FORMATS`."""
        self._deadline = timer() + limits.seconds
        self._selection = selection
        self._kind = kind
        self._limits = limits
        self._words = words
        self._timer = timer
        self._clock = clock
        # The number of records that the table shows, on all its pages.
        self.selected = len(selection.frame())

    def pieces(self) -> Generator[bytes, None, None]:
        """Yield the file; a last record `export.cut` says what is missing, and why."""
        rows = self._selection.jsonl() if self._kind == "jsonl" else self._selection.csv()
        piece = bytearray() if self._kind == "jsonl" else bytearray(next(rows))
        sent = records = 0
        reason = ""
        for row in rows:
            reason = self._limit_reached(sent + len(piece) + len(row))
            if reason:
                break
            piece += row
            records += 1
            if len(piece) >= PIECE_BYTES:
                yield bytes(piece)
                sent += len(piece)
                piece.clear()
        if not reason and records < self.selected:
            reason = "gone"
        if reason:
            piece += self._cut(reason, records)
        yield bytes(piece)

    def _limit_reached(self, size: int) -> str:
        """Return which limit would be passed with so many bytes; "" if none."""
        if size > self._limits.mb * (1 << 20):
            return "size"
        return "time" if self._timer() > self._deadline else ""

    def _cut(self, reason: str, records: int) -> bytes:
        """Return the record at the end of a file that is not whole."""
        text = self._words[f"export_cut_{reason}"].format(
            records=records,
            selected=self.selected,
            missing=self.selected - records,
            mb=f"{self._limits.mb:g}",
            seconds=f"{self._limits.seconds:g}",
        )
        record: dict[str, Any] = {
            "timestamp": timestamp(self._clock()),
            "level": "WARNING",
            "event": CUT,
            "message": text,
            "reason": reason,
            "records": records,
            "selected": self.selected,
        }
        return to_line(record) if self._kind == "jsonl" else csv_row(record)
