"""Run SQL over all files of a log with DuckDB, which reads the files where they are and changes nothing."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb

from monitoring.history.log_view import literal, log_view
from monitoring.history.sql_files import MAX_LOOKED_AT, Copies, is_ours
from monitoring.storage.blocks import is_damaged
from monitoring.storage.listing import MAX_TRIES, LogChangedError, LogFile, log_files

# The memory of a query; a query that needs more ends with an error, since nothing spills to the disk.
MEMORY_LIMIT = "2GB"
# The threads of a query; the model needs the other processors.
THREADS = min(4, os.cpu_count() or 1)
# The rows that are fetched at once.
FETCHED_ROWS = 10_000
MAX_ERROR_CHARS = 600


Row = tuple[Any, ...]


class QueryError(ValueError):
    """A query that is not allowed or that DuckDB does not take; the text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query: the names of its columns, its rows, and notices for a person."""

    columns: list[str]
    rows: Iterator[Row]
    notices: list[str] = field(default_factory=list)


def query(
    path: Path,
    sql: str,
    mapping: Mapping[str, str] = {},
    memory_limit: str = MEMORY_LIMIT,
    fetched_rows: int = FETCHED_ROWS,
    zone: tzinfo = UTC,
) -> Answer:
    """Run one SELECT over all files of the log `path`, which are the table `log`; nothing can be changed.

    Files that are not ours to the letter are read as copies with records of ours; `mapping` turns foreign
    names into ours, and a time without a zone is in `zone`. Of a damaged file, what comes before the damage
    is read.

    Raises:
        QueryError: it is not one SELECT, or DuckDB refuses it; reading the rows may raise it, too.
        ValueError: no record has a name of the mapping, or no line could be read.
        OSError: a file cannot be read; `LogChangedError` where they change faster than that.
    """
    copies = Copies(mapping, zone)
    try:
        return _answer(path, sql, copies, mapping, memory_limit, fetched_rows)
    except BaseException:
        copies.close()
        raise


def _answer(
    path: Path, sql: str, copies: Copies, mapping: Mapping[str, str], memory_limit: str, fetched_rows: int
) -> Answer:
    """Run the query as often as it takes to find all files in one state; its rows remove the copies."""
    damaged: set[Path] = set()
    for _ in range(MAX_TRIES):
        files = log_files(path)
        try:
            read = _files_to_read(files, copies, damaged, bool(mapping))
            connection = _sandbox([file.path for file in read], memory_limit)
            connection.execute(log_view(read))
            answer = _run(connection, sql, fetched_rows)
        except FileNotFoundError:
            continue
        except UnicodeEncodeError as error:
            raise QueryError(f"not valid text: {error.object!r}") from None
        except duckdb.Error as error:
            if log_files(path) != files:
                continue
            bad = _unreadable(error, [file for file in files if file.path not in damaged])
            if bad is None:
                raise QueryError(_first_paragraph(error)) from None
            damaged.add(bad)
            continue
        if log_files(path) == files:
            notices = _notices(path, files, copies, mapping)
            return Answer(answer.columns, _checked(answer.rows, path, files, copies), notices)
    raise LogChangedError(path)


def _files_to_read(
    files: list[LogFile], copies: Copies, damaged: set[Path], is_mapped: bool
) -> list[LogFile]:
    """Return the files for DuckDB: those that are ours, and copies of the others; none is empty."""
    looked_at = {file.path for file in files[-MAX_LOOKED_AT:]}
    read = []
    for file in files:
        is_foreign = is_mapped or file.path in damaged or (file.path in looked_at and not is_ours(file))
        read.append(copies.of([file])[0] if is_foreign and file.size else file)
    return [file for file in read if file.size]


def _run(connection: duckdb.DuckDBPyConnection, sql: str, fetched_rows: int) -> Answer:
    """Run the query as far as its first rows; the other rows are computed when they are read."""
    connection.execute("SET lock_configuration = true")
    # query() takes one SELECT only, and refuses one that writes, such as WITH ... AS (COPY ... TO ...).
    connection.execute(f"FROM query({literal(sql)})")
    first = connection.fetchmany(fetched_rows)
    more = iter(lambda: connection.fetchmany(fetched_rows), [])
    return Answer([column[0] for column in connection.description], chain(first, chain.from_iterable(more)))


def _checked(rows: Iterator[Row], path: Path, files: list[LogFile], copies: Copies) -> Iterator[Row]:
    """Yield the rows, and raise after the last row where some may be missing; remove the copies."""
    try:
        yield from rows
    except duckdb.Error as error:
        raise QueryError(_first_paragraph(error)) from None
    finally:
        copies.close()
    if log_files(path) != files:
        raise LogChangedError(path)


def _sandbox(allowed: list[Path], memory_limit: str) -> duckdb.DuckDBPyConnection:
    """Return a database in memory that can read the allowed files and nothing else."""
    connection = duckdb.connect(":memory:")
    paths = ", ".join(literal(path) for path in allowed)
    for setting in (
        f"allowed_paths = [{paths}]",
        # Otherwise a variable of the caller would be a table.
        "python_enable_replacements = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        f"memory_limit = '{memory_limit}'",
        "temp_directory = ''",
        f"threads = {THREADS}",
        "TimeZone = 'UTC'",
        "enable_progress_bar = false",
        "enable_external_access = false",
    ):
        connection.execute(f"SET {setting}")
    return connection


def _unreadable(error: duckdb.Error, files: list[LogFile]) -> Path | None:
    """Return the file of the log that the error names, or that is damaged; None where there is none."""
    if not isinstance(error, duckdb.IOException | duckdb.InvalidInputException):
        return None
    named = next((file.path for file in files if str(file.path) in str(error)), None)
    # Of some damages of a compressed file, DuckDB does not say in which file it stands.
    return named or next((file.path for file in files if is_damaged(file.path)), None)


def _notices(path: Path, files: list[LogFile], copies: Copies, mapping: Mapping[str, str]) -> list[str]:
    """Say what a person should know.

    Raises:
        ValueError: there are lines, and none could be read; or no record has a name of the mapping.
    """
    if not any(file.size for file in files):
        return [f"{path} is {'empty' if files else 'missing'}: there are no records"]
    if not copies.are_made:
        return []
    return copies.notes.checked(mapping, copies.records)


def _first_paragraph(error: duckdb.Error) -> str:
    """Return the first paragraph of DuckDB's message, as one line."""
    message = str(error).split("\n\n")[0].partition(" Error: ")[2] or str(error)
    return " ".join(message.split())[:MAX_ERROR_CHARS]
