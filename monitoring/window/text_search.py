"""Find the kept lines that mention a text; a block of lines is searched only once for each text."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np
from cachetools import LRUCache

from monitoring.window.line_decoder import LineDecoder
from monitoring.window.line_store import Block, KeptLines

# The memory that the findings in a window may take: those of two texts that stand in each of 200,000 lines,
# or of hundreds that stand in few.
MAX_CACHED_BYTES = 4 << 20
# The memory that the findings in a block take beside the numbers.
BLOCK_OVERHEAD_BYTES = 256
# The fields that are searched unless others are asked for.
SEARCHED = ("message", "input_text", "output_text", "error_message")

_UPPER = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}
Query = tuple[str, tuple[str, ...]]  # the text, and the fields that are searched
Findings = dict[int, np.ndarray]  # the numbers of the lines that match, by the first line of their block


def mentions(record: Mapping[str, Any], text: str, fields: tuple[str, ...] = SEARCHED) -> bool:
    """Tell whether one of the fields contains `text`; A to Z and a to z count as the same."""
    wanted = text.translate(_UPPER)
    values = (record.get(name) for name in fields)
    return any(isinstance(value, str) and wanted in value.translate(_UPPER) for value in values)


class TextSearch:
    """Search the lines that a window keeps; any thread may ask, and none waits for another's search."""

    def __init__(
        self, lines: KeptLines, decoder: LineDecoder, max_cached_bytes: int = MAX_CACHED_BYTES
    ) -> None:
        self._lines = lines
        self._decoder = decoder
        self._found: LRUCache[Query, Findings] = LRUCache(max_cached_bytes, _weight)
        self._lock = threading.Lock()

    def numbers(self, text: str, fields: tuple[str, ...] = SEARCHED) -> np.ndarray:
        """Return the numbers of the lines in which one of the fields contains `text`, ascending, int64."""
        query = (text, fields)
        with self._lock:
            before = self._found.get(query, {})
        found: Findings = {}  # Results in blocks that were dropped are not taken over.
        parts = [np.empty(0, np.int64)]
        for block in self._lines.blocks():
            numbers = before.get(block.first) if block.compressed else None
            if numbers is None:
                numbers = np.fromiter(self._search(block, text, fields), np.int64)
            if block.compressed:  # A compressed block never changes.
                found[block.first] = numbers
            parts.append(numbers)
        with self._lock:
            self._found.pop(query, None)
            if _weight(found) <= self._found.maxsize:
                self._found[query] = found
        return np.concatenate(parts)

    def _search(self, block: Block, text: str, fields: tuple[str, ...]) -> Iterator[int]:
        """Yield the numbers of the block's lines that match; most blocks and lines need no decoding."""
        encoded = msgspec.json.encode(text)[1:-1].lower()
        if not _may_hold(block.text(), encoded):
            return
        for number, line in enumerate(block.lines(), block.first):
            if _may_hold(line, encoded) and mentions(self._decoder.record(line), text, fields):
                yield number


def _may_hold(lines: bytes, encoded: bytes) -> bool:
    r"""Tell whether lines may hold a text that is encoded so in JSON, or with escapes such as \u."""
    lowered = lines.lower()
    return encoded in lowered or b"\\u" in lowered or b"\\/" in lowered


def _weight(found: Findings) -> int:
    """Return about how many bytes the findings of a text take."""
    return sum(numbers.nbytes + BLOCK_OVERHEAD_BYTES for numbers in found.values())
