"""One file, read once from its beginning to its end, however large it is."""

import os
from collections.abc import Iterator, Mapping
from gzip import GzipFile
from pathlib import Path

from monitoring.reading.log_reader import LogContents, View
from monitoring.storage.blocks import DAMAGED, READ_BYTES, LineBuffer, read
from monitoring.storage.paths import is_compressed
from monitoring.storage.private_files import open_regular


class FileReading:
    """Read a file that is no longer written to, plain or compressed, and keep its newest records.

    `max_bytes` bounds its text, since a small compressed file may hold endless text. `mapping` renames fields
    of foreign logs: their name -> ours.
    """

    def __init__(
        self,
        path: Path,
        capacity: int,
        max_bytes: int,
        mapping: Mapping[str, str] = {},
        block_bytes: int = READ_BYTES,
    ) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._block_bytes = block_bytes
        self._contents = LogContents(capacity, mapping)
        self._progress: float | None = 0.0

    def load(self) -> Iterator[None]:
        """Take in the file from its beginning to its end; yields after each part.

        Raises:
            OSError: it cannot be read, or holds more than `max_bytes` of text.
        """
        buffer, text_bytes = LineBuffer(), 0
        with open_regular(self._path) as raw:
            size = os.fstat(raw.fileno()).st_size or 1
            file = GzipFile(fileobj=raw) if is_compressed(raw) else raw
            try:
                while data := read(file, self._block_bytes):
                    text_bytes += len(data)
                    if text_bytes > self._max_bytes:
                        raise OSError(f"it holds more than {self._max_bytes >> 20} MiB of text")
                    self._take(buffer.add(data))
                    self._progress = min(1.0, raw.tell() / size)
                    yield
            except DAMAGED:  # No more can be read from it, and its last line is the torn one.
                self._contents.decoder.broken["torn"] += 1
                buffer.end()
            self._take(buffer.end())
        self._contents.end()
        self._progress = None

    def view(self) -> View:
        """Return what is known now."""
        return self._contents.view(self._progress is not None, self._progress)

    def _take(self, lines: bytes) -> None:
        if lines and len(batch := self._contents.decoder.decode(lines)):
            self._contents.append(batch)
