"""The sources that a page can show: the live log, files that were put aside, and uploaded files."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from monitoring.config import MonitoringConfig
from monitoring.periodic_thread import PeriodicThread
from monitoring.reading.file_loader import FileLoader
from monitoring.reading.live_log import LiveLog
from monitoring.reading.loaded_file import FILE_LIMITS, UPLOAD_LIMITS, LoadedFile, ReadLimits
from monitoring.reading.log_reader import LogContents, View
from monitoring.reading.rotated_names import RotatedNames
from monitoring.reading.upload_folder import UploadFolder
from monitoring.reading.whole_file import FileReading
from monitoring.record.mapping import parse_mapping

LIVE = "live"
FILE = "file:"
UPLOAD = "upload:"
# Rotated files that are offered at once: there may be thousands.
MAX_LISTED = 12
# Rotated files in memory, of about 70 MiB each.
MAX_FILES = 3
# A rotated file that was looked at so recently is not given up for another one; an open page looks every 10 s
# at least.
LOOKED_AT_SECONDS = 20.0
# Uploads in memory, of one owner and of all together.
MAX_OWN_UPLOADS = 3
MAX_UPLOADS = 6
# Whatever nobody has looked at for so long is given up.
UNUSED_SECONDS = 3600.0
# The time between two looks for what is unused.
CLEAN_SECONDS = 60.0
# The largest upload, in bytes.
MAX_UPLOAD_BYTES = 200 << 20


class UnknownSourceError(LookupError):
    """There is no such source, or not any more."""


class UploadsFullError(Exception):
    """Others have uploaded as much as is kept."""


@dataclass(slots=True)
class _Kept:
    """A file in memory, as it is read with one mapping."""

    name: str
    file: LoadedFile
    owner: str | None  # of an upload; None for a rotated file
    used: float  # s of the timer


# A source, and the text of its mapping.
_Key = tuple[str, str]


class Sources:
    """Find what a source's name stands for; load files in the background, in turns.

    `timer` tells the time in s of a monotonic clock.
    """

    def __init__(
        self,
        live: LiveLog,
        config: MonitoringConfig,
        new_file: Callable[[Path, int, Mapping[str, str], ReadLimits, str], LoadedFile] | None = None,
        timer: Callable[[], float] = time.monotonic,
        upload_limits: ReadLimits = UPLOAD_LIMITS,
    ) -> None:
        self._live = live
        self._config = config
        new_reading = partial(FileReading, zone=config.log_timezone)
        self._new_file = new_file or partial(LoadedFile, new_reading=new_reading)
        self._timer = timer
        self._upload_limits = upload_limits
        self._kept: dict[_Key, _Kept] = {}
        # The owners of uploads that are on their way.
        self._coming: dict[Path, str] = {}
        self._rotated = RotatedNames(config.log_path, timer)
        self._lock = threading.Lock()
        self._loader = FileLoader()
        self._folder = UploadFolder()
        self._cleaner: PeriodicThread | None = None
        # What is shown of a file that has no place in memory yet.
        self._nothing_yet = LogContents(1).view(loading=True, progress=0.0)

    def names(self, near: float | None = None) -> list[str]:
        """List the live log and a few rotated files, the newest first.

        They are those around the moment `near`, in s since the epoch, else the newest ones.
        """
        files = self._rotated
        names = files.newest(MAX_LISTED) if near is None else files.around(near, MAX_LISTED)
        return [LIVE, *(FILE + name for name in names)]

    def view(self, name: str, mapping: str = "") -> View:
        """Return what is known of a source now; a file's first view is empty, and it begins to load.

        While other files that are looked at take all places, it stays like that. `mapping` has the file's
        names for our fields, as `--map` takes them; "" takes those of the settings.

        Raises:
            UnknownSourceError: there is no such source (any more).
            ValueError: the mapping is wrong; the text says why.
        """
        if name == LIVE:
            return self._live.view()
        key = (name, mapping)
        with self._lock:
            if (kept := self._kept.get(key)) is not None:
                kept.used = self._timer()
                return kept.file.view
            if (other := self._any_of(name)) is not None and other.owner is not None:
                self._drop_other_mappings(name)
                file = other.file
                return self._keep(key, file.path, other.owner, self._upload_limits, file.title)
        path = self._rotated.path_of(name.removeprefix(FILE)) if name.startswith(FILE) else None
        if path is None:
            raise UnknownSourceError(name)
        with self._lock:
            if key not in self._kept and not self._make_room():
                return self._nothing_yet
            return self._keep(key, path, None, FILE_LIMITS)

    def new_upload(self, owner: str) -> Path:
        """Return the path for a file that somebody sends; `take_upload` or `give_up_upload` comes next.

        Raises:
            UploadsFullError: others have uploaded all that is kept.
            OSError: there is no place on the disk.
        """
        path = self._folder.new_path()
        with self._lock:
            if len(self._uploads()) + len(self._coming) >= MAX_UPLOADS and not self._uploads(owner):
                raise UploadsFullError
            self._coming[path] = owner
        return path

    def take_upload(self, path: Path, title: str = "") -> str:
        """Load an uploaded file; return the name of its source, which is a secret of whoever sent it.

        `title` is the name that the file had there. Where its owner has too many, the one that was not looked
        at for longest goes.
        """
        name = UPLOAD + path.name
        with self._lock:
            owner = self._coming.pop(path)
            own = self._uploads(owner)
            is_full = len(self._uploads()) + len(self._coming) >= MAX_UPLOADS
            if len(own) >= MAX_OWN_UPLOADS or (own and is_full):
                self._drop_source(own[0])
            self._keep((name, ""), path, owner, self._upload_limits, title)
        return name

    def give_up_upload(self, path: Path) -> None:
        """Remove what has come of a file."""
        with self._lock:
            self._coming.pop(path, None)
        _remove(path)

    def drop_uploads(self, owner: str) -> None:
        """Remove everything that somebody has uploaded."""
        with self._lock:
            for name in self._uploads(owner):
                self._drop_source(name)

    def drop_unused(self) -> None:
        """Give up the files that nobody has looked at for an hour."""
        with self._lock:
            now = self._timer()
            for key in [key for key, kept in self._kept.items() if now - kept.used >= UNUSED_SECONDS]:
                self._drop(key)

    def close(self) -> None:
        """Give up what is loading, and remove the uploads."""
        with self._lock:
            for key in list(self._kept):
                self._drop(key)
            cleaner, self._cleaner = self._cleaner, None
        if cleaner is not None:
            cleaner.stop()
        self._loader.close()
        self._folder.close()

    def _uploads(self, owner: str | None = None) -> list[str]:
        """Return the names of somebody's uploads, or of all, those not looked at for longest first."""
        uploads = [kept for kept in self._kept.values() if kept.owner is not None]
        wanted = [kept for kept in uploads if owner in (None, kept.owner)]
        return list(dict.fromkeys(kept.name for kept in sorted(wanted, key=lambda kept: kept.used)))

    def _any_of(self, name: str) -> _Kept | None:
        return next((kept for kept in self._kept.values() if kept.name == name), None)

    def _drop_other_mappings(self, name: str) -> None:
        """Keep of an upload no more than the first reading and the last mapping: it is large."""
        for key in [key for key in self._kept if key[0] == name and key[1]][:-1]:
            self._drop(key)

    def _make_room(self) -> bool:
        """Give up a rotated file where there is no room for another one; return whether there is room now."""
        files = [key for key, kept in self._kept.items() if kept.owner is None]
        if len(files) < MAX_FILES:
            return True
        oldest = min(files, key=lambda key: self._kept[key].used)
        if self._timer() - self._kept[oldest].used < LOOKED_AT_SECONDS:
            return False
        self._drop(oldest)
        return True

    def _keep(self, key: _Key, path: Path, owner: str | None, limits: ReadLimits, title: str = "") -> View:
        """Begin to load a file, unless somebody else was faster; return what is known of it.

        Raises:
            ValueError: the mapping is wrong.
        """
        if key not in self._kept:
            name, mapping = key
            names = parse_mapping([mapping]) if mapping else self._config.log_map
            file = self._new_file(path, self._config.window_records, names, limits, title)
            self._kept[key] = _Kept(name, file, owner, self._timer())
            self._loader.add(file)
            if self._cleaner is None:
                self._cleaner = PeriodicThread(self.drop_unused, CLEAN_SECONDS, "source-cleaner")
                self._cleaner.start()
        return self._kept[key].file.view

    def _drop_source(self, name: str) -> None:
        for key in [key for key in self._kept if key[0] == name]:
            self._drop(key)

    def _drop(self, key: _Key) -> None:
        """Forget a file at once, even while it loads; of an upload nothing stays on the disk."""
        kept = self._kept.pop(key)
        self._loader.remove(kept.file)
        if kept.owner is not None and self._any_of(kept.name) is None:
            _remove(kept.file.path)


def _remove(path: Path) -> None:
    """Remove an upload from the disk; one that cannot be removed now goes with the folder."""
    with suppress(OSError):
        path.unlink()
