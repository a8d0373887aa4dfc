"""Files that were put aside are compressed, and removed when they are too many or too old."""

import gzip
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from monitoring.periodic_thread import PeriodicThread
from monitoring.storage.agreement import Agreement
from monitoring.storage.keeping import Agreed, ArchiveEvent, Keeping, LeftAlone, Removal, Surplus
from monitoring.storage.paths import COMPRESSED, order_of, plain_name, rotated_files
from monitoring.storage.place import log_place
from monitoring.storage.private_files import FILE_MODE, make_private, open_regular

CHUNK_BYTES = 1 << 20
# The time between two looks at the files: they grow too old without a rotation, too.
TIDY_SECONDS = 3600.0
STOP_SECONDS = 5.0
# The longest wait for another process that compresses a file, once the operator has agreed to a removal.
AGREED_SECONDS = 60.0
PARTIAL = ".part"


class Archive:
    """Keep the files beside the log `path` in order, in a thread of its own.

    A compressed file gets the time of the original, and its name only when it is whole; a compression that
    was killed is begun again. Where several processes share the log, one of them works at a time. `on_event`
    is told what was removed, that a folder is left alone, and the error where the disk refuses.
    """

    def __init__(self, path: Path, keeping: Keeping, on_event: Callable[[ArchiveEvent], None]) -> None:
        self._named = path
        self._keeping = keeping
        self._on_event = on_event
        self._has_looked = False
        self._agreement = Agreement(path)
        # How long the lock is waited for.
        self._lock_seconds = 0.0
        # What is known of a folder that holds far more files than would stay, until there are fewer.
        self.left_alone: LeftAlone | None = None
        self._thread = PeriodicThread(self._tick, TIDY_SECONDS, "log-archive", STOP_SECONDS)

    def start(self) -> None:
        """Begin to work, first on what a former process left."""
        self._thread.wake()
        self._thread.start()

    def tidy_soon(self) -> None:
        """Ask the thread to look at the files."""
        self._thread.wake()

    def agree(self, files: int, last: str) -> bool:
        """Let the oldest files of a folder that was left alone go, and keep to the default from then on.

        The operator was shown how many files these are, and the moment in the name of the newest. Return
        False, and remove none, where it is others by now; `left_alone` tells which.

        Raises:
            OSError: the agreement cannot be noted.
        """
        found = rotated_files(log_place(self._named))
        self._look(found)
        if self.left_alone is None or (files, last) != _shown(self.left_alone):
            return False
        self._agreement.note(self._keeping.files)
        self._on_event(Agreed(self.left_alone.surplus, self._keeping))
        self._lock_seconds = AGREED_SECONDS
        self.left_alone = None
        self._thread.wake()
        return True

    def stop(self) -> None:
        """End the thread, even in the middle of a file; a second call does nothing."""
        self._thread.stop()

    def tidy(self, now: float) -> None:
        """Remove files that are too many or too old, and compress the others; `now` is in s since the epoch.

        Raises:
            OSError: the disk refuses; the first of several reasons. It did not keep other files waiting.
        """
        path = log_place(self._named)
        lock_path = path.with_name(f".{path.name}.tidy.lock")
        errors: list[OSError] = []
        with suppress(Timeout), FileLock(lock_path, timeout=self._lock_seconds, mode=FILE_MODE):
            self._lock_seconds = 0.0
            make_private(lock_path)
            files = rotated_files(path)
            self._look(files)
            is_left_alone = self.left_alone is not None
            surplus = [] if is_left_alone else files[: -self._keeping.files]
            rest = files[len(surplus) :]
            old = [file for file in rest if self._keeping.is_too_old(now - _written_at(file, now))]
            self._remove(surplus, "count", path, errors)
            self._remove(old, "age", path, errors)
            for file in rest:
                if is_left_alone and self._agreement.holds_for(self._keeping.files):
                    break  # Files need not be compressed before they are removed.
                if file not in old and file.suffix != COMPRESSED and not self._thread.is_stopped:
                    with _kept_in(errors):
                        self._compress(file)
        if errors:
            raise errors[0]

    def _tick(self) -> None:
        try:
            if log_place(self._named).parent.is_dir():
                self.tidy(time.time())
        except OSError as error:
            self._on_event(error)

    def _look(self, files: list[Path]) -> None:
        """Leave a folder alone that holds far more than would stay when this process first looks at it."""
        before, found = self.left_alone, None
        if self._is_too_much(len(files)) and (before or not self._has_looked):
            found = LeftAlone(len(files), self._keeping, _surplus_of(files, self._keeping.files, self._named))
            if before is None:
                self._on_event(found)
        self.left_alone, self._has_looked = found, True

    def _is_too_much(self, files: int) -> bool:
        keeping = self._keeping
        return keeping.is_far_exceeded(files) and not self._agreement.holds_for(keeping.files)

    def _remove(
        self, files: list[Path], reason: Literal["count", "age"], log: Path, errors: list[OSError]
    ) -> None:
        """Remove files, oldest first, and tell of them."""
        moments: list[str] = []
        for file in files:
            with _kept_in(errors):
                _remove(file)
                if (order := order_of(plain_name(file), log)) is not None:
                    moments.append(order[0])
        if moments:
            self._on_event(Removal(len(moments), moments[0], moments[-1], reason, self._keeping))

    def _compress(self, file: Path) -> None:
        whole = file.with_name(file.name + COMPRESSED)
        part = whole.with_name(whole.name + PARTIAL)
        part.unlink(missing_ok=True)  # A killed process, or somebody else, left it.
        try:
            with open_regular(file) as source, open_regular(part, "x") as target:
                self._pack(source, target, part)
            if not self._thread.is_stopped:
                os.replace(part, whole)
                file.unlink()
        finally:
            part.unlink(missing_ok=True)  # A full disk needs the room.

    def _pack(self, source: FileIO, target: FileIO, path: Path) -> None:
        """Write a compressed copy with the same time into `path`, and wait until it is on the disk."""
        with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=target) as packed:
            while (data := source.read(CHUNK_BYTES)) and not self._thread.is_stopped:
                packed.write(data)
        status = os.fstat(source.fileno())
        # A path may lead elsewhere by now, but Windows knows nothing else.
        place = target.fileno() if os.utime in os.supports_fd else path
        os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
        os.fsync(target.fileno())


