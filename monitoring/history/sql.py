"""Run SQL over all files of a log with DuckDB, which reads the files where they are and changes nothing."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb

from monitoring.history.log_view import literal, log_view
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
) -> Answer:
    """Run one SELECT over all files of the log `path`, which are the table `log`; nothing can be changed.

    `mapping` turns foreign names into ours. A damaged file is left out, and a notice says so.

    Raises:
        QueryError: it is not one SELECT, or DuckDB refuses it; reading the rows may raise it, too.
        OSError: a file cannot be read; `LogChangedError` where they change faster than that.
    """
    damaged: dict[Path, str] = {}
    for _ in range(MAX_TRIES):
        files = log_files(path)
        sound = [file for file in files if file.path not in damaged]
        try:
            connection = _sandbox([file.path for file in sound], memory_limit)
            connection.execute(log_view([file for file in sound if file.size], mapping))
            answer = _run(connection, sql, fetched_rows)
        except FileNotFoundError:
            continue
        except UnicodeEncodeError as error:
            raise QueryError(f"not valid text: {error.object!r}") from None
        except duckdb.Error as error:
            if log_files(path) != files:
                continue
            bad = _unreadable(error, sound)
            if bad is None:
                raise QueryError(_first_paragraph(error)) from None
            damaged[bad] = _first_paragraph(error)
            continue
        if log_files(path) == files:
            notices = _notices(path, files, damaged)
            return Answer(answer.columns, _checked(answer.rows, path, files), notices)
    raise LogChangedError(path)


def _run(connection: duckdb.DuckDBPyConnection, sql: str, fetched_rows: int) -> Answer:
    """Run the query as far as its first rows; the other rows are computed when they are read."""
    connection.execute("SET lock_configuration = true")
    # query() takes one SELECT only, and refuses one that writes, such as WITH ... AS (COPY ... TO ...).
    connection.execute(f"FROM query({literal(sql)})")
    first = connection.fetchmany(fetched_rows)
    more = iter(lambda: connection.fetchmany(fetched_rows), [])
    return Answer([column[0] for column in connection.description], chain(first, chain.from_iterable(more)))


def _checked(rows: Iterator[Row], path: Path, files: list[LogFile]) -> Iterator[Row]:
    """Yield the rows, and raise after the last row where some may be missing."""
    try:
        yield from rows
    except duckdb.Error as error:
        raise QueryError(_first_paragraph(error)) from None
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


def _notices(path: Path, files: list[LogFile], damaged: Mapping[Path, str]) -> list[str]:
    notices = [f"{file.name} is left out: {why}" for file, why in damaged.items()]
    if not any(file.size for file in files):
        notices.append(f"{path} is {'empty' if files else 'missing'}: there are no records")
    return notices


def _first_paragraph(error: duckdb.Error) -> str:
    """Return the first paragraph of DuckDB's message, as one line."""
    message = str(error).split("\n\n")[0].partition(" Error: ")[2] or str(error)
    return " ".join(message.split())[:MAX_ERROR_CHARS]
