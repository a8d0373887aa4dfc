"""Find the files of a log, and open them."""

import gzip
import os
from io import FileIO
from pathlib import Path

COMPRESSED = ".gz"


def rotated_files(path: Path) -> list[Path]:
    """List the files that were put aside for the log `path`, oldest first, each once.

    They are named `<stem>-<moment><suffix>`, and `.gz` follows where they are compressed. Where a file stands
    beside its compressed copy, as it does for a moment, the plain file is listed.
    """
    plain = set(path.parent.glob(f"{path.stem}-[0-9]*{path.suffix}"))
    compressed = path.parent.glob(f"{path.stem}-[0-9]*{path.suffix}{COMPRESSED}")
    files = [*plain, *(file for file in compressed if file.with_suffix("") not in plain)]
    return sorted(files, key=lambda file: file.name.removesuffix(COMPRESSED))


def open_log_file(path: Path) -> FileIO | gzip.GzipFile:
    """Open one file of a log for reading its text, compressed or not.

    Raises:
        OSError: it cannot be opened; `FileNotFoundError` where it was removed or compressed meanwhile.
    """
    if path.suffix == COMPRESSED:
        return gzip.open(path)
    return FileIO(path)


def is_compressed(file: FileIO) -> bool:
    """Tell by its first two bytes whether a file is compressed (RFC 1952), whatever its name."""
    return os.pread(file.fileno(), 2, 0) == b"\x1f\x8b"
