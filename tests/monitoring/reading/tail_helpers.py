"""What the tests of the reader share: small records, and a log that rotates when it is told to."""

import gzip
import itertools
from collections.abc import Iterable
from pathlib import Path

from monitoring.reading.tail import LogTail
from monitoring.record.schema import MAX_LINE_BYTES
from monitoring.storage.blocks import READ_BYTES
from monitoring.storage.paths import rotated_files, rotated_name
from monitoring.window.line_decoder import Batch, LineDecoder


def line(number: int) -> bytes:
    """Return the line of a small record."""
    return (
        b'{"timestamp":"2023-11-14T22:13:20.000Z","message":"\xe6\x83\x85\xe6\x84\x9f","seq":%d}\n' % number
    )


def lines(numbers: Iterable[int]) -> bytes:
    """Return the lines of small records."""
    return b"".join(map(line, numbers))


def numbers(batches: Iterable[Batch]) -> list[int]:
    """Return what `line()` put into the records."""
    return [int(number) for batch in batches for number in batch.numbers["seq"]]


def oldest_first(batches: Iterable[Batch]) -> list[int]:
    """Return what `line()` put into the records of a history."""
    return numbers(reversed(list(batches)))


def add(path: Path, data: bytes) -> None:
    """Append bytes to a file."""
    with path.open("ab") as file:
        file.write(data)


def tail_of(
    path: Path, block_bytes: int = READ_BYTES, max_line_bytes: int = MAX_LINE_BYTES
) -> tuple[LogTail, LineDecoder]:
    """Return a tail of a log, and the decoder that counts its broken lines."""
    decoder = LineDecoder(max_line_bytes=max_line_bytes)
    return LogTail(path, decoder, block_bytes), decoder


class WrittenLog:
    """A log that is written to, rotated, compressed and thinned out on demand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._moments = itertools.count()

    def write(self, data: bytes) -> None:
        """Append bytes to the log."""
        add(self.path, data)

    def rotate(self) -> Path | None:
        """Put the log aside, if there is one; the next write makes the new one."""
        if not self.path.exists():
            return None
        return self.path.rename(rotated_name(self.path, "2023-11-14T22-13-20.000", next(self._moments)))

    def plain(self) -> list[Path]:
        """List the rotated files that are not compressed, oldest first."""
        return [path for path in rotated_files(self.path) if path.suffix == ".log"]

    def copy(self, plain: Path) -> None:
        """Make the compressed copy of a rotated file."""
        part = plain.with_name(plain.name + ".gz.part")
        part.write_bytes(gzip.compress(plain.read_bytes(), 1))
        part.rename(part.with_suffix(""))

    def compress(self, plain: Path) -> None:
        """Replace a rotated file by its compressed copy."""
        self.copy(plain)
        plain.unlink()

    def compress_all(self) -> None:
        """Compress all rotated files that are not."""
        for path in self.plain():
            self.compress(path)


def rotated(log: WrittenLog, count: int) -> list[Path]:
    """Write `count` files of one record each, and put them aside."""
    for number in range(count):
        log.write(line(number))
        log.rotate()
    return rotated_files(log.path)
