"""Rows as CSV: they come back as they were, and no spreadsheet computes anything of them."""

import csv
import io
import sys
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.history.csv_rows import write_csv

SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# What a spreadsheet may pass over before it sees a sign.
BEFORE = (
    "",
    " ",
    "\u3000",
    "\xa0",
    '"',
    "'",
    '""',
    "\ufeff",
    "\u200b",
    "\u200d",
    "\u2060",
    "\x00",
    "\xad",
    " \ufeff'\" ",
)
SEPARATORS = (",", ";", "\t")
# Where a reader that expects another separator begins a cell, or another line.
ENDS = (";", "\t", "\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028")
HOSTILE = [
    *(before + sign + "1+1" for before in BEFORE for sign in SIGNS),
    *(f"text{end}{before}{sign}1+1" for end in ENDS for before in BEFORE[::3] for sign in SIGNS[::3]),
    *(f"{begin}1+1" for begin in ("\t", "\r", "\n", "\n\n=", "\t\t-", ";;@", ';";"=', "; ;\t =")),
    'x";"=1+1',
    "a,b;=1+1,c;-2",
    'say ""hi"";=1+1',
]


def written(*rows: Sequence[object]) -> str:
    """Return rows as CSV."""
    out = io.StringIO()
    write_csv(out, rows)
    return out.getvalue()


def read(text: str, separator: str = ",") -> list[list[str]]:
    """Return the cells that a reader finds."""
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def begins_formula(cell: str) -> bool:
    """Tell whether a spreadsheet may compute a cell: what it may pass over is left out here more widely."""
    seen = "".join(c for c in cell if unicodedata.category(c)[0] not in "ZC" and c != '"')
    return seen.startswith(SIGNS) or cell.startswith(("\t", "\r", "\n"))


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_no_cell_begins_a_formula(separator: str, place: int) -> None:
    """Wherever a hostile text stands, whatever the separator is taken for, each cell begins with no sign."""
    for hostile in HOSTILE:
        row: list[object] = ["a", "b", "c"]
        row[place] = hostile
        for cells in read(written(row, ["next", 1, hostile]), separator):
            assert not any(map(begins_formula, cells)), (hostile, cells)


@given(
    rows=st.lists(
        st.lists(st.text("=-;\t\n\r\"', a\ufeff＝"), min_size=1, max_size=3), min_size=1, max_size=3
    )
)
def test_no_mixture_begins_a_formula(rows: list[list[str]]) -> None:
    """Any mixture of signs, separators, quotes and breaks is guarded with any separator."""
    for separator in SEPARATORS:
        for cells in read(written(*([*row, "end"] for row in rows)), separator):
            signs = [cell for cell in cells if cell.lstrip(' "\ufeff').startswith(SIGNS)]
            assert signs == []


def test_every_sign_that_unicode_takes_for_one_is_guarded() -> None:
    """Full-width, small, raised and lowered signs, and letters made of them, get an apostrophe."""
    for letter in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.normalize("NFKC", letter)[:1] in tuple("=+-@"):
            assert read(written([f"{letter}1"])) == [[f"'{letter}1"]]


@given(text=st.text())
def test_only_apostrophes_are_added(text: str) -> None:
    """A program that reads the file finds each text as it was, but for the guards."""
    (row,) = read(written([text, "end"]))
    left = list(row[0])
    for letter in text:
        while left[0] != letter:
            assert left.pop(0) == "'"
        left.pop(0)
    assert left == []
    assert row[1] == "end"


@pytest.mark.parametrize(
    "text",
    [
        "a-b",
        "a = b",
        "正面",
        "1,5",
        "e-mail@example.org",
        "it's; so",
        "x;\n",
        "a\r\n\r\nb",
        "line\nbreak",
        "",
        " x",
    ],
)
def test_harmless_texts_stay(text: str) -> None:
    """Signs within a cell, separators and breaks before something else change nothing."""
    assert read(written([text])) == ([[text]] if text else [[""]])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (-5, "-5"),
        (-5.25, "-5.25"),
        (Decimal("-0.10"), "-0.10"),
        (-1e-9, "-1e-09"),
        (5.0, "5"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_numbers_stay_numbers(number: float | Decimal, text: str) -> None:
    """Numbers below 0 have no apostrophe, in the first column either; a text that looks like one has."""
    assert read(written([number, "a", number])) == [[text, "a", text]]
    if number < 0:
        assert read(written([text, float("-inf")])) == [[f"'{text}", "'-inf"]]


def test_a_number_in_front_makes_no_formula_of_its_line() -> None:
    """Where `;` is expected, such a line is one cell; its texts are in quotes, so that it is no formula."""
    assert written([-5, "1+cmd|' /C calc'!A0"]) == '"-5","1+cmd|\' /C calc\'!A0"\n'


def test_other_values_are_texts() -> None:
    """Nothing is empty, true and false are words; lists and objects are JSON, and guarded as texts are."""
    assert read(written([None, True, ["=1"], {"a": ";=1"}])) == [["", "true", '["=1"]', '{"a":";\'=1"}']]


def test_a_long_hostile_text_takes_no_longer() -> None:
    """Each place of a text is looked at once: a megabyte of what may stand before a sign is no work."""
    for letter in (" ", "\n", ";", "'", "\x1f", "\u200b"):
        assert len(written([letter * 1_000_000])) >= 1_000_000
