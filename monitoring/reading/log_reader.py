"""One way through the log, with everything that is counted on it kept in step."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monitoring.reading.gaps import Gaps
from monitoring.reading.tail import LogTail
from monitoring.window.frame import Frame
from monitoring.window.line_decoder import Batch, LineDecoder
from monitoring.window.summary import RollingSummary, Summary
from monitoring.window.window import Window

NOTED_MOMENTS = 1000  # newest ones in which broken lines came


@dataclass(frozen=True, slots=True)
class View:
    """What is known of the log at one moment; the parts belong together."""

    frame: Frame
    summary: Summary
    broken: Mapping[str, int]  # lines so far that are no records, by kind
    broken_at: tuple[tuple[float, int], ...]  # s since the epoch of records beside such lines, and how many
    missing: int  # records that gaps in `seq` tell of
    loading: bool  # whether older records still come
    progress: float | None = None  # 0 to 1: how much of a file that is loading was read
    error: str | None = None  # why the log cannot be read, while that lasts
    version: int = field(default=0, compare=False)  # rises whenever there is something new


class Reading:
    """Read the log `path` into a window of the newest `capacity` records.

    `mapping` renames fields of foreign logs: their name -> ours.
    """

    def __init__(self, path: Path, capacity: int, mapping: Mapping[str, str] = {}) -> None:
        self._capacity = capacity
        self._decoder = LineDecoder(mapping)
        self._tail = LogTail(path, self._decoder)
        self._window = Window(capacity, self._decoder)
        self._summary = RollingSummary()
        self._gaps = Gaps()
        self._broken_at: tuple[tuple[float, int], ...] = ()
        self._broken_seen = 0
        self._loading = True

    def load(self) -> Iterator[None]:
        """Take in what stands in the log, the newest records first; yields after each part.

        Raises:
            OSError: a file cannot be read.
        """
        for batch in self._tail.history(self._capacity):
            self._prepend(batch)
            yield
        self._loading = False

    def poll(self) -> None:
        """Take in what has come since, also between two parts of `load()`.

        Raises:
            OSError: a file cannot be read.
        """
        for batch in self._tail.poll():
            self._append(batch)

    def view(self) -> View:
        """Return what is known now."""
        frame = self._window.snapshot()
        summary = self._summary.result(frame)
        broken = dict(+self._decoder.broken)
        return View(frame, summary, broken, self._broken_at, self._gaps.missing, self._loading)

    def close(self) -> None:
        """Close the file."""
        self._tail.close()

    def _append(self, batch: Batch) -> None:
        before = self._window.snapshot()
        self._window.append(batch)
        after = self._window.snapshot()
        new = after.tail(len(batch))
        self._summary.remove(before.head(len(before) + len(new) - len(after)))
        self._summary.add(new)
        self._gaps.append(batch.numbers["pid"], batch.numbers["seq"])
        self._note_broken(float(batch.time[-1]))

    def _prepend(self, batch: Batch) -> None:
        before = self._window.snapshot()
        self._window.prepend(batch)
        after = self._window.snapshot()
        self._summary.add(after.head(len(after) - len(before)))
        self._gaps.prepend(batch.numbers["pid"], batch.numbers["seq"])
        self._note_broken(float(batch.time[-1]))

    def _note_broken(self, moment: float) -> None:
        """Note when broken lines came: they tell no time, but the records beside them do."""
        broken = self._decoder.broken.total()
        if broken > self._broken_seen:
            noted = (moment, broken - self._broken_seen)
            self._broken_at = (*self._broken_at[1 - NOTED_MOMENTS :], noted)
            self._broken_seen = broken
