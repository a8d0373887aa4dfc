"""The names of the files that were put aside for a log, of which there may be thousands."""

import threading
from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from monitoring.storage.paths import plain_name, rotated_files

# A list of the folder is used for so long; a file that is put aside meanwhile is shown that much later.
KEPT_SECONDS = 5.0


class RotatedNames:
    """Find the files of the log `path`; its folder is listed once in a few seconds, however many ask.

    Files are called the same whether they are compressed or not. `timer` tells the time in s of a monotonic
    clock. Any thread may ask.
    """

    def __init__(self, path: Path, timer: Callable[[], float]) -> None:
        self._path = path
        self._timer = timer
        self._listed_at: float | None = None
        self._files: dict[str, Path] = {}
        self._lock = threading.Lock()

    def newest(self, count: int) -> list[str]:
        """Return at most so many names, the newest first."""
        return list(self._listed())[-count:][::-1]

    def around(self, moment: float, count: int) -> list[str]:
        """Return at most so many names around the file that holds a moment, the newest first.

        The moment is in s since the epoch. A file is named after the one at which it was put aside, so it
        holds the time before that.
        """
        names = list(self._listed())
        sought = datetime.fromtimestamp(moment, UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
        holder = bisect_left(names, f"{self._path.stem}-{sought.replace(':', '-')}")
        start = max(0, min(holder - count // 2, len(names) - count))
        return names[start : start + count][::-1]

    def path_of(self, name: str) -> Path | None:
        """Return where a file stands, even one that is newer than the list; None where there is none."""
        path = self._listed().get(name)
        if path is None or not path.exists():
            path = self._listed(is_fresh=True).get(name)
        return path

    def _listed(self, is_fresh: bool = False) -> dict[str, Path]:
        """Return all files by their names, the oldest first."""
        with self._lock:
            now = self._timer()
            is_kept = self._listed_at is not None and now - self._listed_at < KEPT_SECONDS
            if is_fresh or not is_kept:
                files = rotated_files(self._path)
                self._files = {plain_name(path): path for path in files}
                self._listed_at = now
            return self._files
