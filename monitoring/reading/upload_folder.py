"""The folder of uploaded files: nobody else may read it, and it goes with its process, however that ends."""

import fcntl
import os
import secrets
import shutil
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

PREFIX = "qwen-uploads-"


class UploadFolder:
    """A folder of mode 0700 among the system's temporary files, made when it is needed.

    Its lock is held for as long as the process lives. Folders without a holder were left behind by processes
    that were killed; they are removed at the start.
    """

    def __init__(self) -> None:
        self._path: Path | None = None
        self._descriptor = -1
        self._lock = threading.Lock()
        _remove_leftovers(Path(tempfile.gettempdir()))

    def new_path(self) -> Path:
        """Return the path for a file, with a name that cannot be guessed.

        Raises:
            OSError: the folder cannot be made.
        """
        with self._lock:
            if self._path is None:
                self._path, self._descriptor = _locked_folder()
            return self._path / secrets.token_hex(16)

    def close(self) -> None:
        """Remove the folder with all files; a second call does nothing."""
        with self._lock:
            if self._path is not None:
                shutil.rmtree(self._path, ignore_errors=True)
                os.close(self._descriptor)
                self._path = None


def _locked_folder() -> tuple[Path, int]:
    """Make a folder; return it and a descriptor that holds its lock.

    Raises:
        OSError: it cannot be made.
    """
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        with suppress(FileNotFoundError):  # Another process took it for a leftover.
            if (descriptor := _lock(path)) is not None:
                return path, descriptor


def _lock(path: Path) -> int | None:
    """Take the lock of a folder of this user; return its descriptor, None where somebody else holds it.

    Raises:
        OSError: it is no folder, or not there.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        status = os.fstat(descriptor)
        if status.st_uid == os.getuid() and os.path.samestat(status, os.lstat(path)):
            return descriptor
    except BlockingIOError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _remove_leftovers(parent: Path) -> None:
    """Remove the folders whose process has ended; what cannot be removed stays."""
    for path in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if (descriptor := _lock(path)) is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(descriptor)
