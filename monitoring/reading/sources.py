"""What can be looked at: the live log, a file that was put aside, a file that somebody uploads."""

import secrets
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
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
MOST_LOADED = 3  # files in memory, of about 70 MiB each; who was not looked at for longest goes first
MAX_UPLOAD_BYTES = 200 << 20
MAX_TEXT_BYTES = 4 << 30  # of a file, uncompressed
SHOW_SECONDS = 0.25
BREATH_SECONDS = 0.002  # after each part, so that the model is hardly slowed


class UnknownSourceError(LookupError):
    """There is no such source, or not any more."""


class LoadedFile:
    """One file in memory, or on its way there."""

    def __init__(self, path: Path, capacity: int) -> None:
        self.path = path
        self._capacity = capacity
        self._stopped = threading.Event()
        self.view = FileReading(path, capacity, MAX_TEXT_BYTES).view()

    def load(self) -> None:
        """Read the file; `view` shows how far it is, and what is wrong with it."""
        reading = FileReading(self._place(), self._capacity, MAX_TEXT_BYTES)
        shown = 0.0
        try:
            for _ in reading.load():
                if self._stopped.wait(BREATH_SECONDS):
                    return
                if time.monotonic() - shown > SHOW_SECONDS:
                    self._show(reading.view())
                    shown = time.monotonic()
            self._show(reading.view())
        except Exception as error:  # the thread's edge: told where the file is looked at
            reason = getattr(error, "strerror", None) or error  # without the path
            self._show(replace(reading.view(), loading=False, error=f"{type(error).__name__}: {reason}"))

    def stop(self) -> None:
        """Give up the loading."""
        self._stopped.set()

    def _place(self) -> Path:
        """Return where the file stands now: while it waited for its turn, it may have been compressed."""
        return self.path if self.path.exists() else self.path.with_name(self.path.name + COMPRESSED)

    def _show(self, view: View) -> None:
        self.view = replace(view, version=self.view.version + 1)


class Sources:
    """Find what a source's name stands for; load files in the background, one at a time."""

    def __init__(self, live: LiveLog, config: MonitoringConfig) -> None:
        self._live = live
        self._config = config
        self._loaded: OrderedDict[str, LoadedFile] = OrderedDict()
        self._lock = threading.Lock()
        self._turn = threading.Lock()  # of loading
        self._folder: Path | None = None  # of uploads

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
        """Return where to write a file that somebody sends; `take_upload` comes next."""
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="qwen-uploads-"))
        return self._folder / secrets.token_hex(16)

    def take_upload(self, path: Path) -> str:
        """Load an uploaded file; return the name of the source, which only who knows it can look at."""
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
        file = LoadedFile(path, self._config.window_records)
        with self._lock:
            if name in self._loaded:  # somebody else was faster
                return self._loaded[name]
            self._loaded[name] = file
            while len(self._loaded) > MOST_LOADED:
                self._loaded.popitem(last=False)[1].stop()
        threading.Thread(target=self._run, args=(name, file), name="file-loader", daemon=True).start()
        return file

    def _run(self, name: str, file: LoadedFile) -> None:
        with self._turn:
            file.load()
        if name.startswith(UPLOAD):
            with suppress(FileNotFoundError):
                file.path.unlink()  # the window holds what is shown of it
