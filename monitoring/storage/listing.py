"""List the files of a log that may be read, so that readers notice when the files change."""

import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from monitoring.storage.paths import rotated_files
from monitoring.storage.place import log_place
from monitoring.storage.private_files import open_regular

# Reading is tried so often while files are put aside, compressed or removed in the moment of reading.
MAX_TRIES = 20
# The first record tells one file from another.
HEAD_BYTES = 256


class LogChangedError(OSError):
    """The log's files were renamed or removed again and again while they were read."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the files of {path} change faster than they can be read; try again")


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of a log; it is equal to a later listing of the same file under the same name.

    The numbers of files (inodes) are not compared: on some network shares they change from look to look.
    """

    path: Path
    size: int = field(compare=False)  # bytes
    # How the file that is written to begins. The others have a name of their own, which comes only once.
    head: bytes = b""


def log_files(path: Path) -> list[LogFile]:
    """List the files of the log `path`, oldest first, each once.

    Only regular files count. The log's folder may be a link, and so may the log, if it is this user's
    (`log_place`).
    """
    place = log_place(path)
    folder = place.parent.resolve()
    found: list[LogFile] = []
    several_names: set[tuple[int, int]] = set()
    for file in (*rotated_files(place), place):
        try:
            status = file.lstat()
        except OSError:  # It was removed in this moment.
            continue
        if not stat.S_ISREG(status.st_mode):
            continue
        if status.st_nlink > 1:
            inode = (status.st_dev, status.st_ino)
            if inode in several_names:
                continue
            several_names.add(inode)
        head = _head(file) if file == place else b""
        found.append(LogFile(folder / file.name, status.st_size, head))
    return found


def _head(file: Path) -> bytes:
    with suppress(OSError), open_regular(file) as opened:
        return opened.read(HEAD_BYTES)
    return b""
