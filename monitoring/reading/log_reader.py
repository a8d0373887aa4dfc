"""A log is read into a window, with everything that is counted on its records kept in step."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path

from monitoring.formats.reading_notes import ReadingNotes
from monitoring.reading.gaps import Gaps
from monitoring.reading.tail import LogTail
from monitoring.record.found_field import FoundField
from monitoring.storage.damage import Damage
from monitoring.window.frame import Frame
from monitoring.window.line_decoder import Batch, LineDecoder
from monitoring.window.odd_times import OddTimes, odd_times
from monitoring.window.summary import RollingSummary, Summary
from monitoring.window.window import Window

# The newest moments with broken lines that are kept.
MAX_BROKEN_MOMENTS = 1000


@dataclass(frozen=True, slots=True)
class View:
    """The contents of a log at one moment; all parts are of the same moment."""

    frame: Frame
    summary: Summary
    # The number of lines so far that are no records, by kind.
    broken: Mapping[str, int]
    # The moments of records beside such lines, in s since the epoch, and the number of lines.
    broken_at: tuple[tuple[float, int], ...]
    # The number of records that are missing according to gaps in `seq`.
    missing: int
    # Whether older records still come.
    loading: bool
    # The share of a loading file that was read, 0 to 1; None where that is unknown.
    progress: float | None = None
    # Why the log cannot be read, while that lasts.
    error: str | None = None
    # The name that a file had where it was sent from; "" for the app's own files.
    title: str = ""
    # The number of records by the format that they were read as; those of this app's own format are in none.
    read_as: Mapping[str, int] = field(default_factory=dict)
    # The fields of lines that were not recognised.
    fields: tuple[FoundField, ...] = ()
    # The number of records whose clock is far from all others; charts do not reach out to them.
    odd_times: int = 0
    # The moments of some of them, in s since the epoch.
    odd_time_examples: tuple[float, ...] = ()
    # Words that records tell as their status and that nobody knows, and the number of records.
    unknown_statuses: Mapping[str, int] = field(default_factory=dict)
    # Records with a duration of unknown unit, by the mapping that would name it.
    unknown_units: Mapping[str, int] = field(default_factory=dict)
    # A time that names no zone, and was read as UTC; "" where there is none.
    zoneless: str = ""
    # Where compressed files are damaged.
    damages: tuple[Damage, ...] = ()
    # A number that rises whenever there is something new.
    version: int = field(default=0, compare=False)
    # A number that rises whenever the log is read afresh; records are numbered anew then.
    reading: int = field(default=0, compare=False)


class LogContents:
    """The newest `capacity` records that were read from a log, and what is counted on them.

    `mapping` renames fields of foreign logs: their name -> ours. The moments of the newest
    `max_broken_moments` broken lines are kept.
    """

    def __init__(
        self,
        capacity: int,
        mapping: Mapping[str, str] = {},
        max_broken_moments: int = MAX_BROKEN_MOMENTS,
        zone: tzinfo = UTC,
    ) -> None:
        self.decoder = LineDecoder(mapping, zone=zone)
        self._max_broken_moments = max_broken_moments
        self._window = Window(capacity, self.decoder)
        self._summary = RollingSummary()
        self._gaps = Gaps()
        self._broken_at: tuple[tuple[float, int], ...] = ()
        self._broken_seen = 0
        # Looked for again only when records have come: a live log is asked several times a second.
        self._odd: OddTimes | None = None

    def append(self, batch: Batch) -> None:
        """Take in records that are newer than the others."""
        self._odd = None
        before = self._window.snapshot()
        self._window.append(batch)
        after = self._window.snapshot()
        new = after.tail(len(batch))
        self._summary.remove(before.head(len(before) + len(new) - len(after)))
        self._summary.add(new)
        self._gaps.append(batch.texts["instance"], batch.numbers["pid"], batch.numbers["seq"])
        self._note_broken(float(batch.time[-1]))

    def prepend(self, batch: Batch) -> None:
        """Take in records that are older than the others."""
        self._odd = None
        before = self._window.snapshot()
        self._window.prepend(batch)
        after = self._window.snapshot()
        self._summary.add(after.head(len(after) - len(before)))
        self._gaps.prepend(batch.texts["instance"], batch.numbers["pid"], batch.numbers["seq"])
        self._note_broken(float(batch.time[-1]))

    def end(self) -> None:
        """Note broken lines that came after the last record; there will be no more lines."""
        frame = self._window.snapshot()
        if len(frame):
            self._note_broken(float(frame.time[-1]))

    def view(self, loading: bool, progress: float | None = None) -> View:
        """Return what is known now."""
        frame = self._window.snapshot()
        summary = self._summary.result(frame)
        notes = ReadingNotes.of(self.decoder.rows)
        if self._odd is None and len(frame):
            self._odd = odd_times(frame.time)
        return View(
            frame,
            summary,
            notes.broken,
            self._broken_at,
            self._gaps.missing,
            loading,
            progress,
            read_as=notes.read_as,
            fields=tuple(notes.fields.values()),
            odd_times=self._odd.count if self._odd is not None else 0,
            odd_time_examples=self._odd.examples if self._odd is not None else (),
            unknown_statuses=notes.unknown_statuses,
            unknown_units=notes.unknown_units,
            zoneless=notes.zoneless,
            damages=tuple(notes.damages),
        )

    def _note_broken(self, moment: float) -> None:
        """Note when broken lines came: they tell no time, but the records beside them do."""
        broken = self.decoder.broken.total()
        if broken > self._broken_seen:
            noted = (moment, broken - self._broken_seen)
            self._broken_at = (*self._broken_at[1 - self._max_broken_moments :], noted)
            self._broken_seen = broken


class Reading:
    """Read the log `path` into a window of the newest `capacity` records: first its history, then the news.

    `mapping` renames fields of foreign logs: their name -> ours.
    """

    def __init__(
        self,
        path: Path,
        capacity: int,
        mapping: Mapping[str, str] = {},
        new_tail: Callable[[Path, LineDecoder], LogTail] = LogTail,
        zone: tzinfo = UTC,
    ) -> None:
        self._capacity = capacity
        self._contents = LogContents(capacity, mapping, zone=zone)
        self._tail = new_tail(path, self._contents.decoder)
        self._loading = True

    def load(self) -> Iterator[None]:
        """Take in what stands in the log, the newest records first; yields after each part.

        Raises:
            OSError: a file cannot be read.
        """
        for batch in self._tail.history(self._capacity):
            self._contents.prepend(batch)
            yield
        self._loading = False

    def poll(self) -> None:
        """Take in what has come since, also between two parts of `load()`.

        Raises:
            OSError: a file cannot be read.
        """
        for batch in self._tail.poll():
            self._contents.append(batch)

    def view(self) -> View:
        """Return what is known now."""
        return self._contents.view(self._loading)

    def close(self) -> None:
        """Close the file."""
        self._tail.close()
