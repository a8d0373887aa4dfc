"""Rows as text: a table for people, JSON Lines or CSV for programs."""

import csv
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date, time
from decimal import Decimal
from itertools import chain, islice
from typing import Any, TextIO

import msgspec

# Characters of a column of a table; longer texts are cut.
MAX_WIDTH = 60
# The first rows decide the width of a column.
MEASURED_ROWS = 1000

Rows = Iterable[Sequence[Any]]

_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=str)


def write_table(out: TextIO, columns: Sequence[str], rows: Rows) -> None:
    """Write aligned columns: numbers to the right, long texts cut, no control characters."""
    rows = iter(rows)
    first = list(islice(rows, MEASURED_ROWS))
    texts = [[_cell(value) for value in row] for row in (columns, *first)]
    widths = [max(map(width, column)) for column in zip(*texts, strict=True)]
    numeric = [_is_numeric(column) for column in zip(*first, strict=True)] or [False] * len(columns)
    header = ["-" * size for size in widths]
    for row in chain([texts[0], header], texts[1:], ([_cell(value) for value in row] for row in rows)):
        cells = map(_aligned, row, widths, numeric)
        out.write("  ".join(cells).rstrip() + "\n")


def write_json(out: TextIO, columns: Sequence[str], rows: Rows) -> None:
    """Write one JSON object for each row."""
    for row in rows:
        out.write(to_json(dict(zip(columns, row, strict=True))) + "\n")


def write_csv(out: TextIO, columns: Sequence[str], rows: Rows) -> None:
    """Write a line with the names of the columns, then one line for each row; NULL is empty."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_plain(value, "") for value in row] for row in rows)


WRITERS: dict[str, Callable[[TextIO, Sequence[str], Rows], None]] = {
    "table": write_table,
    "json": write_json,
    "csv": write_csv,
}


def to_json(value: object) -> str:
    """Return any value as one line of JSON."""
    return _encoder.encode(value).decode()


def width(text: str) -> int:
    """Return the number of columns that a text takes in a terminal; Chinese characters take two."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):  # It joins the character before it.
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _aligned(text: str, size: int, numeric: bool) -> str:
    padding = " " * (size - width(text))
    return padding + text if numeric else text + padding


def _is_numeric(column: Sequence[Any]) -> bool:
    known = [value for value in column if value is not None]
    return bool(known) and all(isinstance(value, int | float | Decimal) for value in known)


def _cell(value: object) -> str:
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(_plain(value, "NULL")))
    if width(text) <= MAX_WIDTH:
        return text
    while width(text) >= MAX_WIDTH:
        text = text[: min(len(text) - 1, MAX_WIDTH)]
    return text + "…"


def _plain(value: object, null: str) -> str:
    """Return a value as text: numbers without noise, times as ISO 8601, nested values as JSON."""
    if value is None:
        return null
    if isinstance(value, bool | list | dict | tuple):
        return to_json(value)
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
