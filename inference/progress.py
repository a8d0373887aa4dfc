"""What a long piece of loading has done so far, and how it is reported."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    """Sum the sizes of all files below `folder`, in bytes; a vanishing file counts as 0."""
    total = 0
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


@contextmanager
def watching_download(folder: Path, subject: str, total: int, report: Report) -> Iterator[None]:
    """Report how many bytes stand in `folder` while the block runs, whoever writes them."""
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
