"""Write the SQL of the view `log`, which has a typed column for each field of a log."""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from gzip import BadGzipFile
from typing import Any

import msgspec

from monitoring.record.schema import ALWAYS, MAX_LINE_BYTES, TYPES
from monitoring.storage.blocks import has_long_line
from monitoring.storage.listing import LogFile
from monitoring.storage.paths import COMPRESSED, open_log_file

# So many of the newest files are searched for fields that the schema does not know.
SAMPLE_FILES = 3
# The part of each of them that is searched: its end, or the beginning of a compressed file.
SAMPLE_BYTES = 1 << 20
MAX_FOREIGN_FIELDS = 200
# Longer names of fields are no columns.
MAX_NAME_CHARS = 200

_SQL_TYPES = {str: "VARCHAR", float: "DOUBLE", int: "BIGINT", bool: "BOOLEAN"}
SCHEMA = {name: _SQL_TYPES[kind] for name, kind in TYPES.items()} | {"timestamp": "TIMESTAMP"}

_VALUE = {
    "VARCHAR": "{0}",
    "BIGINT": "TRY_CAST({0} AS BIGINT)",
    "BOOLEAN": "TRY_CAST({0} AS BOOLEAN)",
    "DOUBLE": "CASE WHEN isfinite(TRY_CAST({0} AS DOUBLE)) THEN TRY_CAST({0} AS DOUBLE) END",
    # A plain number is in seconds since the epoch, a large one in milliseconds.
    "TIMESTAMP": "coalesce(timezone('UTC', TRY_CAST({0} AS TIMESTAMPTZ)), TRY(make_timestamp(TRY_CAST("
    "TRY_CAST({0} AS DOUBLE) * CASE WHEN TRY_CAST({0} AS DOUBLE) > 1e11 THEN 1e3 ELSE 1e6 END AS BIGINT))))",
}


def log_view(files: list[LogFile], mapping: Mapping[str, str]) -> str:
    """Return the statement that creates the view `log` of files that are not empty.

    A field is read as text and cast, so that a value of a wrong type becomes NULL and its line stays. A line
    that is no JSON object has nothing but NULLs, and is left out.
    """
    sample = list(_sample(files))
    columns = SCHEMA | _foreign_fields(sample, mapping)
    sources = _sources(columns, mapping)
    if not files:
        nothing = _comma_separated(
            f"NULL::{kind} AS {_identifier(column)}" for column, kind in columns.items()
        )
        return f"CREATE VIEW log AS SELECT {nothing} WHERE false"
    values = _comma_separated(
        f"{_VALUE[kind].format(_coalesced(sources[c]))} AS {_identifier(c)}" for c, kind in columns.items()
    )
    every = [key for keys in sources.values() for key in keys]
    usual = [key for column in columns if column in ALWAYS for key in sources[column]]
    if not all(any(record.get(key) is not None for key in usual) for record in sample):
        usual = every  # This is slower: each query reads each column now.
    lines = _lines(files, every)
    return f"CREATE VIEW log AS SELECT {values} FROM {lines} WHERE {_coalesced(usual)} IS NOT NULL"


def _lines(files: list[LogFile], keys: list[str]) -> str:
    """Return the SQL of a table with the texts of the keys of each line.

    DuckDB's reader of JSON takes lines of many MiB, and much more memory for them. Its reader of CSV passes
    over lines that are too long, but takes up to three times as long; so it is used only where there are any.
    """
    paths = _comma_separated(literal(file.path) for file in files)
    options = "ignore_errors = true, hive_partitioning = false"
    if not any(has_long_line(file.path) for file in files):
        columns = _comma_separated(f"{literal(key)}: 'VARCHAR'" for key in keys)
        return f"read_json([{paths}], columns = {{{columns}}}, format = 'newline_delimited', {options})"
    # JSON has no control characters, so that a line is one cell.
    whole_lines = (
        f"read_csv([{paths}], columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false, "
        f"delim = chr(1), quote = '', escape = '', strict_mode = false, "
        f"max_line_size = {MAX_LINE_BYTES + 1}, {options})"
    )
    structure = literal(msgspec.json.encode(dict.fromkeys(keys, "VARCHAR")).decode())
    # A filter would not do: DuckDB may ask the filters of the query first, which need the values.
    sound = "CASE WHEN json_valid(line) THEN CASE WHEN json_type(line) = 'OBJECT' THEN line END END"
    return f"(SELECT unnest(json_transform({sound}, {structure})) FROM {whole_lines})"


def _sources(columns: Iterable[str], mapping: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the names that each column has in the log; the name that wins comes first."""
    keys = {key.lower(): key for key in (*columns, *mapping)}  # DuckDB ignores the case of names.
    fields = {key: key for key in keys.values() if key not in mapping} | dict(mapping)
    sources: dict[str, list[str]] = {column: [] for column in columns}
    for key, column in fields.items():
        sources[column].insert(0, key)
    return sources


def _foreign_fields(sample: list[dict[str, Any]], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the SQL types of the fields that the schema does not know, the most frequent field first."""
    kinds: dict[str, set[type]] = {}
    counts = Counter(key for record in sample for key, value in record.items() if value is not None)
    known = {key.lower() for key in (*SCHEMA, *mapping)}
    for key, _ in counts.most_common():
        is_name = key.isprintable() and 0 < len(key) <= MAX_NAME_CHARS
        if is_name and key.lower() not in known and len(kinds) < MAX_FOREIGN_FIELDS:
            known.add(key.lower())
            kinds[key] = {type(record[key]) for record in sample if record.get(key) is not None}
    return {key: _sql_type(found) for key, found in kinds.items()}


def _sql_type(kinds: set[type]) -> str:
    if kinds == {int, float}:
        return "DOUBLE"
    return _SQL_TYPES.get(kinds.pop(), "VARCHAR") if len(kinds) == 1 else "VARCHAR"


def _sample(files: list[LogFile]) -> Iterator[dict[str, Any]]:
    """Yield records of the newest files; a damaged file ends early."""
    for file in reversed(files[-SAMPLE_FILES:]):
        skipped = 0 if file.path.suffix == COMPRESSED else max(0, file.size - SAMPLE_BYTES)
        with open_log_file(file.path) as stream, suppress(EOFError, zlib.error, BadGzipFile):
            stream.seek(skipped)
            lines = (stream.read(SAMPLE_BYTES) or b"").split(b"\n")
            for line in lines[1 if skipped else 0 :]:
                with suppress(ValueError, RecursionError):
                    record = msgspec.json.decode(line) if len(line) <= MAX_LINE_BYTES else None
                    if isinstance(record, dict):
                        yield record


def _coalesced(keys: list[str]) -> str:
    """Return the SQL for the first value that is not NULL."""
    return f"coalesce(NULL, {_comma_separated(map(_identifier, keys))})" if keys else "NULL"


def _comma_separated(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: object) -> str:
    """Return a text as an SQL literal.

    Raises:
        UnicodeEncodeError: it holds half a character, which DuckDB does not take.
    """
    quoted = str(text).replace("'", "''")
    quoted.encode()
    return f"'{quoted}'"
