"""Open and make the files of a folder: regular ones only, and new ones for their owner alone.

Others may be able to write into the folder of a log. What they put there must not make this program read,
write or wait for something else.
"""

import errno
import os
import stat
from contextlib import suppress
from io import FileIO
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
# Links are refused, and the end of a pipe that nobody writes to is not waited for. Windows has no such flags.
_CAREFULLY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class NotRegularError(OSError):
    """There is a link, a pipe or a device where a file should be."""

    def __init__(self, path: Path) -> None:
        reason = "it is a link, a pipe or a device and not a regular file; move it away"
        super().__init__(errno.EINVAL, reason, str(path))


def open_regular(path: Path, mode: str = "r") -> FileIO:
    """Open a regular file without buffer, as `open` does with `mode`; a new one is for its owner alone.

    Raises:
        NotRegularError: it is no regular file; it was not opened, unless it was put there in this moment.
        OSError: it cannot be opened; `IsADirectoryError` where it is a folder.
    """
    with suppress(FileNotFoundError):
        kind = os.lstat(path).st_mode
        if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
            raise NotRegularError(path)
    file = FileIO(path, mode, opener=_open)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise NotRegularError(path)
    return file


def make_folder(path: Path) -> None:
    """Make a folder and those above it for their owner alone; those that are there keep their mode."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(FOLDER_MODE, exist_ok=True)


def make_private(path: Path) -> None:
    """Leave a file that a former version made for everybody to its owner alone; do nothing if that fails."""
    if not hasattr(os, "fchmod"):  # Windows has no such modes.
        return
    with suppress(OSError), open_regular(path) as file:
        os.fchmod(file.fileno(), FILE_MODE)


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | _CAREFULLY, FILE_MODE)
