"""Where the files of a log stand: in the folder of its path, or of the file that a link there stands for."""

import os
import stat
from contextlib import suppress
from pathlib import Path

# A longer chain of links is a circle.
MAX_LINKS = 40
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def log_place(path: Path) -> Path:
    """Return the path that a log is written to: `path`, or the one that a link of this user's stands for.

    A link is followed only if it belongs to this user and nobody else can write to its folder: otherwise
    somebody else may have put it there. Where it is not followed, or leads to a pipe, a device or a folder,
    the result is `path`. The result may not exist.
    """
    place = path
    for _ in range(MAX_LINKS):
        if not _is_own_link(place):
            break
        with suppress(OSError):  # It was removed in this moment.
            place = place.parent / os.readlink(place)
    return place if place == path or _is_file_or_nothing(place) else path


def _is_file_or_nothing(place: Path) -> bool:
    try:
        return stat.S_ISREG(os.lstat(place).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def _is_own_link(path: Path) -> bool:
    try:
        status = os.lstat(path)
        if not stat.S_ISLNK(status.st_mode):
            return False
        folder = os.stat(path.parent)
    except OSError:
        return False
    # Without numbers of users, as on Windows, nobody can tell whose a link is, and it is not followed.
    user = os.geteuid() if hasattr(os, "geteuid") else None
    is_private = folder.st_uid in (0, user) and not folder.st_mode & _WRITABLE_BY_OTHERS
    return status.st_uid == user and is_private
