"""Report the progress of loading a model."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Stage = Literal[
    "checking",
    "waiting",
    "damaged",
    "downloading",
    "verifying",
    "converting",
    "loading",
    "ready",
    "failed",
]

POLL_SECONDS = 0.25  # between two reports of a download


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of loading at one moment."""

    stage: Stage
    subject: str = ""  # the model, source or file that is being handled
    done: int = 0  # bytes
    total: int = 0  # bytes; 0 if unknown


Report = Callable[[Progress], None]


def folder_bytes(folder: Path) -> int:
    """Return the size of all files below `folder`, in bytes; a file that vanishes meanwhile counts as 0."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += os.stat(os.path.join(parent, name)).st_size
    return total


@contextmanager
def watching_download(
    folder: Path, subject: str, total: int, report: Report, poll_seconds: float = POLL_SECONDS
) -> Iterator[None]:
    """Report the size of `folder` while the block runs; another process may be the one that writes."""
    finished = threading.Event()

    def poll() -> None:
        while not finished.wait(poll_seconds):
            report(Progress("downloading", subject, min(folder_bytes(folder), total), total))

    report(Progress("downloading", subject, min(folder_bytes(folder), total), total))
    thread = threading.Thread(target=poll, name="download-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()
