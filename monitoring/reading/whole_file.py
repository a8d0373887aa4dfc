"""One file, read once from its beginning to its end, however large it is."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from pathlib import Path

from monitoring.formats.files.content import ContentLines, content_of, texts
from monitoring.reading.log_reader import LogContents, View
from monitoring.storage.blocks import DAMAGED, READ_BYTES
from monitoring.storage.private_files import open_regular


class TooMuchTextError(OSError):
    """A file holds more text than is read of one file."""

    def __init__(self, max_bytes: int, is_packed: bool) -> None:
        how = "unpacks to" if is_packed else "holds"
        super().__init__(f"it {how} more than {max_bytes >> 20} MiB of text; cut it into smaller files")


class FileReading:
    """Read a file that is no longer written to, whatever its form, and keep its newest records.

    `max_bytes` bounds its text, since a small compressed file may hold endless text. `mapping` renames fields
    of foreign logs: their name -> ours. A time without a zone is in `zone`.
    """

    def __init__(
        self,
        path: Path,
        capacity: int,
        max_bytes: int,
        mapping: Mapping[str, str] = {},
        block_bytes: int = READ_BYTES,
        zone: tzinfo = UTC,
    ) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._block_bytes = block_bytes
        self._contents = LogContents(capacity, mapping, zone=zone)
        self._progress: float | None = 0.0

    def load(self) -> Iterator[None]:
        """Take in the file from its beginning to its end; yields after each part, which takes a bounded time.

        Raises:
            TooMuchTextError: it holds more than `max_bytes` of text.
            OSError: it cannot be read.
        """
        text_bytes = 0
        with open_regular(self._path) as raw:
            size = os.fstat(raw.fileno()).st_size or 1
            content = content_of(raw)
            lines = ContentLines(content)
            try:
                for text in texts(raw, content, self._block_bytes):
                    text_bytes += len(text)
                    if text_bytes > self._max_bytes:
                        raise TooMuchTextError(self._max_bytes, content.packing is not None)
                    self._take(lines.add(text))
                    self._progress = min(1.0, raw.tell() / size)
                    yield
            except DAMAGED as error:
                # No more can be read from it; the line that is cut there counts with it.
                self._contents.decoder.rows.note_damage(error)
                lines.end()
            self._take(lines.end())
        self._contents.end()
        self._progress = None

    def view(self) -> View:
        """Return what is known now."""
        return self._contents.view(self._progress is not None, self._progress)

    def _take(self, lines: bytes) -> None:
        if lines and len(batch := self._contents.decoder.decode(lines)):
            self._contents.append(batch)
