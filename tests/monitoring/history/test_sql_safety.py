"""What a query cannot do: reach anything but the log, or change anything."""

from pathlib import Path
from typing import Any

import pytest

from monitoring.history.sql import QueryError, query
from tests.monitoring.helpers import a_record, lines_of


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a small log, in a folder of its own."""
    log = tmp_path / "logs" / "qwen.log"
    log.parent.mkdir()
    log.write_bytes(lines_of(a_record(0), a_record(1)))
    return log


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return all rows of an answer."""
    return list(query(path, sql).rows)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


ATTACKS = [
    "select * from read_text('/etc/hostname')",
    "select * from read_blob('/proc/self/environ')",
    "select * from read_text('{folder}/secret.txt')",
    "select * from '{folder}/secret.txt'",
    "select * from read_csv('{folder}/*.txt')",
    "select * from read_json('{folder}/**/*.txt')",
    "select * from glob('{folder}/*')",
    "select * from glob('{log}*')",
    "select * from read_text('{log}/../../secret.txt')",
    "select * from read_text('{logs}/../secret.txt')",
    "select * from read_text('{logs}/link.log')",
    "select * from read_text('{logs}/qwen-2023-11-01T00-00-00.000Z.log')",
    "select * from sniff_csv('{folder}/secret.txt')",
    "select * from read_csv('/dev/stdin')",
    "select * from read_json('http://127.0.0.1:9/x.json')",
    "select getenv('HOME')",
    "copy log to '{folder}/out.csv'",
    "copy log to '{log}'",
    "copy (select 1) to '{log}' (use_tmp_file false)",
    "with x as (copy (select 1) to '{log}' (use_tmp_file false)) select * from x",
    "with x as materialized (copy (select 1) to '{log}' (use_tmp_file false, format json)) select 1",
    "(with x as (copy (select 1) to '{log}' (use_tmp_file false)) from x)",
    "summarize with x as (copy (select 1) to '{log}' (use_tmp_file false)) from x",
    "from query('with x as (copy (select 1) to ''{log}'' (use_tmp_file false)) from x')",
    "explain analyze copy (select 1) to '{log}' (use_tmp_file false)",
    "select 1'); copy (select 1) to '{log}' (use_tmp_file false); select ('1",
    "with x as (insert into log values (1)) select 1",
    "export database '{folder}/out'",
    "import database '{folder}/out'",
    "attach '{folder}/out.db'",
    "attach '{log}' as other",
    "install httpfs",
    "load httpfs",
    "load '{folder}/evil.so'",
    "set memory_limit = '100GB'",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset lock_configuration",
    "pragma enable_external_access = true",
    "call enable_logging(storage = 'file', storage_path = '{folder}')",
    "create table t as select 1",
    "create or replace view log as select 1",
    "insert into log values (1)",
    "delete from log",
    "drop view log",
    "select 1; select 2",
    "select 1; drop view log",
    "begin",
    "prepare p as select 1",
    "vacuum",
    "",
    "-- nothing",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_but_the_log_can_be_read_and_nothing_changed(log: Path, attack: str) -> None:
    """Each way out of the log is an error, and every file is what it was."""
    folder = log.parents[1]
    (folder / "secret.txt").write_text('{"message":"secret"}\n')
    (log.parent / "link.log").symlink_to(folder / "secret.txt")
    (log.parent / "qwen-2023-11-01T00-00-00.000Z.log").symlink_to(folder / "secret.txt")
    before = contents(folder)
    with pytest.raises(QueryError):
        list(query(log, attack.format(folder=folder, logs=log.parent, log=log)).rows)
    assert contents(folder) == before


def test_links_that_lead_out_of_the_folder_are_not_followed(log: Path) -> None:
    """A link among the log's files to one elsewhere has no rows."""
    outside = log.parents[1] / "secret.log"
    outside.write_bytes(lines_of(a_record(message="secret")))
    (log.parent / "qwen-2023-11-01T00-00-00.000Z.log").symlink_to(outside)
    assert rows(log, "select count(*) from log where message = 'secret'") == [(0,)]


def test_variables_of_the_program_are_no_tables(log: Path) -> None:
    """A name in the query never reaches a Python object."""
    secret = [1]
    with pytest.raises(QueryError, match="secret does not exist"):
        query(log, f"from {'secret' if secret else ''}")


def test_settings_are_closed(log: Path) -> None:
    """Memory is bounded, nothing spills, no extension is fetched, and all that is locked."""
    names = ("enable_external_access", "temp_directory", "autoinstall_known_extensions", "lock_configuration")
    found = rows(log, "select " + ", ".join(f"current_setting('{name}')" for name in names))
    assert found == [(False, "", False, True)]
    assert "GiB" in rows(log, "select current_setting('memory_limit')")[0][0]


def test_a_query_that_needs_too_much_memory_is_an_error(log: Path) -> None:
    """A query beyond the limit fails, and writes nothing to the disk."""
    with pytest.raises(QueryError, match="allocate"):
        query(
            log,
            "select count(*) from (select repeat('x', 100) || range t from range(30000000) order by t)",
            memory_limit="300MB",
        )
