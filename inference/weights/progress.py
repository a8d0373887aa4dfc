"""What a long piece of loading has done so far, and how it is reported."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Stage = Literal["checking", "waiting", "downloading", "verifying", "converting", "loading", "ready", "failed"]

POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Progress:
    """One moment of the way from a model's name to an answering engine."""

    stage: Stage
    subject: str = ""  # what is being worked on: a model, a source
    done: int = 0  # bytes
    total: int = 0  # bytes; 0 where unknown


Report = Callable[[Progress], None]


def folder_bytes(folder: Path) -> int:
    """Sum the sizes of all files below `folder`, in bytes; what vanishes meanwhile counts as 0."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += os.stat(os.path.join(parent, name)).st_size
    return total


@contextmanager
def watching_download(folder: Path, subject: str, total: int, report: Report) -> Iterator[None]:
    """Report the number of bytes in `folder` while the block runs, whichever process writes them."""
    finished = threading.Event()

    def poll() -> None:
        while not finished.wait(POLL_SECONDS):
            report(Progress("downloading", subject, min(folder_bytes(folder), total), total))

    report(Progress("downloading", subject, min(folder_bytes(folder), total), total))
    thread = threading.Thread(target=poll, name="download-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()
