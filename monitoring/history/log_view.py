"""Write the SQL of the view `log`, which has a typed column for each field of a log."""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from gzip import BadGzipFile
from typing import Any

import msgspec

from monitoring.record.schema import MAX_LINE_BYTES, TYPES
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
    "HUGEINT": "TRY_CAST({0} AS HUGEINT)",
    "BOOLEAN": "TRY_CAST({0} AS BOOLEAN)",
    "DOUBLE": "CASE WHEN isfinite(TRY_CAST({0} AS DOUBLE)) THEN TRY_CAST({0} AS DOUBLE) END",
    "TIMESTAMP": "timezone('UTC', TRY_CAST({0} AS TIMESTAMPTZ))",
}


def log_view(files: list[LogFile]) -> str:
    """Return the statement that creates the view `log` of files with records of ours, none of them empty.

    A field is read as text and cast, so that a value of a wrong type becomes NULL and its line stays.
    """
    if not files:
        nothing = _comma_separated(
            f"NULL::{kind} AS {_identifier(column)}" for column, kind in SCHEMA.items()
        )
        return f"CREATE VIEW log AS SELECT {nothing} WHERE false"
    columns = SCHEMA | _foreign_fields(list(_sample(files)))
    paths = _comma_separated(literal(file.path) for file in files)
    keys = _comma_separated(f"{literal(key)}: 'VARCHAR'" for key in columns)
    values = _comma_separated(
        f"{_VALUE[kind].format(_identifier(c))} AS {_identifier(c)}" for c, kind in columns.items()
    )
    options = "format = 'newline_delimited', ignore_errors = true, hive_partitioning = false"
    lines = f"read_json([{paths}], columns = {{{keys}}}, {options})"
    # A line that is no JSON object has nothing but NULLs.
    return f"CREATE VIEW log AS SELECT {values} FROM {lines} WHERE timestamp IS NOT NULL"


def _foreign_fields(sample: list[dict[str, Any]]) -> dict[str, str]:
    """Return the SQL types of the fields that the schema does not know, the most frequent field first."""
    kinds: dict[str, set[type]] = {}
    counts = Counter(key for record in sample for key, value in record.items() if value is not None)
    known = {key.lower() for key in SCHEMA}
    for key, _ in counts.most_common():
        is_name = key.isprintable() and 0 < len(key) <= MAX_NAME_CHARS
        if is_name and key.lower() not in known and len(kinds) < MAX_FOREIGN_FIELDS:
            known.add(key.lower())
            kinds[key] = {type(record[key]) for record in sample if record.get(key) is not None}
    return {key: _sql_type(found) for key, found in kinds.items()}


def _sql_type(kinds: set[type]) -> str:
    if kinds == {int, float}:
        return "DOUBLE"
    if kinds == {int}:
        return "HUGEINT"  # An id of 64 bits may be larger than a BIGINT.
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
