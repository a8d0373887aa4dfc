"""SQL over all files of a log."""

import gzip
from datetime import datetime
from pathlib import Path

import pytest

from monitoring.history.scan import scan
from monitoring.history.sql import QueryError, query
from monitoring.record.schema import FIELDS, TYPES
from tests.monitoring.helpers import ROOT, a_record, lines_of, refused_requests
from tests.monitoring.history.helpers import OLD, rows, three_files, write


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a log of three files, in a folder of its own."""
    return three_files(tmp_path)


def test_one_table_is_all_files_of_the_log(log: Path) -> None:
    """Rotated, compressed and current records are in one table, oldest first."""
    assert rows(log, "select seq from log") == [(seq,) for seq in range(6)]
    assert rows(log, "select task_type, count(*) n from log group by 1 order by n") == [
        ("sentiment", 1),
        ("chat", 5),
    ]


def test_columns_are_the_schema_with_its_types(log: Path) -> None:
    """Each field of a record is a column, in its order and typed, whether the log has it or not."""
    found = {name: kind for name, kind, *_ in rows(log, "describe log")}
    assert list(found)[: len(FIELDS)] == list(FIELDS)
    wanted = {
        "timestamp": "TIMESTAMP",
        "message": "VARCHAR",
        "response_time_ms": "DOUBLE",
        "seq": "BIGINT",
        "truncated": "BOOLEAN",
        "dropped": "BIGINT",
        "rejected": "BIGINT",
    }
    assert wanted.items() <= found.items()
    assert rows(log, "select timestamp, message, response_time_ms, seq, truncated from log limit 1") == [
        (datetime(2023, 11, 14, 22, 13, 20), "对话完成", 100.0, 0, None)
    ]


@pytest.mark.parametrize(
    "broken",
    [
        b'{"seq":1,"message":"to',
        b"no JSON",
        b"[1,2]",
        b'"text"',
        b"5",
        b"null",
        b"",
        b"  ",
        b'{"seq":1,"message":"\xff"}',
        b'{"seq":1}{"seq":1}',
        b"\x00" * 4096,
        b"x" * (20 << 20),
    ],
    ids=lambda line: repr(line[:20]),
)
def test_broken_lines_are_skipped(log: Path, broken: bytes) -> None:
    """A line that is no record is neither an error nor a row, and those around it are there."""
    good = lines_of(a_record(seq=7))[:-1]
    assert rows(write(log, good, broken, good), "select seq from log") == [(7,), (7,)]


def test_a_half_written_last_line_is_skipped(log: Path) -> None:
    """What is being written has no row before it is whole."""
    with log.open("ab") as file:
        file.write(b'{"timestamp":"2023-11-14T22:13:26.000Z","seq":6,"mess')
    assert rows(log, "select max(seq), count(*) from log") == [(5, 6)]


def test_a_value_of_a_wrong_type_is_null(log: Path) -> None:
    """What does not fit its column is NULL there, and the rest of the record stays."""
    bad = b'{"timestamp":0,"response_time_ms":"slow","seq":"x","truncated":"perhaps","level":"INFO"}'
    odd = b'{"timestamp":0,"response_time_ms":NaN,"seq":[1],"truncated":5.5,"level":"INFO","status":{"a":1}}'
    endless = b'{"timestamp":0,"response_time_ms":1e999,"level":"INFO"}'
    sql = "select response_time_ms, seq, truncated, status, level from log"
    assert rows(write(log, bad, odd, endless), sql) == [(None, None, None, None, "INFO")] * 3


@pytest.mark.parametrize("time", [b'"once"', b"true", b"null", b'""', b"1e999"])
def test_a_record_without_a_time_is_no_row(log: Path, time: bytes) -> None:
    """As in the dashboard, what tells no time is no record, and a notice counts it."""
    good = lines_of(a_record(seq=7))[:-1]
    answer = query(write(log, good, b'{"level":"INFO","seq":8,"timestamp":%s}' % time), "select seq from log")
    assert list(answer.rows) == [(7,)]
    assert "broken lines: 1 without a time" in answer.notices[0]


@pytest.mark.parametrize(
    "text",
    [
        '"2023-11-14T22:13:20Z"',
        '"2023-11-15T06:13:20+08:00"',
        '"2023-11-14 22:13:20"',
        "1700000000",
        "1700000000000",
    ],
)
def test_timestamps_are_in_utc(log: Path, text: str) -> None:
    """Offsets are counted, a missing one is UTC, and numbers are seconds or milliseconds since the epoch."""
    write(log, b'{"level":"INFO","timestamp":%s}' % text.encode())
    assert rows(log, "select timestamp from log") == [(datetime(2023, 11, 14, 22, 13, 20),)]


def test_fields_of_other_programs_are_columns(log: Path) -> None:
    """Fields that the schema does not know are columns, typed by what they hold."""
    line = (
        b'{"timestamp":0,"level":"INFO","shard":3,"load":0.5,"ready":true,"zone":"a","tags":["x"],"mixed":1,'
        b'"odd \\"name\'":1,"LEVEL":"twice","":1}'
    )
    write(log, line, line.replace(b'"mixed":1', b'"mixed":"one"').replace(b"0.5", b"1"))
    found = {name: kind for name, kind, *_ in rows(log, "describe log") if name not in TYPES}
    assert found == {
        "shard": "HUGEINT",
        "load": "DOUBLE",
        "ready": "BOOLEAN",
        "zone": "VARCHAR",
        "tags": "VARCHAR",
        "mixed": "VARCHAR",
        "odd \"name'": "HUGEINT",
    }
    assert rows(log, "select level, shard, load, ready, tags, tags->>'$[0]', mixed from log limit 1") == [
        ("INFO", 3, 0.5, True, '["x"]', "x", "1")
    ]


def test_a_log_can_have_only_fields_of_its_own(log: Path) -> None:
    """Records of which we know nothing but the time are rows too."""
    lines = (b'{"ts":1,"a":1}', b'{"ts":2}', b'{"ts":3,"a":2}')
    assert rows(write(log, *lines), "select a from log") == [(1,), (None,), (2,)]


def test_foreign_names_are_mapped(log: Path) -> None:
    """A mapped field stands in our column; ours is taken where the foreign one is absent."""
    write(
        log,
        b'{"timestamp":0,"latency":10,"kind":"a"}',
        b'{"timestamp":0,"latency":30,"response_time_ms":99}',
        b'{"timestamp":0,"response_time_ms":20}',
    )
    answer = query(log, "select * from log", {"latency": "response_time_ms"})
    assert "latency" not in answer.columns
    mapping = {"latency": "response_time_ms", "kind": "task_type"}
    assert rows(log, "select response_time_ms, task_type from log", **mapping) == [
        (10, "a"),
        (30, "unknown"),
        (20, "unknown"),
    ]
    assert rows(write(log, b'{"timestamp":0,"Level":"WARNING"}'), "select level from log", Level="level") == [
        ("WARNING",)
    ]


@pytest.mark.parametrize("size", [None, 0])
def test_an_empty_or_missing_log_is_an_empty_table(log: Path, size: int | None) -> None:
    """Without records there are the columns, no rows, and a hint."""
    write(log)
    if size is None:
        log.unlink()
    answer = query(log, "select seq, sum(response_time_ms) total from log group by all")
    assert (answer.columns, list(answer.rows)) == (["seq", "total"], [])
    assert answer.notices == [f"{log} is {'missing' if size is None else 'empty'}: there are no records"]


def test_a_damaged_file_is_read_up_to_the_damage(log: Path) -> None:
    """What stands before the damage counts, as in the summary, and a notice tells of the rest."""
    records = [a_record(second, seq=100 + second, message=f"{second**9}") for second in range(5000)]
    whole = gzip.compress(lines_of(*records))
    (log.parent / OLD).write_bytes(whole[: len(whole) // 2])
    answer = query(log, "select seq from log")
    found = [seq for (seq,) in answer.rows]
    assert 103 < len(found) < 5000
    assert found == [*range(100, 100 + len(found) - 3), 3, 4, 5]
    assert len(found) == scan(log).records
    assert "the gzip file ends too early, after" in answer.notices[0]


def test_names_of_folders_are_only_names(tmp_path: Path) -> None:
    """Quotes, wildcards and `key=value` in a path mean nothing."""
    folder = tmp_path / "lo[g]s*'\"x" / "date=2020-01-01"
    folder.mkdir(parents=True)
    (folder / "qwen.log").write_bytes(lines_of(a_record()))
    answer = query(folder / "qwen.log", "from log")
    assert len(list(answer.rows)) == 1
    assert "date" not in answer.columns


def test_the_documented_query_counts_all_refused_requests(log: Path) -> None:
    """The example of the documentation finds the numbers that the summary finds."""
    documented = (ROOT / "docs" / "history.md").read_text(encoding="utf-8").split("<<'SQL'\n")
    (sql,) = [part.partition("    SQL\n")[0] for part in documented if "only_counted" in part]
    refused = [a_record(6, status="rejected"), refused_requests(60, 412), refused_requests(120, 7)]
    sample = a_record(9, event="resource.sample", task_type="system", status=None, response_time_ms=None)
    write(log, lines_of(a_record(5), *refused, sample)[:-1])
    assert rows(log, sql) == [("chat", 2, 419, 421, 420)]
    chat = scan(log).tasks["chat"]
    assert (chat.requests, chat.rejected) == (421, 420)


def test_a_large_answer_comes_in_parts(log: Path) -> None:
    """An answer of many fetches is whole and in order."""
    write(log, *(b'{"timestamp":0,"level":"INFO","seq":%d}' % seq for seq in range(5000)))
    answer = query(log, "select seq from log order by seq desc", fetched_rows=100)
    assert list(answer.rows) == [(seq,) for seq in reversed(range(5000))]


def test_errors_say_what_is_wrong(log: Path) -> None:
    """A query that DuckDB refuses is one error of one line, with its advice."""
    with pytest.raises(QueryError, match=r'^Referenced column "tasktype" not found .*"task_type"') as failure:
        query(log, "select tasktype from log")
    assert "\n" not in str(failure.value)
    with pytest.raises(QueryError, match="syntax error"):
        query(log, "selec 1")
    with pytest.raises(QueryError):
        list(query(log, "select * from (select error('late') from log limit 1)").rows)
    with pytest.raises(QueryError):
        query(log, "select '\udc00'")
