"""The newest records as columns: fixed memory, one snapshot for every view."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

NUMBERS = (
    "response_time_ms",
    "cpu_usage_percent",
    "memory_usage_mb",
    "queue_wait_ms",
    "ttft_ms",
    "prompt_tokens",
    "output_tokens",
    "tokens_per_second",
    "confidence",
)
TEXTS = ("level", "message", "task_type", "request_id", "event", "status", "label")


@dataclass(frozen=True, slots=True)
class Frame:
    """Records as columns of equal length, oldest first.

    `time` is in seconds since the epoch, UTC; numbers are float64 with NaN where absent; texts are
    objects, "" where absent.
    """

    time: np.ndarray
    columns: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def where(self, mask: np.ndarray) -> "Frame":
        """Return the records that `mask`, bool of shape [len(self)], selects."""
        return Frame(self.time[mask], {name: column[mask] for name, column in self.columns.items()})

    def tail(self, count: int) -> "Frame":
        """Return the newest `count` records."""
        start = max(0, len(self) - count)
        return Frame(self.time[start:], {name: column[start:] for name, column in self.columns.items()})


class Window:
    """A ring of the newest `capacity` records; one thread adds, any thread takes snapshots."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._time = np.zeros(capacity)
        self._columns: dict[str, np.ndarray] = {name: np.full(capacity, np.nan) for name in NUMBERS}
        self._columns |= {name: np.full(capacity, "", dtype=object) for name in TEXTS}
        self._lock = threading.Lock()
        self.total = 0  # records ever added; serves as the snapshot's version

    def extend(self, records: Sequence[dict[str, Any]]) -> int:
        """Add records, the newest last; return how many had no readable timestamp and were left out."""
        timed = [(moment, r) for r in records if (moment := _seconds(r.get("timestamp"))) is not None]
        kept = timed[-self._capacity :]
        with self._lock:
            skipped = len(timed) - len(kept)
            places = (self.total + skipped + np.arange(len(kept))) % self._capacity
            self._time[places] = [moment for moment, _ in kept]
            for name in NUMBERS:
                self._columns[name][places] = [_number(record.get(name)) for _, record in kept]
            for name in TEXTS:
                self._columns[name][places] = [_text(record.get(name)) for _, record in kept]
            self.total += len(timed)
        return len(records) - len(timed)

    def snapshot(self) -> Frame:
        """Copy the records out, oldest first."""
        with self._lock:
            count = min(self.total, self._capacity)
            order = (self.total - count + np.arange(count)) % self._capacity
            return Frame(self._time[order], {name: c[order] for name, c in self._columns.items()})


def _seconds(timestamp: object) -> float | None:
    try:
        seconds = datetime.fromisoformat(timestamp).timestamp()  # type: ignore[arg-type]  # TypeError is caught
        datetime.fromtimestamp(seconds, UTC)  # near the years 1 and 9999 not every moment can be shown
    except (OverflowError, TypeError, ValueError):
        return None
    return seconds


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