@contextmanager
def _kept_in(errors: list[OSError]) -> Iterator[None]:
    """Keep an error of the disk, and go on."""
    try:
        yield
    except OSError as error:
        errors.append(error)


def _surplus_of(files: list[Path], keep: int, log: Path) -> Surplus:
    """Return what is known of the files that are more than would stay."""
    surplus = files[:-keep]
    size = 0
    for file in surplus:
        with suppress(OSError):  # It was removed or compressed in this moment.
            size += file.lstat().st_size
    first, last = (_moment(file, log) for file in (surplus[0], surplus[-1]))
    return Surplus(len(surplus), size, first, last)


def _moment(file: Path, log: Path) -> str:
    order = order_of(plain_name(file), log_place(log))
    return order[0] if order else ""


def _shown(left_alone: LeftAlone) -> tuple[int, str]:
    return left_alone.surplus.files, left_alone.surplus.last


def _written_at(file: Path, now: float) -> float:
    """Return when a file was last written to, in s since the epoch; `now` where it was removed meanwhile."""
    try:
        return file.lstat().st_mtime
    except OSError:
        return now


def _remove(file: Path) -> None:
    """Remove a file with what stands of it; a folder in the place of a half is somebody else's."""
    whole = file.with_name(plain_name(file) + COMPRESSED)
    for name in (file, whole, whole.with_name(whole.name + PARTIAL)):
        if name == file or not name.is_dir():
            name.unlink(missing_ok=True)
