r"""Write rows as CSV that a spreadsheet opens, and of which it computes nothing.

The separator is the comma and the encoding UTF-8, with a byte order mark at the beginning of a file: without
the mark, Excel in Chinese takes UTF-8 for GBK. A first line `sep=,`, which tells Excel the separator where
its language has another one, is left out: with it, Excel ignores the mark, and other readers take it for the
names of the columns. In such a language the file is imported (Data, From Text/CSV) instead of opened.

A spreadsheet takes a cell for a formula that begins with a sign such as `=`, and a log's texts may come from
anybody. An apostrophe in front makes it a text (OWASP, "CSV Injection"). A spreadsheet that expects another
separator begins a cell within a text, too: after `;`, a tab or a line break. Such places are guarded as well.
"""

import csv
import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TextIO

from monitoring.history.values import to_text

# The first character of a file, by which spreadsheets know UTF-8.
BYTE_ORDER_MARK = "\ufeff"

# What begins a formula: the four signs, and all characters that Unicode holds to be the same (NFKC), since
# spreadsheets in Chinese and Japanese take full-width signs for the usual ones.
_SIGNS = r"=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺₌₊⩵⩶﬩"
# Where a reader may begin a cell that is none here: other separators, and each line break that Python knows.
_ENDS = r";\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029"
# What may stand before a sign: quotes, other spaces and control characters, and what Unicode does not display
# (Default_Ignorable_Code_Point). It is one class, and has none of the ends: each text is looked through once.
_IGNORED = (
    r"\"'\x00-\x08\x0e-\x1b\x1f \x7f-\x84\x86-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    r"\u2000-\u200f\u202a-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_BEGINS_FORMULA = re.compile(rf"[{_IGNORED}]*[{_SIGNS}]|[\t\r\n]")
_END_BEFORE_FORMULA = re.compile(rf"[{_ENDS}](?=[{_IGNORED}]*[{_SIGNS}])|;(?=\t)")


def write_csv(out: TextIO, rows: Iterable[Sequence[object]]) -> None:
    """Write a line for each row; None is empty, numbers stay numbers, and no text begins a formula."""
    plain = csv.writer(out, lineterminator="\n")
    # The csv module leaves a lone carriage return without quotes. And read with another separator, a line
    # that begins with a number below 0 is one cell, which begins with a minus: quotes make it no formula.
    quoted = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in rows:
        cells = [_cell(value) for value in row]
        needs_quotes = (cells[:1] and cells[0].startswith("-")) or any("\r" in cell for cell in cells)
        (quoted if needs_quotes else plain).writerow(cells)


def _cell(value: object) -> str:
    if isinstance(value, int | float | Decimal) and math.isfinite(value):
        return to_text(value, "")
    text = value if isinstance(value, str) else to_text(value, "")
    if _END_BEFORE_FORMULA.search(text):  # Seldom: a search costs less than a substitution of nothing.
        text = _END_BEFORE_FORMULA.sub(r"\g<0>'", text)
    return f"'{text}" if _BEGINS_FORMULA.match(text) else text
