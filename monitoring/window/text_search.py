"""Which of the kept lines mention a text; what was searched once is not searched again."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np

from monitoring.window.line_decoder import LineDecoder
from monitoring.window.line_store import Block, KeptLines

REMEMBERED_TEXTS = 8  # whose findings are kept
SEARCHED = ("message", "input_text", "output_text", "error_message")

_UPPER = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}
Wanted = tuple[str, tuple[str, ...]]  # the text, and the fields that are searched


def mentions(record: Mapping[str, Any], text: str, fields: tuple[str, ...] = SEARCHED) -> bool:
    """Tell whether one of the fields contains `text`; A to Z and a to z count as the same."""
    wanted = text.translate(_UPPER)
    values = (record.get(name) for name in fields)
    return any(isinstance(value, str) and wanted in value.translate(_UPPER) for value in values)


class TextSearch:
    """Search the lines that a window keeps; any thread may ask."""

    def __init__(self, lines: KeptLines, decoder: LineDecoder) -> None:
        self._lines = lines
        self._decoder = decoder
        self._found: OrderedDict[Wanted, dict[int, np.ndarray]] = OrderedDict()  # numbers, by block
        self._lock = threading.Lock()

    def numbers(self, text: str, fields: tuple[str, ...] = SEARCHED) -> np.ndarray:
        """Return the numbers of the lines in which one of the fields contains `text`, ascending, int64."""
        with self._lock:
            before = self._found.pop((text, fields), {})
            found = {}  # what the window has given up is forgotten here, too
            parts = [np.empty(0, np.int64)]
            for block in self._lines.blocks():
                numbers = before.get(block.first) if block.compressed else None
                if numbers is None:
                    numbers = np.fromiter(self._search(block, text, fields), np.int64)
                if block.compressed:  # it never changes
                    found[block.first] = numbers
                parts.append(numbers)
            self._found[text, fields] = found
            while len(self._found) > REMEMBERED_TEXTS:
                self._found.popitem(last=False)
            return np.concatenate(parts)

    def _search(self, block: Block, text: str, fields: tuple[str, ...]) -> Iterator[int]:
        """Yield the numbers of the block's lines that match; most blocks and lines need no decoding."""
        written = msgspec.json.encode(text)[1:-1].lower()
        if not _may_hold(block.text(), written):
            return
        for number, line in enumerate(block.lines(), block.first):
            if _may_hold(line, written) and mentions(self._decoder.record(line), text, fields):
                yield number


def _may_hold(lines: bytes, written: bytes) -> bool:
    r"""Tell whether lines may hold the text that is so written in JSON, or as \u escapes."""
    lowered = lines.lower()
    return written in lowered or b"\\u" in lowered or b"\\/" in lowered
