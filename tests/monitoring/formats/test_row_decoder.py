"""Lines become rows: ours at full speed, others as records of ours."""

import json

import pytest

from monitoring.formats.row_decoder import RowDecoder
from monitoring.formats.translator import Record
from tests.monitoring.helpers import MOMENT, a_record, lines_of

OURS = lines_of(a_record(0, seq=1), a_record(1, seq=2))
PINO = b'{"level":50,"time":1700000002000,"pid":1,"hostname":"h","msg":"a","responseTime":5}\n'


def test_lines_of_ours_are_not_translated() -> None:
    """What turns other lines into ours is not even loaded."""
    decoder = RowDecoder(("seq",))
    assert [row.seq for row in decoder.rows(OURS)] == [1, 2]
    assert decoder.rows_and_lines(OURS)[1] == OURS.splitlines()
    assert not decoder.has_looked_closer


def test_one_other_line_spoils_no_line_of_ours() -> None:
    """All are rows, and the line of another program has become one of ours."""
    decoder = RowDecoder(("response_time_ms", "level"))
    rows, kept = decoder.rows_and_lines(OURS + PINO + OURS)
    assert [row.timestamp.timestamp() - MOMENT for row in rows] == [0, 1, 2, 0, 1]
    assert [row.response_time_ms for row in rows] == [100, 100, 5, 100, 100]
    assert (rows[2].level, rows[2].event, rows[2].status) == ("ERROR", "task.finished", "error")
    assert kept[:2] + kept[3:] == OURS.splitlines() * 2
    assert RowDecoder(("level",)).rows(kept[2])[0].level == "ERROR"
    assert len(decoder.rows(OURS + PINO + OURS)) == 5


@pytest.mark.parametrize(
    ("time", "is_record"),
    [
        (b"0001-01-01T00:00:00+08:00", False),
        (b"9999-12-31T23:59:59-08:00", False),
        (b"0001-01-01T00:00:00Z", True),
        (b"9999-12-31T23:59:59.999Z", True),
    ],
)
def test_a_moment_that_no_date_can_show_is_none(time: bytes, is_record: bool) -> None:
    """For whoever asks for rows, and for rows with their lines."""
    line = OURS.splitlines()[0].replace(b"2023-11-14T22:13:20.000Z", time)
    decoder = RowDecoder(())
    assert len(decoder.rows(line)) == is_record
    assert len(decoder.rows_and_lines(line)[0]) == is_record
    assert decoder.broken["no_time"] == 2 * (not is_record)


def test_a_line_that_is_too_long_is_one_broken_line() -> None:
    """Its length is that without the newline."""
    line = OURS.splitlines()[0]
    decoder = RowDecoder((), max_line_bytes=len(line))
    assert len(decoder.rows(line + b"\n" + line + b" \n" + line)) == 2
    assert +decoder.broken == {"too_long": 1}


def test_nuls_before_a_line_do_not_count_in_its_length() -> None:
    """A file that was emptied beneath its writer has any number of them."""
    line = OURS.splitlines()[0]
    decoder = RowDecoder((), max_line_bytes=len(line))
    rows, kept = decoder.rows_and_lines(b"\0" * 500 + line + b"\n" + b"\0" * 500 + b"\n")
    assert (len(rows), kept) == (1, [line])
    assert +decoder.broken == {"not_json": 1}


def test_a_line_that_is_broken_again_and_again_is_looked_at_twice() -> None:
    """Each one counts; what comes between makes the next one be looked at again."""
    decoder = RowDecoder(())
    translator = decoder.translator
    seen: list[bytes] = []

    def note(line: bytes) -> list[Record]:
        seen.append(line)
        return records(line)

    records, translator.records = translator.records, note  # type: ignore[method-assign]
    decoder.rows(b"{}\n" * 50 + b"{}\n" * 50 + b'{"a":1}\n' * 50 + PINO + b"{}\n" * 50)
    assert seen == [b"{}"] * 2 + [b'{"a":1}'] * 2 + [PINO[:-1]] + [b"{}"] * 2
    assert +decoder.broken == {"no_time": 200}


def test_fields_of_other_programs_are_found() -> None:
    """Of records, and of objects that tell no time."""
    decoder = RowDecoder(())
    decoder.rows(PINO + b'{"moment":1}\n')
    assert {"responseTime", "moment"} <= {field.name for field in decoder.found_fields.all()}


def test_a_mapping_to_no_field_is_refused() -> None:
    """At once, not with the first line."""
    with pytest.raises(ValueError, match="'latenz'"):
        RowDecoder((), {"latency": "latenz"})


def test_a_broken_line_is_no_record_of_another_program() -> None:
    """What a killed program left does not make a log of ours a foreign one."""
    decoder = RowDecoder(("seq",))
    decoder.rows(OURS + b'{"timestamp":"2026-01-21T16')
    assert (decoder.has_looked_closer, decoder.has_translated) == (True, False)
    decoder.rows(b'{"time":"2026-01-21T16:00:00Z","msg":"hello"}')
    assert decoder.has_translated


@pytest.mark.parametrize("told", [b"", b'"status":null,', b'"status":"",'])
@pytest.mark.parametrize(("level", "status"), [("INFO", "ok"), ("ERROR", "error"), ("CRITICAL", "error")])
def test_a_finished_task_that_does_not_tell_how_is_decided_by_its_level(
    told: bytes, level: str, status: str
) -> None:
    """For whoever asks for rows, and in the lines that are kept; what tells it, and samples, stay ours."""
    line = lines_of(a_record(level=level)).replace(b'"status":"ok"', told + b'"x":1')
    sample = lines_of(a_record(event="resource.sample", status=None))
    decoder = RowDecoder(())
    assert [row.status for row in decoder.rows(OURS + sample + line)] == ["ok", "ok", None, status]
    rows, kept = RowDecoder(()).rows_and_lines(line)
    assert [row.status for row in rows] == [status]
    assert json.loads(kept[0])["status"] == status
    assert len(RowDecoder(()).rows(OURS + sample)) == 3
    assert not decoder.translator.read_as


def test_a_line_without_a_required_name_is_not_ours() -> None:
    """Its value may be anything, as null is."""
    line = lines_of(a_record(message=None))
    decoder = RowDecoder((), required=("message", "level"))
    assert decoder.rows_and_lines(line)[1] == [line[:-1]]
    assert not decoder.has_looked_closer
    assert len(decoder.rows(line.replace(b'"message":null,', b""))) == 1
    assert decoder.has_translated
