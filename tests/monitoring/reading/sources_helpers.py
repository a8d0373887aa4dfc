"""What the tests of the sources share: files that are sent, held and looked at."""

import threading
from collections.abc import Iterator
from pathlib import Path

from monitoring.reading.loaded_file import LoadedFile
from monitoring.reading.log_reader import View
from monitoring.reading.sources import (
    Sources,
    UnknownSourceError,
)
from tests.monitoring.helpers import a_record, lines_of, wait_until

ME, OTHER = "me", "another"


OLD, NEWER = "qwen-2023-11-13T22-13-20.000Z.log", "qwen-2023-11-14T22-13-20.000Z.log"


def loaded(sources: Sources, name: str) -> View:
    """Return the view of a source once it is there."""
    wait_until(lambda: not sources.view(name).loading)
    return sources.view(name)


def upload(sources: Sources, data: bytes, owner: str = ME) -> tuple[Path, str]:
    """Send a file; return where it stood, and the name of the source."""
    path = sources.new_upload(owner)
    path.write_bytes(data)
    return path, sources.take_upload(path)


def uploads_of(sources: Sources, owner: str, count: int) -> list[str]:
    """Send so many files; return the names of the sources."""
    return [upload(sources, lines_of(a_record(second)), owner)[1] for second in range(count)]


def is_there(sources: Sources, name: str) -> bool:
    """Tell whether an upload can still be looked at."""
    try:
        sources.view(name)
    except UnknownSourceError:
        return False
    return True


class Timer:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class HeldFile(LoadedFile):
    """A file that loads when it may, and counts how many files load at once."""

    go_on = threading.Event()
    running = 0
    most = 0

    def load(self) -> Iterator[None]:
        """Count, wait, load."""
        HeldFile.running += 1
        HeldFile.most = max(HeldFile.most, HeldFile.running)
        self.go_on.wait(20)
        yield from super().load()
        HeldFile.running -= 1
