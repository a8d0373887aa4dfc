"""An exported file: whole, or with a last record that says what is missing."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from monitoring.record.encode import to_line
from monitoring.window.line_decoder import LineDecoder
from tests.monitoring.helpers import MOMENT, Record, a_record
from tests.ui.dashboard.helpers import EVERYTHING, config, snapshot_of, view_of, without_lines
from ui.dashboard.endpoints.export_file import CUT, PIECE_BYTES, ExportFile, ExportLimits
from ui.dashboard.selection import Selection
from ui.texts.page import EN, ZH

RECORDS = [a_record(second, message="x" * 1000) for second in range(100)]


def export_of(*records: Record, kind: str = "jsonl", mb: float = 500, seconds: float = 300) -> ExportFile:
    """Return an export whose timer goes on by a second each time it is asked."""
    selection = Selection(EVERYTHING, snapshot_of(view_of(*records)), config(), hides_texts=False)
    ticks = count()
    limits = ExportLimits(mb, seconds)
    return ExportFile(selection, kind, limits, EN, lambda: next(ticks), lambda: MOMENT)


def lines_of(pieces: Iterator[bytes]) -> list[dict[str, Any]]:
    """Return the records of a JSONL."""
    return [json.loads(line) for line in b"".join(pieces).splitlines()]


def rows_of(pieces: Iterator[bytes]) -> list[dict[str, str]]:
    """Return the records of a CSV."""
    return list(csv.DictReader(io.StringIO(b"".join(pieces).decode("utf-8-sig"), newline="")))


def test_a_file_within_the_limits_is_the_selection() -> None:
    """Nothing is added to a whole file."""
    assert b"".join(export_of(*RECORDS).pieces()) == b"".join(map(to_line, reversed(RECORDS)))
    assert [row["message"] for row in rows_of(export_of(*RECORDS, kind="csv").pieces())] == ["x" * 1000] * 100


def test_nothing_selected_is_an_empty_file() -> None:
    """No records are no cut; a CSV has its head."""
    assert b"".join(export_of().pieces()) == b""
    assert rows_of(export_of(kind="csv").pieces()) == []
    assert b"".join(export_of(kind="csv").pieces()).startswith(b"\xef\xbb\xbftimestamp,")


def test_a_file_comes_in_pieces() -> None:
    """A large file is made a piece after the other, none of them much larger than the others."""
    pieces = list(export_of(*(a_record(i, message="x" * 60_000) for i in range(20)), seconds=10**6).pieces())
    assert len(pieces) > 3
    assert max(map(len, pieces)) < PIECE_BYTES + 70_000
    assert b"".join(pieces).count(b"\n") == 20


@pytest.mark.parametrize("mb", [0.01, 0.05, 0.0001])
def test_a_jsonl_that_is_too_large_says_so(mb: float) -> None:
    """It has as many records as fit, and then one that says how many, of how many, and what to do."""
    export = export_of(*RECORDS, mb=mb)
    data = b"".join(export.pieces())
    *records, cut = (json.loads(line) for line in data.splitlines())
    assert records == RECORDS[::-1][: len(records)]
    size = sum(len(to_line(record)) for record in records)
    assert size <= mb * (1 << 20) < size + len(to_line(RECORDS[0]))
    assert (cut["event"], cut["level"], cut["reason"]) == (CUT, "WARNING", "size")
    assert (cut["records"], cut["selected"]) == (len(records), 100)
    told = EN["export_cut_size"].format(mb=f"{mb:g}", records=len(records), selected=100)
    assert cut["message"] == told


def test_a_csv_that_is_too_large_says_so() -> None:
    """Its last row is the event, with the reason as its message."""
    *rows, cut = rows_of(export_of(*RECORDS, kind="csv", mb=0.02).pieces())
    assert 10 < len(rows) < 20
    assert {row["event"] for row in rows} == {"task.finished"}
    assert cut["event"] == CUT
    assert f"{len(rows)} of 100" in cut["message"]


def test_a_file_that_takes_too_long_says_so() -> None:
    """The time counts from the beginning; a reader who is slow gets what was made in time."""
    *records, cut = lines_of(export_of(*RECORDS, seconds=10).pieces())
    assert len(records) == 10
    assert (cut["event"], cut["reason"], cut["records"]) == (CUT, "time", 10)
    assert "EXPORT_SECONDS=10" in cut["message"]


def test_lines_that_are_no_longer_kept_are_told() -> None:
    """Where the memory for lines did not suffice, the file says how many records are missing."""
    view = view_of(*RECORDS)
    snapshot = snapshot_of(replace(view, frame=without_lines(view.frame)))
    selection = Selection(EVERYTHING, snapshot, config(), hides_texts=False)
    (cut,) = lines_of(ExportFile(selection, "jsonl", ExportLimits(), ZH).pieces())
    assert (cut["reason"], cut["records"], cut["selected"]) == ("gone", 0, 100)
    assert cut["message"] == ZH["export_cut_gone"].format(missing=100, selected=100)


def test_the_last_record_can_be_read_as_one() -> None:
    """Opened in the dashboard again, a cut file has no broken line."""
    decoder = LineDecoder()
    batch = decoder.decode(b"".join(export_of(*RECORDS, mb=0.01).pieces()))
    assert batch.texts["event"][-1] == CUT
    assert decoder.broken.total() == 0


def test_the_limits_come_from_the_settings() -> None:
    """EXPORT_MB and EXPORT_SECONDS hold for each export."""
    settings = config().model_copy(update={"export_mb": 2.5, "export_seconds": 7})
    assert ExportLimits.of(settings) == ExportLimits(2.5, 7)
