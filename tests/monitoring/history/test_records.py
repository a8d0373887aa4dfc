"""All lines of a log as records of ours."""

import gzip
import json
from pathlib import Path

from monitoring.formats.reading_notes import ReadingNotes
from monitoring.history.records import records_of
from monitoring.record.schema import FIELDS
from tests.monitoring.helpers import a_record, lines_of
from tests.monitoring.history.helpers import OLD, three_files

PINO = b'{"level":50,"time":1700000002000,"pid":1,"hostname":"h","msg":"a","responseTime":5}\n'


def test_the_lines_of_all_files_come_oldest_first(tmp_path: Path) -> None:
    """Ours as they are, those of other programs as records of ours; what is none is counted."""
    log = three_files(tmp_path)
    log.write_bytes(log.read_bytes() + PINO + b"torn\n" + b"x" * 100_000 + b"\n")
    notes = ReadingNotes()
    lines = [line for block in records_of(log, notes=notes) for line in block]
    assert [json.loads(line).get("seq") for line in lines] == [0, 1, 2, 3, 4, 5, None]
    assert lines[0] + b"\n" == lines_of(a_record(0, seq=0))
    assert json.loads(lines[-1])["response_time_ms"] == 5
    assert (notes.broken, notes.read_as) == ({"not_json": 1, "too_long": 1}, {"pino": 1})


def test_a_damaged_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """All text before the damage is read, also of a small file; the rest of it counts as one broken line."""
    log = three_files(tmp_path)
    (log.parent / OLD).write_bytes(gzip.compress(lines_of(a_record(0, seq=0)))[:-4])
    notes = ReadingNotes()
    found = [json.loads(line)["seq"] for block in records_of(log, notes=notes) for line in block]
    assert found == [0, 3, 4, 5]
    assert notes.broken == {"damaged": 1}


def test_a_missing_log_has_no_records(tmp_path: Path) -> None:
    """It is the caller who says so."""
    assert list(records_of(tmp_path / "none.log")) == []


def test_each_record_has_the_fields_that_are_always_there(tmp_path: Path) -> None:
    """A line of ours without some of them has them as null, and keeps what it tells; no program is named."""
    log = tmp_path / "qwen.log"
    line = b'{"timestamp":"2023-11-14T22:13:20.000Z","event":"log.dropped","dropped":3,"task_type":"system"}'
    log.write_bytes(lines_of(a_record(message=5)) + line + b"\n")
    notes = ReadingNotes()
    whole, short = (json.loads(line) for block in records_of(log, notes=notes) for line in block)
    assert list(short)[:8] == list(whole)[:8] == list(FIELDS[:8])
    assert {name: value for name, value in short.items() if value is not None} == json.loads(line)
    assert whole["message"] == 5
    assert not notes.read_as
