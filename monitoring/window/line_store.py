"""The window's raw lines by number: most of them compressed, within a budget of memory."""

import threading
import zlib
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

BUDGET_BYTES = 40 << 20  # compressed; about 280 MB of ordinary lines
BLOCK_BYTES = 256 << 10  # of text: what is decompressed to read one line
COMPRESSION = 1  # of zlib: ordinary lines shrink to a seventh, at 240 MB/s


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines that stand together."""

    first: int  # number of its first line
    stop: int  # number after its last line
    data: bytes
    compressed: bool

    def text(self) -> bytes:
        """Return the lines as one text."""
        return zlib.decompress(self.data) if self.compressed else self.data

    def lines(self) -> list[bytes]:
        """Return the lines, without their newlines."""
        return self.text().split(b"\n")[:-1]


class KeptLines:
    """Lines that are numbered upwards from 0 where appended, downwards from -1 where prepended.

    Beyond `budget`, in bytes, the oldest lines are given up. One thread adds, any thread reads.
    """

    def __init__(self, budget: int = BUDGET_BYTES) -> None:
        self._budget = budget
        self._sealed: deque[Block] = deque()
        self._sealed_bytes = 0
        self._newest = Block(0, 0, b"", compressed=False)
        self._oldest_seen = 0  # number of the oldest line that was ever prepended
        self._lock = threading.Lock()

    def append(self, lines: bytes) -> None:
        """Add lines, each ended by a newline, after the newest one."""
        with self._lock:
            *full, rest = _split(self._newest.data + lines)
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
            for text in reversed(list(_split(lines))):
                first = self._oldest_seen - text.count(b"\n")
                if text and self._oldest_kept() == self._oldest_seen:
                    block = _sealed(first, text)
                    self._sealed.appendleft(block)
                    self._sealed_bytes += len(block.data)
                    self._keep_to_budget()
                self._oldest_seen = first

    def drop_before(self, number: int) -> None:
        """Give up lines before `number`, as far as whole blocks allow."""
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
        """Memory that the lines take, in bytes."""
        return self._sealed_bytes + len(self._newest.data)

    def _oldest_kept(self) -> int:
        return self._sealed[0].first if self._sealed else self._newest.first

    def _keep_to_budget(self) -> None:
        while self._sealed and self.nbytes > self._budget:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._sealed_bytes -= len(self._sealed.popleft().data)


def _split(text: bytes) -> Iterator[bytes]:
    """Cut lines into parts of at least `BLOCK_BYTES`, and one last part that is shorter, perhaps empty."""
    start = 0
    while len(text) - start >= BLOCK_BYTES:
        end = text.index(b"\n", start + BLOCK_BYTES - 1) + 1
        yield text[start:end]
        start = end
    yield text[start:]


def _sealed(first: int, text: bytes) -> Block:
    return Block(first, first + text.count(b"\n"), zlib.compress(text, COMPRESSION), compressed=True)
