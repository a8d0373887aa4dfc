"""Count the records of a whole log: every file is read once, by all processors."""

import signal
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path
from typing import NamedTuple

from monitoring.formats.files.content import content_of
from monitoring.formats.reading_notes import ReadingNotes
from monitoring.formats.row_decoder import RowDecoder
from monitoring.history.rows import TOO_LONG, Piece, read_lines
from monitoring.record.schema import MAX_LINE_BYTES
from monitoring.record.vocabulary import (
    FINISHED,
    OK,
    REFUSED,
    REJECTED,
    UNKNOWN_TASK,
    refused_requests,
)
from monitoring.storage.blocks import DAMAGED
from monitoring.storage.listing import MAX_TRIES, LogChangedError, LogFile, log_files
from monitoring.storage.private_files import open_regular

# The part of a file that a worker takes at once; smaller logs are read without workers.
PIECE_BYTES = 16 << 20
# The fields of a row.
WANTED = ("task_type", "response_time_ms", "rejected")


@dataclass(frozen=True, slots=True)
class TaskStatistics:
    """The numbers of one task; the percentiles, in ms, are of the `timed` requests that ended ok."""

    requests: int
    ok: int
    errors: int
    rejected: int
    cancelled: int
    timed: int
    p50_ms: float | None  # None where no request is timed
    p95_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """The numbers of all files of a log."""

    tasks: dict[str, TaskStatistics]
    records: int  # records of all kinds
    broken: int  # lines that are no records
    files: int
    notes: ReadingNotes


@dataclass(frozen=True, slots=True)
class Group:
    """Records that agree in task, event and status."""

    count: int
    times: "array[float]"  # the response times in ms, of the records that tell one


Key = tuple[str | None, str | None, str | None]  # task_type, event, status


class Tally(NamedTuple):
    """The numbers of a piece of a log."""

    groups: dict[Key, Group]
    refused: Counter[str | None]  # requests that a record of `REFUSED` stands for, by task
    notes: ReadingNotes


def scan(
    path: Path,
    mapping: Mapping[str, str] = {},
    workers: int = 1,
    piece_bytes: int = PIECE_BYTES,
    zone: tzinfo = UTC,
) -> Statistics:
    """Count every record of the log `path`; `mapping` turns foreign names into ours.

    Which records are requests, and how many a record of refused ones stands for, is defined in
    `record/vocabulary.py`. More than one worker needs a process without threads.

    Raises:
        OSError: a file cannot be read; `LogChangedError` where they change faster than that.
    """
    for _ in range(MAX_TRIES):
        files = log_files(path)
        try:
            tallies = _tallies(files, partial(tally, mapping=dict(mapping), zone=zone), workers, piece_bytes)
        except FileNotFoundError:
            continue
        if log_files(path) == files:
            return _statistics(tallies, len(files))
    raise LogChangedError(path)


def pieces(file: LogFile, size: int) -> list[Piece]:
    """Split a file into parts of `size` bytes; one that is no plain text is one part.

    Raises:
        OSError: it cannot be read.
    """
    if file.size <= size:
        return [Piece(file.path)]
    with open_regular(file.path) as opened:
        if not content_of(opened).is_lines:
            return [Piece(file.path)]
    return [Piece(file.path, start, start + size) for start in range(0, file.size, size)]


def tally(
    piece: Piece,
    mapping: Mapping[str, str] = {},
    max_line_bytes: int = MAX_LINE_BYTES,
    zone: tzinfo = UTC,
) -> Tally:
    """Count the records of a piece, and its lines that are no records."""
    decoder = RowDecoder(WANTED, mapping, zone, max_line_bytes)
    groups: dict[Key, list[float | None]] = defaultdict(list)
    ok: dict[str | None, list[float | None]] = defaultdict(list)
    refused: Counter[str | None] = Counter()
    try:
        for lines in read_lines(piece, max_line_bytes=max_line_bytes):
            if lines is TOO_LONG:
                decoder.broken["too_long"] += 1
                continue
            for row in decoder.rows(bytes(lines)):
                # Nearly all records are such; a shorter key spares two hashes for each.
                if row.status == OK and row.event == FINISHED:
                    ok[row.task_type].append(row.response_time_ms)
                else:
                    groups[row.task_type, row.event, row.status].append(row.response_time_ms)
                    if row.event == REFUSED:
                        refused[row.task_type] += refused_requests(row.rejected)
    except DAMAGED as error:
        decoder.note_damage(error)
    groups |= {(task, FINISHED, OK): times for task, times in ok.items()}
    counted = {key: _group(times) for key, times in groups.items()}
    return Tally(counted, +refused, ReadingNotes.of(decoder))


def _group(times: list[float | None]) -> Group:
    return Group(len(times), array("d", [ms for ms in times if ms is not None]))


def _tallies(
    files: list[LogFile], count: Callable[[Piece], Tally], workers: int, piece_bytes: int
) -> list[Tally]:
    work = [piece for file in files for piece in pieces(file, piece_bytes)]
    if min(workers, len(work)) < 2 or sum(file.size for file in files) < piece_bytes:
        return list(map(count, work))
    # Small logs need not wait for these imports.
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_all_start_methods, get_context

    if "fork" not in get_all_start_methods():  # Windows: a worker would first import everything anew.
        return list(map(count, work))

    with ProcessPoolExecutor(workers, get_context("fork"), _ignore_interrupts) as pool:
        answers = pool.map(count, work)
        # The import runs beside the workers: numpy is needed for their results.
        import numpy  # noqa: F401

        return list(answers)


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The parent ends its workers.


def _statistics(tallies: Iterable[Tally], files: int) -> Statistics:
    tasks: dict[str, dict[str, list[Group]]] = defaultdict(lambda: defaultdict(list))
    records = 0
    notes = ReadingNotes()
    for tallied in tallies:
        notes.add(tallied.notes)
        for (task, event, status), group in tallied.groups.items():
            records += group.count
            if event == FINISHED:
                tasks[task or UNKNOWN_TASK][str(status)].append(group)
        for name, requests in tallied.refused.items():
            tasks[name or UNKNOWN_TASK][REJECTED].append(Group(requests, array("d")))
    counted = {task: _task(tasks[task]) for task in sorted(tasks)}
    return Statistics(counted, records, notes.broken.total(), files, notes)


def _task(groups: Mapping[str, list[Group]]) -> TaskStatistics:
    """Return the numbers of one task; `groups` has its requests by their status."""
    import numpy as np

    from monitoring.percentiles import percentiles

    counts = {status: sum(group.count for group in parts) for status, parts in groups.items()}
    ok = groups.get(OK, [])
    times = np.concatenate([np.asarray(group.times) for group in ok]) if ok else np.empty(0)
    p50, p95, p99 = percentiles(times, (50, 95, 99)).tolist() if len(times) else (None, None, None)
    return TaskStatistics(
        requests=sum(counts.values()),
        ok=counts.get(OK, 0),
        errors=counts.get("error", 0),
        rejected=counts.get(REJECTED, 0),
        cancelled=counts.get("cancelled", 0),
        timed=len(times),
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
    )
