"""Tell whether a text holds nothing but lines of ours, which any reader of JSON reads as we do."""

import json
import re

import msgspec

from monitoring.formats.files.encodings import is_utf8
from monitoring.formats.row_decoder import RowDecoder
from monitoring.record.schema import COLUMNS

# What strict readers of JSON refuse or read in another way: halves of characters.
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class OurLines:
    """Looks at lines; each one is decoded."""

    def __init__(self) -> None:
        self._decoder = RowDecoder(COLUMNS)

    def are_all(self, lines: bytes) -> bool:
        """Tell whether each whole line is ours to the letter, and names no field twice."""
        rows, kept = self._decoder.rows_and_lines(lines)
        if self._decoder.has_looked_closer or self._decoder.broken.total() or not is_utf8(lines):
            return False
        if _ESCAPED_SURROGATE.search(lines) is not None:
            return False
        return len(rows) == len(kept) and not any(map(_names_a_field_twice, kept))


def _names_a_field_twice(line: bytes) -> bool:
    # The usual case: no object in the line, no quotes in its texts.
    if line.count(b'":') == len(msgspec.json.decode(line)):
        return False
    try:
        json.loads(line, object_pairs_hook=_unique)
    except ValueError:
        return True
    return False


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a name comes twice")
    return fields
