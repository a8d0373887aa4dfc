"""A log file whose disk a drill can fill."""

import errno
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from monitoring.storage.rotation import RotatingFile

FULL_DEVICE = Path("/dev/full")  # Linux: each write to it fails with ENOSPC, as on a full disk


class FullDisk:
    """A disk that is full while `is_full` is set; `open_file` opens a log file on it."""

    def __init__(self) -> None:
        self.is_full = threading.Event()

    def open_file(
        self, path: Path, max_bytes: int, max_seconds: float, on_rotated: Callable[[], None] = lambda: None
    ) -> RotatingFile:
        """Open a log file whose writes fail while the disk is full."""
        return _FileOnDisk(self.is_full, path, max_bytes, max_seconds, on_rotated)


class _FileOnDisk(RotatingFile):
    def __init__(
        self,
        is_full: threading.Event,
        path: Path,
        max_bytes: int,
        max_seconds: float,
        on_rotated: Callable[[], None],
    ) -> None:
        super().__init__(path, max_bytes, max_seconds, on_rotated)
        self._is_full = is_full

    def append(self, lines: Sequence[bytes], now: float) -> int:
        """Append lines, or fail as on a full disk.

        Raises:
            OSError: the disk is full, by the drill or in fact.
        """
        if self._is_full.is_set():
            if not FULL_DEVICE.is_char_device():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
            with FULL_DEVICE.open("ab", buffering=0) as disk:
                disk.write(b"".join(lines))
        return super().append(lines, now)
