"""The log's file, on a disk that a drill can fill."""

import threading
from collections.abc import Sequence
from pathlib import Path

from monitoring.storage.rotation import RotatingFile

FULL = Path("/dev/full")  # takes nothing: the kernel answers ENOSPC, as it does for a disk without room


class DrilledFile(RotatingFile):
    """A log file whose disk is full while a drill says so."""

    full = threading.Event()  # of the process, as the log is

    def append(self, lines: Sequence[bytes], now: float) -> int:
        """Write as the log's file does, or to a disk that is full.

        Raises:
            OSError: the disk refuses.
        """
        if self.full.is_set():
            with FULL.open("ab", buffering=0) as disk:
                disk.write(b"".join(lines))
        return super().append(lines, now)
