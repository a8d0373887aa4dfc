"""Keep the raw lines of a window by number, most of them compressed, within a budget of memory."""

import threading
import zlib
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# The memory that all lines may take, compressed; it holds about 280 MB of ordinary lines.
BUDGET_BYTES = 40 << 20
# The text of a block; reading one line decompresses one block.
BLOCK_BYTES = 256 << 10
# The level of zlib: ordinary lines shrink to a seventh, at 240 MB/s.
COMPRESSION = 1


@dataclass(frozen=True, slots=True)
class Block:
    """Some neighbouring lines."""

    first: int  # the number of its first line
    stop: int  # the number after that of its last line
    data: bytes
    compressed: bool

    def text(self) -> bytes:
        """Return the lines as one text."""
        return zlib.decompress(self.data) if self.compressed else self.data

    def lines(self) -> list[bytes]:
        """Return the lines, without their newlines."""
        return self.text().split(b"\n")[:-1]


class KeptLines:
    """Lines with numbers: appended lines count up from 0, prepended lines count down from -1.

    Beyond `budget` bytes, the oldest lines are dropped. One thread adds lines, any thread reads them.
    """

    def __init__(self, budget: int = BUDGET_BYTES, block_bytes: int = BLOCK_BYTES) -> None:
        self._budget = budget
        self._block_bytes = block_bytes
        self._sealed: deque[Block] = deque()
        self._sealed_bytes = 0
        self._newest = Block(0, 0, b"", compressed=False)
        # The number of the oldest line that was ever prepended.
        self._oldest_seen = 0
        self._lock = threading.Lock()

    def append(self, lines: bytes) -> None:
        """Add lines, each ended by a newline, after the newest one."""
        with self._lock:
            *full, rest = _split(self._newest.data + lines, self._block_bytes)
            first = self._newest.first
            for text in full:
                block = _sealed(first, text)
                self._sealed.append(block)
                self._sealed_bytes += len(block.data)
                first = block.stop
            self._newest = Block(first, first + rest.count(b"\n"), rest, compressed=False)
            self._keep_to_budget()

    def prepend(self, lines: bytes) -> None:
        """Add lines, each ended by a newline, before the oldest one."""
        with self._lock:
            for text in reversed(list(_split(lines, self._block_bytes))):
                first = self._oldest_seen - text.count(b"\n")
                if text and self._oldest_kept() == self._oldest_seen:
                    block = _sealed(first, text)
                    self._sealed.appendleft(block)
                    self._sealed_bytes += len(block.data)
                    self._keep_to_budget()
                self._oldest_seen = first

    def drop_before(self, number: int) -> None:
        """Drop the whole blocks that stand before the line `number`."""
        with self._lock:
            while self._sealed and self._sealed[0].stop <= number:
                self._drop_oldest()

    def blocks(self) -> list[Block]:
        """Return all lines in their order; a compressed block never changes."""
        with self._lock:
            return [*self._sealed, self._newest]

    def read(self, numbers: Iterable[int]) -> list[bytes]:
        """Return the lines that have these numbers; b"" where one is no longer kept.

        Ascending numbers are read fastest.
        """
        blocks = self.blocks()
        firsts = [block.first for block in blocks]
        found, held, lines = [], None, []
        for number in numbers:
            block = blocks[max(0, bisect_right(firsts, number) - 1)]
            if block is not held:
                held, lines = block, block.lines()
            found.append(lines[number - block.first] if block.first <= number < block.stop else b"")
        return found

    @property
    def nbytes(self) -> int:
        """The memory that the lines take, in bytes."""
        return self._sealed_bytes + len(self._newest.data)

    def _oldest_kept(self) -> int:
        return self._sealed[0].first if self._sealed else self._newest.first

    def _keep_to_budget(self) -> None:
        while self._sealed and self.nbytes > self._budget:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._sealed_bytes -= len(self._sealed.popleft().data)


def _split(text: bytes, block_bytes: int) -> Iterator[bytes]:
    """Cut lines into parts of at least `block_bytes`, and one last part that is shorter, perhaps empty."""
    start = 0
    while len(text) - start >= block_bytes:
        end = text.index(b"\n", start + block_bytes - 1) + 1
        yield text[start:end]
        start = end
    yield text[start:]


def _sealed(first: int, text: bytes) -> Block:
    return Block(first, first + text.count(b"\n"), zlib.compress(text, COMPRESSION), compressed=True)
