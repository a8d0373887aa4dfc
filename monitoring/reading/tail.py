"""The log is read in both directions, each byte once: back in time from its end, and on to what comes."""

import os
import sys
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import suppress
from gzip import GzipFile
from io import FileIO
from itertools import islice
from pathlib import Path

from monitoring.storage.blocks import DAMAGED, READ_BYTES, LineBuffer, OpenFile, backwards, end_of_lines, read
from monitoring.storage.paths import COMPRESSED, open_log_file, rotated_files
from monitoring.window.line_decoder import Batch, LineDecoder

# The bytes at the beginning of a file that tell it from others: each file has another first record.
HEAD_BYTES = 1 << 16


class LogTail:
    """Read the log `path` and the files that were put aside for it; a missing file is an empty one.

    `block_bytes` are read at once.
    """

    def __init__(self, path: Path, decoder: LineDecoder, block_bytes: int = READ_BYTES) -> None:
        self._path = path
        self._decoder = decoder
        self._block_bytes = block_bytes
        self._file: OpenFile | None = None
        self._buffer = LineBuffer(decoder.max_line_bytes)
        self._begun = False
        # The names of the rotated files that poll() has read or need not read.
        self._seen: set[str] = set()

    def history(self, wanted: int) -> Iterator[Batch]:
        """Yield what stands in the log, newest first, until at least `wanted` records were given.

        The first `poll()` goes on from where this begins, whatever rotates meanwhile; it may be
        called between two batches. Only the first call gives something, and only before `poll()`.

        Raises:
            OSError: a file cannot be read; `poll()` works nevertheless, unless it was the log.
        """
        if self._begun:
            return
        older = self._begin()
        if self._file is not None:
            end = end_of_lines(self._file.fileno())
            self._file.seek(end)
            # A duplicate, since poll() may close its own file meanwhile.
            with FileIO(os.dup(self._file.fileno())) as file:
                wanted = yield from self._give(self._backwards(file, end), wanted)
        for path in reversed(older):
            if wanted > 0 and (rotated := _open_rotated(path)) is not None:
                with rotated:
                    wanted = yield from self._give(self._last_blocks(rotated, wanted), wanted)

    def poll(self) -> Iterator[Batch]:
        """Yield the records that have come since, oldest first.

        Raises:
            OSError: a file cannot be read; the next call goes on behind it, or tries the log again.
        """
        if not self._begun:
            self._begin()
        yield from self._drain()
        while self._replaced():  # This repeats where the log has rotated several times.
            # Lines may have come between the last read and the rename.
            yield from self._drain()
            yield from self._decoded(self._buffer.end())
            self._go_on()
            yield from self._drain()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _decoded(self, lines: bytes) -> Iterator[Batch]:
        if lines and len(batch := self._decoder.decode(lines)):
            yield batch

    def _give(self, blocks: Iterator[bytes], wanted: int) -> Generator[Batch, None, int]:
        """Yield the blocks' records until there are enough; return how many are still wanted."""
        while wanted > 0 and (block := next(blocks, None)) is not None:
            for batch in self._decoded(block):
                wanted -= len(batch)
                yield batch
        return wanted

    def _last_blocks(self, file: OpenFile, wanted: int) -> Iterator[bytes]:
        """Yield a finished file's lines, the last ones first.

        A compressed file can be read forward only: of each reading as many blocks are kept as hold
        the `wanted` lines; another one is needed where too many of them are no records.
        """
        if not isinstance(file, GzipFile):
            yield from self._backwards(file, os.fstat(file.fileno()).st_size)
            return
        unread = sys.maxsize
        while unread:
            file.seek(0)
            kept: deque[bytes] = deque()
            count = lines = 0
            for block in islice(self._blocks(file), unread):
                kept.append(block)
                count += 1
                lines += block.count(b"\n")
                while lines - kept[0].count(b"\n") >= wanted:
                    lines -= kept.popleft().count(b"\n")
            unread = count - len(kept)
            # The number of readings stays small where nearly nothing is a record.
            wanted *= 4
            yield from reversed(kept)

    def _backwards(self, file: FileIO, end: int) -> Iterator[bytes]:
        return backwards(file.fileno(), end, self._block_bytes, self._decoder.max_line_bytes)

    def _blocks(self, file: GzipFile) -> Iterator[bytes]:
        buffer = LineBuffer(self._decoder.max_line_bytes)
        try:
            while data := read(file, self._block_bytes):
                yield buffer.add(data)
            yield buffer.end()
        except DAMAGED:
            self._decoder.broken["torn"] += 1

    def _drain(self) -> Iterator[Batch]:
        while self._file is not None:
            try:
                data = read(self._file, self._block_bytes)
            except DAMAGED:  # No more can be read from it, and its last line is the torn one.
                self._decoder.broken["torn"] += 1
                self._buffer.end()
                self.close()
                return
            if not data:
                return
            yield from self._decoded(self._buffer.add(data))

    def _replaced(self) -> bool:
        """Tell whether another file stands at the path, or the same one was cut short."""
        try:
            there = os.stat(self._path)
        except FileNotFoundError:
            return False
        if self._file is None:
            return True
        return not os.path.samestat(there, os.fstat(self._file.fileno())) or there.st_size < self._file.tell()

    def _begin(self) -> list[Path]:
        """Hold the log; return the files that were put aside before it, oldest first."""
        while True:
            older = rotated_files(self._path)
            self._seen = set(map(_name, older))
            self._hold_log()
            if not self._overtaken():
                self._begun = True
                return older

    def _go_on(self) -> None:
        """Hold the file that continues the held one: the oldest rotated file not yet read, else the log."""
        self._seen.update(_name(path) for path in self._unseen() if self._is_held(path))
        while True:
            self.close()
            for path in self._unseen():
                self._seen.add(_name(path))
                if (file := _open_rotated(path)) is not None:
                    self._file = file
                    return
            self._hold_log()
            if not self._overtaken():
                return

    def _hold_log(self) -> None:
        self.close()
        with suppress(FileNotFoundError):
            self._file = FileIO(self._path)

    def _overtaken(self) -> bool:
        """Tell whether a file came between the last look at the rotated ones and the held log."""
        unseen = self._unseen()
        return bool(unseen) and not self._is_held(unseen[0])

    def _unseen(self) -> list[Path]:
        return [path for path in rotated_files(self._path) if _name(path) not in self._seen]

    def _is_held(self, path: Path) -> bool:
        """Tell whether a rotated file is the held one: the same file, or its compressed copy."""
        if self._file is None:
            return False
        held = self._file.fileno()
        if path.suffix != COMPRESSED:
            with suppress(FileNotFoundError):  # It was compressed in this moment.
                return os.path.samestat(path.stat(), os.fstat(held))
        if isinstance(self._file, GzipFile) or (file := _open_rotated(path)) is None:
            return False
        with file, suppress(*DAMAGED):
            return file.read(HEAD_BYTES) == os.pread(held, HEAD_BYTES, 0)
        return False


def _open_rotated(path: Path) -> OpenFile | None:
    """Open a rotated file, or its compressed copy; return None where it was removed."""
    for place in (path, path.with_name(_name(path) + COMPRESSED)):
        with suppress(FileNotFoundError):
            return open_log_file(place)
    return None


def _name(path: Path) -> str:
    return path.name.removesuffix(COMPRESSED)
