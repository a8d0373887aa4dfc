"""A log file whose disk a drill can fill."""

import threading
from collections.abc import Sequence
from pathlib import Path

from monitoring.storage.rotation import RotatingFile

FULL = Path("/dev/full")  # each write fails with ENOSPC, as on a full disk


class DrilledFile(RotatingFile):
    """A log file whose writes fail while `full` is set."""

    full = threading.Event()  # one for the process, as there is one log

    def append(self, lines: Sequence[bytes], now: float) -> int:
        """Append lines, or fail as on a full disk.

        Raises:
            OSError: the disk is full, or fails by itself.
        """
        if self.full.is_set():
            with FULL.open("ab", buffering=0) as disk:
                disk.write(b"".join(lines))
        return super().append(lines, now)
