"""A sign of life of the process that evaluates the rules: a stopped one still holds its lock."""

import os
import secrets
from pathlib import Path
from typing import NamedTuple

from monitoring.storage.private_files import open_regular

NAME_BYTES = 6


class Beat(NamedTuple):
    """Who wrote the newest sign of life, and when."""

    name: bytes
    written_ns: int  # as the file system tells the time


class Heartbeat:
    """A file with the name of the process whose turn it is, which it writes again and again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = secrets.token_hex(NAME_BYTES).encode()

    def read(self) -> Beat | None:
        """Return the newest sign of life; None where there is none that can be read."""
        try:
            with open_regular(self._path) as file:
                name = file.read(2 * NAME_BYTES)
                return Beat(name, os.fstat(file.fileno()).st_mtime_ns) if name else None
        except OSError:
            return None

    def is_of_another(self) -> bool:
        """Tell whether another process has written since this one did."""
        beat = self.read()
        return beat is not None and beat.name != self._name

    def write(self) -> bool:
        """Give a sign of life; tell whether it was written."""
        try:
            try:
                # In its place: a full disk has no room for another one.
                file = open_regular(self._path, "r+")
            except FileNotFoundError:
                file = open_regular(self._path, "x")
            with file:
                return file.write(self._name) == len(self._name)
        except OSError:
            return False
