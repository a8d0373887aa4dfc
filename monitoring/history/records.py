"""Yield all lines of a log as records of ours."""

from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from pathlib import Path

from monitoring.formats.reading_notes import ReadingNotes
from monitoring.formats.row_decoder import RowDecoder
from monitoring.history.rows import TOO_LONG, Piece, read_lines
from monitoring.record.schema import ALWAYS, COLUMNS
from monitoring.storage.blocks import DAMAGED
from monitoring.storage.listing import log_files


def records_of(
    path: Path, mapping: Mapping[str, str] = {}, zone: tzinfo = UTC, notes: ReadingNotes | None = None
) -> Iterator[list[bytes]]:
    """Yield the lines of all files of the log `path`, some at a time, without their newlines.

    `notes` takes in what was seen.

    Raises:
        OSError: a file cannot be read.
    """
    for file in log_files(path):
        yield from records_of_file(file.path, mapping, zone, notes)


def records_of_file(
    path: Path, mapping: Mapping[str, str] = {}, zone: tzinfo = UTC, notes: ReadingNotes | None = None
) -> Iterator[list[bytes]]:
    """Yield the lines of one file, as `records_of` does.

    Raises:
        OSError: it cannot be read.
    """
    decoder = RowDecoder(COLUMNS, mapping, zone, required=ALWAYS)
    try:
        for block in read_lines(Piece(path)):
            if block is TOO_LONG:
                decoder.broken["too_long"] += 1
            else:
                yield decoder.rows_and_lines(bytes(block))[1]
    except DAMAGED as error:
        decoder.note_damage(error)
    if notes is not None:
        notes.add(ReadingNotes.of(decoder))
