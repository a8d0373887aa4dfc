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

from monitoring.reading.file_identity import (
    has_whole_line,
    is_numbered_alike,
    is_rotated,
    open_again,
    open_rotated,
)
from monitoring.storage.blocks import DAMAGED, READ_BYTES, LineBuffer, OpenFile, backwards, end_of_lines, read
from monitoring.storage.paths import plain_name, rotated_files
from monitoring.storage.place import log_place
from monitoring.storage.private_files import open_regular
from monitoring.window.line_decoder import Batch, LineDecoder


class LogMovedError(OSError):
    """The log's path is a link that leads elsewhere now; another tail has to begin anew."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is a link that leads to another file now")


class LogTail:
    """Read the log `path` and the files that were put aside for it; a missing file is an empty one.

    A link is followed where `log_place` follows it. `block_bytes` are read at once.
    """

    def __init__(self, path: Path, decoder: LineDecoder, block_bytes: int = READ_BYTES) -> None:
        self._named = path
        # Where the log stands.
        self._path = log_place(path)
        self._decoder = decoder
        self._block_bytes = block_bytes
        self._file: OpenFile | None = None
        self._buffer = LineBuffer(decoder.max_line_bytes)
        self._begun = False
        # The names of the rotated files that poll() has read or need not read.
        self._seen: set[str] = set()

    def history(self, wanted: int) -> Iterator[Batch]:
        """Yield the records of the log, newest first, until there were at least `wanted`.

        The first `poll()` continues where this begins, whatever rotates meanwhile; it may be called between
        two batches. Only the first call yields records, and only before `poll()`.

        Raises:
            OSError: a file cannot be read; `poll()` works all the same, unless that file was the log.
        """
        if self._begun:
            return
        older = self._begin()
        if self._file is not None:
            end = end_of_lines(self._file.fileno())
            self._file.seek(end)
            # A duplicate, since poll() may close its own file meanwhile.
            with FileIO(os.dup(self._file.fileno())) as file:
                wanted = yield from self._up_to(self._backwards(file, end), wanted)
        for path in reversed(older):
            if wanted > 0 and (rotated := open_rotated(path)) is not None:
                with rotated:
                    wanted = yield from self._up_to(self._last_blocks(rotated, wanted), wanted)

    def poll(self) -> Iterator[Batch]:
        """Yield the records that have come since the last call, oldest first.

        Raises:
            LogMovedError: the log's path has become a link, or another one.
            OSError: a file cannot be read; the next call continues behind it, or tries the log again.
        """
        if log_place(self._named) != self._path:
            raise LogMovedError(self._named)
        if not self._begun:
            self._begin()
        yield from self._drain()
        while self._replaced():  # This repeats where the log has rotated several times.
            # Lines may have come between the last read and the rename.
            yield from self._drain()
            yield from self._decoded(self._buffer.end())
            self._open_next()
            yield from self._drain()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _decoded(self, lines: bytes) -> Iterator[Batch]:
        if lines and len(batch := self._decoder.decode(lines)):
            yield batch

    def _up_to(self, blocks: Iterator[bytes], wanted: int) -> Generator[Batch, None, int]:
        """Yield the records of the blocks until there are enough; return how many are still wanted."""
        while wanted > 0 and (block := next(blocks, None)) is not None:
            for batch in self._decoded(block):
                wanted -= len(batch)
                yield batch
        return wanted

    def _last_blocks(self, file: OpenFile, wanted: int) -> Iterator[bytes]:
        """Yield the lines of a finished file, the last lines first.

        A compressed file can only be read forwards: each pass keeps as many blocks at its end as hold the
        `wanted` lines, and another pass follows where too many of them are no records.
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
            # The number of passes stays small where nearly no line is a record.
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
        except DAMAGED as error:
            self._decoder.rows.note_damage(error)

    def _drain(self) -> Iterator[Batch]:
        while self._file is not None:
            try:
                data = read(self._file, self._block_bytes)
            except DAMAGED as error:
                # No more can be read from it; the line that is cut there counts with it.
                self._decoder.rows.note_damage(error)
                self._buffer.end()
                self.close()
                return
            if not data:
                return
            yield from self._decoded(self._buffer.add(data))

    def _replaced(self) -> bool:
        """Tell whether another file stands at the path, or the same file was cut short."""
        try:
            status = os.lstat(self._path)
        except FileNotFoundError:
            return False
        if self._file is None:
            return True
        if is_numbered_alike(status, self._file):
            return status.st_size < self._file.tell()
        return not self._is_renumbered(self._file)

    def _is_renumbered(self, file: OpenFile) -> bool:
        """Tell whether the file at the path is still the open one, and go on with it then."""
        if (again := open_again(file, self._path)) is None:
            return False
        if self._unseen() and not has_whole_line(file):
            # The open file may have been put aside: half a line is no sign that this one is the same.
            again.close()
            return False
        self.close()
        self._file = again
        return True

    def _begin(self) -> list[Path]:
        """Open the log; return the files that were put aside before it, oldest first."""
        while True:
            older = rotated_files(self._path)
            self._seen = set(map(plain_name, older))
            self._open_current()
            if not self._missed_a_file():
                self._begun = True
                return older

    def _open_next(self) -> None:
        """Open the file that continues the open one: the oldest rotated file not yet read, else the log."""
        self._seen.update(plain_name(path) for path in self._unseen() if self._is_open(path))
        while True:
            self.close()
            for path in self._unseen():
                self._seen.add(plain_name(path))
                if (file := open_rotated(path)) is not None:
                    self._file = file
                    return
            self._open_current()
            if not self._missed_a_file():
                return

    def _open_current(self) -> None:
        self.close()
        with suppress(FileNotFoundError):
            self._file = open_regular(self._path)

    def _missed_a_file(self) -> bool:
        """Tell whether a file was put aside between listing the rotated files and opening the log."""
        unseen = self._unseen()
        return bool(unseen) and not self._is_open(unseen[0])

    def _unseen(self) -> list[Path]:
        return [path for path in rotated_files(self._path) if plain_name(path) not in self._seen]

    def _is_open(self, path: Path) -> bool:
        return self._file is not None and is_rotated(self._file, path)
