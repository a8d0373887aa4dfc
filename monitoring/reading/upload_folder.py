"""The folder of uploaded files: nobody else may read it, and it goes with its process, however that ends."""

import os
import secrets
import shutil
import stat
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

PREFIX = "qwen-uploads-"
# Another process may take a new folder for a leftover; more often than this it does not happen by chance.
MAX_TRIES = 20


class UploadFolder:
    """A folder of mode 0700 among the system's temporary files, made when it is needed.

    Its lock is held for as long as the process lives. Folders without a holder were left behind by processes
    that were killed; they are removed at the start. Where the system has no such locks, as Windows, nobody
    can tell which folders were left behind, and they stay. A folder that a cleaner of temporary files has
    removed is made anew.
    """

    def __init__(self) -> None:
        self._path: Path | None = None
        self._descriptor: int | None = None
        self._lock = threading.Lock()
        _remove_leftovers(Path(tempfile.gettempdir()))

    def new_path(self) -> Path:
        """Return the path for a file, with a name that cannot be guessed.

        Raises:
            OSError: the folder cannot be made.
        """
        with self._lock:
            if self._path is not None and not _is_own_folder(self._path):
                self._let_go()
            if self._path is None:
                self._path, self._descriptor = _locked_folder()
            return self._path / secrets.token_hex(16)

    def close(self) -> None:
        """Remove the folder with all files; a second call does nothing."""
        with self._lock:
            if self._path is not None:
                if _is_own_folder(self._path):
                    shutil.rmtree(self._path, ignore_errors=True)
                self._let_go()

    def _let_go(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._path = self._descriptor = None


def _locked_folder() -> tuple[Path, int | None]:
    """Make a folder; return it and a descriptor that holds its lock, if there are locks.

    Raises:
        OSError: it cannot be made.
    """
    for _ in range(MAX_TRIES):
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        if not HAS_LOCKS:
            return path, None
        with suppress(FileNotFoundError):  # Another process took it for a leftover.
            descriptor = _take_lock(path)
            if descriptor is not None and path.is_dir():
                return path, descriptor
            if descriptor is not None:
                os.close(descriptor)
    raise OSError(f"no folder for uploads can be kept in {tempfile.gettempdir()}: others remove it at once")


def _take_lock(path: Path) -> int | None:
    """Take the lock of a folder; return its descriptor, None where somebody else holds it.

    Raises:
        OSError: it is no folder, or not there.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0))
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            return None
        raise
    return descriptor


def _is_own_folder(path: Path) -> bool:
    """Tell whether a folder of this user stands at a path; a link is none."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    user = os.getuid() if hasattr(os, "getuid") else status.st_uid
    return stat.S_ISDIR(status.st_mode) and status.st_uid == user


def _remove_leftovers(parent: Path) -> None:
    """Remove the folders whose process has ended; what cannot be removed stays."""
    if not HAS_LOCKS:
        return
    for path in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if _is_own_folder(path) and (descriptor := _take_lock(path)) is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(descriptor)
