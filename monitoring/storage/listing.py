"""List the files of a log that may be read, so that readers notice when the files change."""

import stat
from dataclasses import dataclass, field
from pathlib import Path

from monitoring.storage.paths import rotated_files

# Reading is tried so often while files are put aside, compressed or removed in the moment of reading.
MAX_TRIES = 20


class LogChangedError(OSError):
    """The log's files were renamed or removed again and again while they were read."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the files of {path} change faster than they can be read; try again")


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of a log; it is equal to a later listing of the same file under the same name."""

    path: Path
    inode: tuple[int, int]
    size: int = field(compare=False)  # bytes


def log_files(path: Path) -> list[LogFile]:
    """List the files of the log `path`, oldest first, each once.

    Only regular files count: no link is followed, but the log's folder may be one.
    """
    folder = path.parent.resolve()
    found: dict[tuple[int, int], LogFile] = {}
    for file in (*rotated_files(path), path):
        try:
            status = file.lstat()
        except OSError:  # It was removed in this moment.
            continue
        if stat.S_ISREG(status.st_mode):
            inode = (status.st_dev, status.st_ino)
            found.setdefault(inode, LogFile(folder / file.name, inode, status.st_size))
    return list(found.values())
