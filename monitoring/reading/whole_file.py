"""One file, read once from its begin to its end, however large it is."""

from collections.abc import Iterator
from dataclasses import replace
from gzip import GzipFile
from io import FileIO
from pathlib import Path

from monitoring.reading.log_reader import Reading, View
from monitoring.storage.blocks import DAMAGED, LineBuffer, read
from monitoring.storage.paths import is_compressed


class FileReading(Reading):
    """Read a file that is no longer written to, plain or compressed, and keep its newest records.

    `max_bytes` bounds its text: of compressed files, a small one may hold endless text.
    """

    def __init__(self, path: Path, capacity: int, max_bytes: int) -> None:
        super().__init__(path, capacity)
        self._path = path
        self._max_bytes = max_bytes
        self._progress = 0.0

    def load(self) -> Iterator[None]:
        """Take in the file from its begin to its end; yields after each part.

        Raises:
            OSError: it cannot be read, or holds more than `max_bytes` of text.
        """
        buffer, text_bytes = LineBuffer(), 0
        size = self._path.stat().st_size or 1
        with FileIO(self._path) as raw:
            file = GzipFile(fileobj=raw) if is_compressed(raw) else raw
            try:
                while data := read(file):
                    text_bytes += len(data)
                    if text_bytes > self._max_bytes:
                        raise OSError(f"it holds more than {self._max_bytes >> 20} MiB of text")
                    self._take(buffer.add(data))
                    self._progress = min(1.0, raw.tell() / size)
                    yield
            except DAMAGED:  # no more can be read from it, and its last line is the torn one
                self._decoder.broken["torn"] += 1
                buffer.end()
            self._take(buffer.end())
        if len(frame := self._window.snapshot()):
            self._note_broken(float(frame.time[-1]))  # what is broken after the last record
        self._loading = False

    def view(self) -> View:
        """Return what is known now."""
        return replace(super().view(), progress=self._progress if self._loading else None)

    def _take(self, lines: bytes) -> None:
        if lines and len(batch := self._decoder.decode(lines)):
            self._append(batch)
