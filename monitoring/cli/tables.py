"""Rows as text: a table for people, JSON Lines or CSV for programs."""

import os
import stat
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import chain, islice
from typing import Any, TextIO

from monitoring.history import csv_rows
from monitoring.history.values import to_json, to_text
from monitoring.record.visible import visible

# Characters of a column of a table; longer texts are cut.
MAX_WIDTH = 60
# The first rows decide the width of a column.
MEASURED_ROWS = 1000

Rows = Iterable[Sequence[Any]]


def write_table(out: TextIO, columns: Sequence[str], rows: Rows) -> None:
    """Write aligned columns: numbers to the right, long texts cut, hidden characters shown."""
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
        out.write(visible(to_json(dict(zip(columns, row, strict=True)))) + "\n")


def write_csv(out: TextIO, columns: Sequence[str], rows: Rows) -> None:
    """Write a line with the names of the columns, then one line for each row; NULL is empty.

    A new file begins with the mark by which spreadsheets know UTF-8. A program at the end of a pipe would
    take it for a part of the first name.
    """
    if _is_new_file(out):
        out.write(csv_rows.BYTE_ORDER_MARK)
    csv_rows.write_csv(out, chain([columns], rows))


def _is_new_file(out: TextIO) -> bool:
    try:
        status = os.fstat(out.fileno())
    except OSError:  # A stream in memory has no file.
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == 0


WRITERS: dict[str, Callable[[TextIO, Sequence[str], Rows], None]] = {
    "table": write_table,
    "json": write_json,
    "csv": write_csv,
}


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
    text = visible(to_text(value, "NULL"))
    if width(text) <= MAX_WIDTH:
        return text
    while width(text) >= MAX_WIDTH:
        text = text[: min(len(text) - 1, MAX_WIDTH)]
    return text + "…"
