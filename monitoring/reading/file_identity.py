"""Tell whether two names stand for the same file of a log, also where files are compressed or renumbered.

On some network shares the number of a file (inode) changes from look to look: then its text tells.
"""

import os
from contextlib import suppress
from gzip import GzipFile
from io import FileIO
from pathlib import Path

from monitoring.storage.blocks import DAMAGED, OpenFile
from monitoring.storage.paths import COMPRESSED, open_log_file, plain_name
from monitoring.storage.positions import read_at
from monitoring.storage.private_files import open_regular

# The bytes at the beginning of a file that tell it from others: each file has another first record.
HEAD_BYTES = 1 << 16


def is_numbered_alike(status: os.stat_result, file: OpenFile) -> bool:
    """Tell whether a look at a path has found the open file, by its number."""
    return os.path.samestat(status, os.fstat(file.fileno()))


def open_again(file: OpenFile, path: Path) -> FileIO | None:
    """Open the log `path` at the position of `file`, if it begins with the same whole or half lines.

    None is returned where it is another file, or not there.

    Raises:
        OSError: it cannot be opened.
    """
    if isinstance(file, GzipFile):
        return None
    position, head = file.tell(), _head(file)
    with suppress(FileNotFoundError):
        found = open_regular(path)
        text = _head(found)
        if text.startswith(head) and bool(text) == bool(head) and _size(found) >= position:
            found.seek(position)
            return found
        found.close()
    return None


def has_whole_line(file: OpenFile) -> bool:
    """Tell whether a log that is not compressed begins with a whole line."""
    return b"\n" in _head(file)


def is_rotated(file: OpenFile, path: Path) -> bool:
    """Tell whether `path` is the open file after it was put aside: the same file, or its compressed copy."""
    if path.suffix != COMPRESSED:
        with suppress(FileNotFoundError):  # It was compressed in this moment.
            if is_numbered_alike(path.lstat(), file):
                return True
    if isinstance(file, GzipFile) or (other := open_rotated(path)) is None:
        return False
    with other, suppress(*DAMAGED):
        return other.read(HEAD_BYTES) == _head(file)
    return False


def open_rotated(path: Path) -> OpenFile | None:
    """Open a rotated file, or its compressed copy; return None where it was removed.

    Raises:
        OSError: it cannot be opened.
    """
    for place in (path, path.with_name(plain_name(path) + COMPRESSED)):
        with suppress(FileNotFoundError):
            return open_log_file(place)
    return None


def _head(file: OpenFile) -> bytes:
    return read_at(file.fileno(), HEAD_BYTES, 0)


def _size(file: FileIO) -> int:
    return os.fstat(file.fileno()).st_size
