"""Which files a log is made of, and how each is opened."""

import gzip
import os
from io import FileIO
from pathlib import Path

COMPRESSED = ".gz"


def rotated_files(path: Path) -> list[Path]:
    """List the files that were put aside for the log `path`, oldest first, each once.

    They are named `<stem>-<moment><suffix>`, compressed ones with `.gz` after that. Where a file
    stands beside its compressed copy, which happens for a moment while it is compressed, the plain
    one is listed.
    """
    plain = set(path.parent.glob(f"{path.stem}-[0-9]*{path.suffix}"))
    compressed = path.parent.glob(f"{path.stem}-[0-9]*{path.suffix}{COMPRESSED}")
    files = [*plain, *(file for file in compressed if file.with_suffix("") not in plain)]
    return sorted(files, key=lambda file: file.name.removesuffix(COMPRESSED))


def open_log(path: Path) -> FileIO | gzip.GzipFile:
    """Open one file of a log for reading; compressed ones are read as if they were not.

    Raises:
        OSError: it cannot be opened; `FileNotFoundError` where it was removed or compressed meanwhile.
    """
    if path.suffix == COMPRESSED:
        return gzip.open(path)
    return FileIO(path)


def is_compressed(file: FileIO) -> bool:
    """Tell by its first two bytes whether a file is compressed (RFC 1952), whatever its name."""
    return os.pread(file.fileno(), 2, 0) == b"\x1f\x8b"
