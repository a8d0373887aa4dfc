"""SQL over all files of a log, in place and reading only, with DuckDB."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb

from monitoring.history.log_view import literal, log_view
from monitoring.storage.listing import MAX_TRIES, LogChangedError, LogFile, log_files

MEMORY = "2GB"  # nothing spills to the disk: a query that needs more ends with an error
THREADS = min(4, os.cpu_count() or 1)  # the model needs the others
FETCHED_ROWS = 10_000
MAX_ERROR_CHARS = 600


Row = tuple[Any, ...]


class QueryError(ValueError):
    """A query that is not allowed or that DuckDB does not take; the text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gives: its columns' names, its rows, and what a person should know besides."""

    columns: list[str]
    rows: Iterator[Row]
    notices: list[str] = field(default_factory=list)


def query(path: Path, sql: str, mapping: Mapping[str, str] = {}) -> Answer:
    """Ask all files of the log `path`, which are the table `log`, one SELECT; nothing can be changed.

    `mapping` turns foreign names into ours. A damaged file is left out, and a notice says so.

    Raises:
        QueryError: it is not one SELECT, or DuckDB refuses it; also while rows are read.
        OSError: a file cannot be read; `LogChangedError` where they change faster than that.
    """
    damaged: dict[Path, str] = {}
    for _ in range(MAX_TRIES):
        files = log_files(path)
        sound = [file for file in files if file.path not in damaged]
        try:
            answer = _ask(sound, sql, mapping)
        except FileNotFoundError:
            continue
        except UnicodeEncodeError as error:
            raise QueryError(f"not valid text: {error.object!r}") from None
        except duckdb.Error as error:
            if log_files(path) != files:
                continue
            bad = _unreadable(error, sound)
            if bad is None:
                raise QueryError(_text(error)) from None
            damaged[bad] = _text(error)
            continue
        if log_files(path) == files:
            notices = _notices(path, files, damaged)
            return Answer(answer.columns, _checked(answer.rows, path, files), notices)
    raise LogChangedError(path)


def _ask(files: list[LogFile], sql: str, mapping: Mapping[str, str]) -> Answer:
    """Run the query as far as its first rows; the others are computed as they are taken."""
    connection = _closed_room([file.path for file in files])
    connection.execute(log_view([file for file in files if file.size], mapping))
    connection.execute("SET lock_configuration = true")
    # query() takes nothing but one SELECT, and of those none that writes: WITH ... AS (COPY ... TO ...)
    connection.execute(f"FROM query({literal(sql)})")
    first = connection.fetchmany(FETCHED_ROWS)
    more = iter(lambda: connection.fetchmany(FETCHED_ROWS), [])
    return Answer([column[0] for column in connection.description], chain(first, chain.from_iterable(more)))


def _checked(rows: Iterator[Row], path: Path, files: list[LogFile]) -> Iterator[Row]:
    """Yield the rows; raise at their end if some may have been missed."""
    try:
        yield from rows
    except duckdb.Error as error:
        raise QueryError(_text(error)) from None
    if log_files(path) != files:
        raise LogChangedError(path)


def _closed_room(allowed: list[Path]) -> duckdb.DuckDBPyConnection:
    """Return a database in memory from which no way leads out but to the allowed files."""
    connection = duckdb.connect(":memory:")
    paths = ", ".join(literal(path) for path in allowed)
    for setting in (
        f"allowed_paths = [{paths}]",
        "python_enable_replacements = false",  # else a variable of the caller is a table
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        f"memory_limit = '{MEMORY}'",
        "temp_directory = ''",
        f"threads = {THREADS}",
        "TimeZone = 'UTC'",
        "enable_progress_bar = false",
        "enable_external_access = false",
    ):
        connection.execute(f"SET {setting}")
    return connection


def _unreadable(error: duckdb.Error, files: list[LogFile]) -> Path | None:
    """Return the file of the log that the error is about."""
    if not isinstance(error, duckdb.IOException | duckdb.InvalidInputException):
        return None
    return next((file.path for file in files if str(file.path) in str(error)), None)


def _notices(path: Path, files: list[LogFile], damaged: Mapping[Path, str]) -> list[str]:
    notices = [f"{file.name} is left out: {why}" for file, why in damaged.items()]
    if not any(file.size for file in files):
        notices.append(f"{path} is {'empty' if files else 'missing'}: there are no records")
    return notices


def _text(error: duckdb.Error) -> str:
    """Return the first paragraph of DuckDB's message, as one line."""
    message = str(error).split("\n\n")[0].partition(" Error: ")[2] or str(error)
    return " ".join(message.split())[:MAX_ERROR_CHARS]
