"""Find the files of a log, and open them."""

import gzip
import os
from contextlib import suppress
from io import FileIO
from pathlib import Path

from monitoring.storage.private_files import open_regular

COMPRESSED = ".gz"


class CompressedFile(gzip.GzipFile):
    """The text of a compressed file, which is closed with it."""

    def __init__(self, file: FileIO) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._file = file

    def close(self) -> None:
        """Close both."""
        super().close()
        self._file.close()


def rotated_files(path: Path) -> list[Path]:
    """List the files that were put aside for the log `path`, oldest first, each once.

    They are named `<stem>-<moment><suffix>`, and `.gz` follows where they are compressed. Where a file stands
    beside its compressed copy, as it does for a moment, the plain file is listed. Links are none of them, nor
    is whatever else is no regular file.
    """
    names: set[str] = set()
    # A folder that is not there, or must not be read, is an empty one.
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError), os.scandir(path.parent) as entries:
        names = {entry.name for entry in entries if entry.is_file(follow_symlinks=False)}
    plain = {name for name in names if _is_rotated(name, path)}
    compressed = {name for name in names - plain if _is_rotated(name.removesuffix(COMPRESSED), path)}
    files = plain | {name for name in compressed if name.removesuffix(COMPRESSED) not in plain}
    return [path.with_name(name) for name in sorted(files, key=lambda name: name.removesuffix(COMPRESSED))]


def _is_rotated(name: str, path: Path) -> bool:
    moment = name.removeprefix(f"{path.stem}-").removesuffix(path.suffix)
    return name == f"{path.stem}-{moment}{path.suffix}" and moment[:1].isdecimal()


def open_log_file(path: Path, follow_links: bool = False) -> FileIO | CompressedFile:
    """Open one file of a log for reading its text, compressed or not.

    Only a regular file is opened, unless somebody has named it: then it may be a link or a pipe, too.

    Raises:
        OSError: it cannot be opened; `FileNotFoundError` where it was removed or compressed meanwhile.
    """
    file = FileIO(path) if follow_links else open_regular(path)
    return CompressedFile(file) if path.suffix == COMPRESSED else file


def is_compressed(file: FileIO) -> bool:
    """Tell by its first two bytes whether a file is compressed (RFC 1952), whatever its name."""
    return os.pread(file.fileno(), 2, 0) == b"\x1f\x8b"
