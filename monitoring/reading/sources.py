"""The sources that a page can show: the live log, files that were put aside, and uploaded files."""

import secrets
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from monitoring.config import MonitoringConfig
from monitoring.reading.live_log import LiveLog
from monitoring.reading.log_reader import View
from monitoring.reading.whole_file import FileReading
from monitoring.storage.paths import COMPRESSED, rotated_files

LIVE = "live"
FILE = "file:"
UPLOAD = "upload:"
# The most files in memory, of about 70 MiB each; the one that nobody looked at for longest goes first.
MAX_LOADED = 3
# The largest upload, in bytes.
MAX_UPLOAD_BYTES = 200 << 20
# The longest text of a file, uncompressed, in bytes.
MAX_TEXT_BYTES = 4 << 30
# The time between two views of a file that is loading.
SHOW_SECONDS = 0.25
# A pause after each part of a file, so that loading hardly slows the model.
PAUSE_SECONDS = 0.002


class UnknownSourceError(LookupError):
    """There is no such source, or not any more."""


class LoadedFile:
    """One file in memory, or on its way there."""

    def __init__(
        self,
        path: Path,
        capacity: int,
        mapping: Mapping[str, str] = {},
        max_text_bytes: int = MAX_TEXT_BYTES,
        show_seconds: float = SHOW_SECONDS,
        new_reading: Callable[[Path, int, int, Mapping[str, str]], FileReading] = FileReading,
    ) -> None:
        self.path = path
        self._capacity = capacity
        self._mapping = mapping
        self._max_text_bytes = max_text_bytes
        self._show_seconds = show_seconds
        self._new_reading = new_reading
        self._stopped = threading.Event()
        self.view = self._begin(path).view()

    def load(self) -> None:
        """Read the file; `view` shows how far it is, and what is wrong with it."""
        reading = self._begin(self._current_path())
        shown = 0.0
        try:
            for _ in reading.load():
                if self._stopped.wait(PAUSE_SECONDS):
                    return
                if time.monotonic() - shown > self._show_seconds:
                    self._show(reading.view())
                    shown = time.monotonic()
            self._show(reading.view())
        except Exception as error:  # The thread's edge: whoever looks at the file sees the error.
            # `strerror` has no path, which visitors of the page need not know.
            reason = getattr(error, "strerror", None) or error
            self._show(replace(reading.view(), loading=False, error=f"{type(error).__name__}: {reason}"))

    def stop(self) -> None:
        """Give up the loading."""
        self._stopped.set()

    def _begin(self, path: Path) -> FileReading:
        return self._new_reading(path, self._capacity, self._max_text_bytes, self._mapping)

    def _current_path(self) -> Path:
        """Return where the file stands now: while it waited for its turn, it may have been compressed."""
        return self.path if self.path.exists() else self.path.with_name(self.path.name + COMPRESSED)

    def _show(self, view: View) -> None:
        self.view = replace(view, version=self.view.version + 1)


class Sources:
    """Find what a source's name stands for; load files in the background, one at a time."""

    def __init__(
        self,
        live: LiveLog,
        config: MonitoringConfig,
        new_file: Callable[[Path, int, Mapping[str, str]], LoadedFile] = LoadedFile,
    ) -> None:
        self._live = live
        self._config = config
        self._new_file = new_file
        self._loaded: OrderedDict[str, LoadedFile] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()  # one file loads at a time
        self._folder: Path | None = None  # holds the uploads

    def names(self) -> list[str]:
        """List the sources that anybody may look at, the newest first."""
        rotated = reversed(rotated_files(self._config.log_path))
        return [LIVE, *(FILE + path.name.removesuffix(COMPRESSED) for path in rotated)]

    def view(self, name: str) -> View:
        """Return what is known of a source now; a file's first view is empty, and it begins to load.

        Raises:
            UnknownSourceError: there is no such source (any more).
        """
        if name == LIVE:
            return self._live.view()
        with self._lock:
            if name in self._loaded:
                self._loaded.move_to_end(name)
                return self._loaded[name].view
        return self._load(name, self._rotated(name)).view

    def new_upload(self) -> Path:
        """Return the path for a file that somebody sends; `take_upload` comes next."""
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="qwen-uploads-"))
        return self._folder / secrets.token_hex(16)

    def take_upload(self, path: Path) -> str:
        """Load an uploaded file; return the name of its source, which is a secret of whoever sent it."""
        name = UPLOAD + path.name
        self._load(name, path)
        return name

    def close(self) -> None:
        """Give up what is loading, and remove the uploads."""
        with self._lock:
            for file in self._loaded.values():
                file.stop()
            self._loaded.clear()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    def _rotated(self, name: str) -> Path:
        for path in rotated_files(self._config.log_path):
            if name == FILE + path.name.removesuffix(COMPRESSED):
                return path
        raise UnknownSourceError(name)

    def _load(self, name: str, path: Path) -> LoadedFile:
        file = self._new_file(path, self._config.window_records, self._config.log_map)
        with self._lock:
            if name in self._loaded:  # Somebody else was faster.
                return self._loaded[name]
            self._loaded[name] = file
            while len(self._loaded) > MAX_LOADED:
                self._loaded.popitem(last=False)[1].stop()
        threading.Thread(target=self._run, args=(name, file), name="file-loader", daemon=True).start()
        return file

    def _run(self, name: str, file: LoadedFile) -> None:
        with self._loading:
            file.load()
        if name.startswith(UPLOAD):
            with suppress(FileNotFoundError):
                file.path.unlink()  # Everything that is shown of it is in the window.
