"""Keep the raw lines of a window by number, most of them compressed, within a budget of memory."""

import threading
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

# The memory that all lines may take, compressed; it holds about 280 MB of ordinary lines.
BUDGET_BYTES = 40 << 20
# The text that all lines may have, before compression: a search and an export read all of it, and lines that
# repeat shrink to a thousandth.
TEXT_BUDGET_BYTES = 512 << 20
# The text of a block; reading one line decompresses one block.
BLOCK_BYTES = 256 << 10
# The level of zlib: ordinary lines shrink to a seventh, at 240 MB/s.
COMPRESSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some neighbouring lines."""

    first: int  # the number of its first line
    stop: int  # the number after that of its last line
    data: bytes
    compressed: bool
    lengths: np.ndarray  # bytes of each line, without its newline, int32

    @property
    def nbytes(self) -> int:
        """The memory that it takes, in bytes."""
        return len(self.data) + self.lengths.nbytes

    @property
    def text_bytes(self) -> int:
        """The length of its text, in bytes."""
        return int(self.lengths.sum()) + len(self.lengths)

    def text(self) -> bytes:
        """Return the lines as one text."""
        return zlib.decompress(self.data) if self.compressed else self.data

    def lines(self) -> list[bytes]:
        """Return the lines, without their newlines."""
        return self.text().split(b"\n")[:-1]


class KeptLines:
    """Lines with numbers: appended lines count up from 0, prepended lines count down from -1.

    Beyond `budget` bytes in memory, or `text_budget` bytes of text, the oldest lines are dropped. One thread
    adds lines, any thread reads them.
    """

    def __init__(
        self,
        budget: int = BUDGET_BYTES,
        block_bytes: int = BLOCK_BYTES,
        text_budget: int = TEXT_BUDGET_BYTES,
    ) -> None:
        self._budget = budget
        self._block_bytes = block_bytes
        self._text_budget = text_budget
        self._sealed: deque[Block] = deque()
        self._sealed_bytes = 0
        self._sealed_text_bytes = 0
        self._newest = _open(0, b"")
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
                self._count(block, 1)
                first = block.stop
            self._newest = _open(first, rest)
            self._keep_to_budget()

    def prepend(self, lines: bytes) -> None:
        """Add lines, each ended by a newline, before the oldest one."""
        with self._lock:
            for text in reversed(list(_split(lines, self._block_bytes))):
                first = self._oldest_seen - text.count(b"\n")
                if text and self._oldest_kept() == self._oldest_seen:
                    block = _sealed(first, text)
                    self._sealed.appendleft(block)
                    self._count(block, 1)
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
        """Return the lines that have these numbers, in their order; b"" where one is no longer kept.

        Each block is decompressed once, whatever the order is.
        """
        wanted = np.fromiter(numbers, np.int64)
        blocks = self.blocks()
        order = np.argsort(wanted, kind="stable")
        ascending = wanted[order]
        places = _places(blocks, ascending)
        found = [b""] * len(wanted)
        held, lines = -1, list[bytes]()
        for index, number, place in zip(order.tolist(), ascending.tolist(), places.tolist(), strict=True):
            block = blocks[place]
            if place != held:
                held, lines = place, block.lines()
            if block.first <= number < block.stop:
                found[index] = lines[number - block.first]
        return found

    def lengths(self, numbers: np.ndarray) -> np.ndarray:
        """Return for each number how many bytes its line has, int64; 0 where it is no longer kept."""
        blocks = self.blocks()
        lengths = np.concatenate([block.lengths for block in blocks])
        if not len(lengths):
            return np.zeros(len(numbers), np.int64)
        # The lines are numbered without holes, so that the first number tells the place of each.
        places = numbers - blocks[0].first
        is_kept = (places >= 0) & (places < len(lengths))
        return np.where(is_kept, lengths[np.clip(places, 0, len(lengths) - 1)], 0)

    @property
    def nbytes(self) -> int:
        """The memory that the lines take, in bytes."""
        return self._sealed_bytes + self._newest.nbytes

    def _oldest_kept(self) -> int:
        return self._sealed[0].first if self._sealed else self._newest.first

    def _keep_to_budget(self) -> None:
        while self._sealed and (self.nbytes > self._budget or self._sealed_text_bytes > self._text_budget):
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._count(self._sealed.popleft(), -1)

    def _count(self, block: Block, sign: int) -> None:
        self._sealed_bytes += sign * block.nbytes
        self._sealed_text_bytes += sign * block.text_bytes


def _split(text: bytes, block_bytes: int) -> Iterator[bytes]:
    """Cut lines into parts of at least `block_bytes`, and one last part that is shorter, perhaps empty."""
    start = 0
    while len(text) - start >= block_bytes:
        end = text.index(b"\n", start + block_bytes - 1) + 1
        yield text[start:end]
        start = end
    yield text[start:]


def _sealed(first: int, text: bytes) -> Block:
    lengths = _lengths(text)
    return Block(first, first + len(lengths), zlib.compress(text, COMPRESSION), True, lengths)


def _open(first: int, text: bytes) -> Block:
    lengths = _lengths(text)
    return Block(first, first + len(lengths), text, False, lengths)


def _lengths(text: bytes) -> np.ndarray:
    """Return the length of each line of a text that ends with a newline."""
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
    return np.diff(ends, prepend=-1).astype(np.int32) - 1


def _places(blocks: list[Block], numbers: np.ndarray) -> np.ndarray:
    """Return for each number the place of the only block that can hold its line."""
    firsts = np.array([block.first for block in blocks], np.int64)
    places: np.ndarray = np.maximum(np.searchsorted(firsts, numbers, "right") - 1, 0)
    return places
