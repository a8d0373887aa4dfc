"""A program that logs to a disk that refuses: `python disk_program.py KIND FOLDER`.

`KIND` is `tmpfs`, where a small one is mounted at `FOLDER`, or `limit`, where a limit for the size of
files stands for a full disk. Settings come from the environment, as for the app.
"""

import errno
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from monitoring.config import MonitoringConfig
from monitoring.writing.event_log import EventLog


class SmallDisk:
    """A tmpfs that nobody else sees: full, then read-only, then writable but still full."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        self._filler.write_bytes(b"x" * 40_000)

    def changes(self) -> list[Callable[[], None]]:
        return [lambda: self._remount("ro"), lambda: self._remount("rw")]

    def free(self) -> None:
        self._filler.unlink()

    def keep(self, log: Path) -> None:
        """Copy the log to where the test can see it."""
        (self._folder.parent / log.name).write_bytes(log.read_bytes())

    def _remount(self, how: str) -> None:
        command = ["mount", "-o", f"remount,{how}", str(self._folder)]
        # The mount is busy in the moments in which the writer tries its file.
        wait_for(lambda: subprocess.call(command, stderr=subprocess.DEVNULL) == 0)


class SizeLimit:
    """No file may grow beyond a size."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, self._before[1]))

    def changes(self) -> list[Callable[[], None]]:
        return []

    def free(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)

    def keep(self, log: Path) -> None:
        """Copy the log to where the test looks."""
        (self._folder.parent / log.name).write_bytes(log.read_bytes())


def wait_for(condition: Callable[[], object]) -> None:
    """Poll until `condition()` holds."""
    while not condition():
        time.sleep(0.005)


def reason(log: EventLog) -> str:
    """Return the name of the disk's error, empty where there is none."""
    error = log.error
    return errno.errorcode[error.errno or 0] if error else ""


def main(disk: SmallDisk | SizeLimit) -> None:
    """Log until the disk is full, through all that happens to it, and until it has room again."""
    disk.fill()
    log = EventLog(MonitoringConfig(), retry_seconds=0.01)
    while not log.error:
        log.write({"message": "before"})
        log.flush()
    reasons = [reason(log)]
    for change in disk.changes():
        change()
        wait_for(lambda: reason(log) != reasons[-1])
        reasons.append(reason(log))
    while log.dropped < 100:
        log.write({"message": "meanwhile"})
    disk.free()
    wait_for(lambda: not log.error)
    log.flush()
    log.write({"message": "after"})
    log.stop()
    print(json.dumps({"reasons": reasons, "dropped": log.dropped}))
    disk.keep(log._config.log_path)


if __name__ == "__main__":
    # While the file of running tasks is open, its disk cannot be made read-only.
    with mock.patch("monitoring.writing.in_flight.RunningFile", side_effect=OSError):
        main((SmallDisk if sys.argv[1] == "tmpfs" else SizeLimit)(Path(sys.argv[2])))
