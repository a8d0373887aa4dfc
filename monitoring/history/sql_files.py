"""The files that SQL reads: those of ours as they are, all others as copies with records of ours."""

from collections.abc import Iterable, Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from tempfile import TemporaryDirectory

from monitoring.formats.files.content import Content, content_of
from monitoring.formats.our_lines import OurLines
from monitoring.formats.reading_notes import ReadingNotes
from monitoring.history.records import records_of_file
from monitoring.history.rows import TOO_LONG, Piece, read_lines
from monitoring.storage.blocks import DAMAGED, has_long_line
from monitoring.storage.listing import LogFile
from monitoring.storage.paths import COMPRESSED
from monitoring.storage.positions import read_at
from monitoring.storage.private_files import open_regular

# Files up to this size are looked at as a whole; of larger ones, so much at their beginning and end: to look
# at each line of a large log would take longer than most queries.
WHOLE_BYTES = 8 << 20
END_BYTES = 1 << 19
# So many of the newest files are looked at; the others of a log are taken to be like them.
MAX_LOOKED_AT = 50


def is_ours(file: LogFile) -> bool:
    """Tell whether DuckDB reads a file as we do, as far as was looked at it.

    Raises:
        OSError: it cannot be read.
    """
    with open_regular(file.path) as opened:
        content = content_of(opened)
        if not _is_plain(file.path, content) or (content.is_lines and has_long_line(file.path)):
            return False
        lines = OurLines()
        if content.packing is not None or file.size <= WHOLE_BYTES:
            return _all_are_ours(lines, Piece(file.path), WHOLE_BYTES)
        head = read_at(opened.fileno(), END_BYTES, 0)
        tail = read_at(opened.fileno(), END_BYTES, file.size - END_BYTES)
        whole = head[: head.rfind(b"\n") + 1], tail[tail.find(b"\n") + 1 :]
        return all(map(lines.are_all, whole))


def _is_plain(path: Path, content: Content) -> bool:
    """Tell whether a file is lines in UTF-8, and compressed as its name says, by which DuckDB goes."""
    is_named_gzip = path.suffix == COMPRESSED
    is_text = not (content.encoding or content.is_array or content.is_indented)
    return is_text and content.packing == ("gzip" if is_named_gzip else None)


def _all_are_ours(lines: OurLines, piece: Piece, max_bytes: int) -> bool:
    seen = 0
    try:
        for block in read_lines(piece):
            if block is TOO_LONG or not lines.are_all(bytes(block)):
                return False
            seen += len(block)
            if seen > max_bytes:
                return True
    except DAMAGED:
        return False
    return True


class Copies:
    """Copies of files with records of ours, in a folder that is made for the first one."""

    def __init__(self, mapping: Mapping[str, str], zone: tzinfo = UTC) -> None:
        self.notes = ReadingNotes()
        self.records = 0
        self._folder: TemporaryDirectory[str] | None = None
        self._mapping = mapping
        self._zone = zone
        self._made: dict[Path, LogFile] = {}

    @property
    def are_made(self) -> bool:
        """Whether a file had to be copied."""
        return bool(self._made)

    def of(self, files: Iterable[LogFile]) -> list[LogFile]:
        """Return a copy of each file; those that were copied before are not read again.

        Raises:
            OSError: a file cannot be read, or a copy not be written.
        """
        return [self._made.get(file.path) or self._copy(file) for file in files]

    def close(self) -> None:
        """Remove all copies."""
        if self._folder is not None:
            self._folder.cleanup()

    def _copy(self, file: LogFile) -> LogFile:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="qwen-log-")
        path = Path(self._folder.name) / f"{len(self._made)}.jsonl"
        with path.open("wb") as out:
            for lines in records_of_file(file.path, self._mapping, self._zone, self.notes):
                self.records += len(lines)
                out.writelines(line + b"\n" for line in lines)
        made = LogFile(path, path.stat().st_size)
        self._made[file.path] = made
        return made
