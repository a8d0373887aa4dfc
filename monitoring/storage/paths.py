"""Find the files of a log, and open them."""

import gzip
import os
import re
from contextlib import suppress
from io import FileIO
from pathlib import Path

from monitoring.storage.place import log_place
from monitoring.storage.private_files import open_regular

COMPRESSED = ".gz"
# The moment at which a file was put aside (UTC).
MOMENT_FORMAT = "%Y-%m-%dT%H-%M-%S.%f"
# A number follows where the moment was taken; the first version of this project wrote ".1" and so on.
_ROTATED = re.compile(
    r"(?P<moment>\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])-[0-5]\d-[0-5]\d\.\d{3})Z"
    r"((_(?=\d{4})|\.)(?P<number>\d{1,9}))?",
    re.ASCII,
)


class CompressedFile(gzip.GzipFile):
    """The text of a compressed file, which is closed with it."""

    def __init__(self, file: FileIO) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._file = file

    def close(self) -> None:
        """Close both."""
        super().close()
        self._file.close()


def rotated_files(path: Path) -> list[Path]:
    """List the files that were put aside for the log `path`, oldest first, each once.

    They are named `<stem>-<moment>Z<suffix>`, exactly as rotation names them, and `.gz` follows where they
    are compressed: whatever else stands beside the log is somebody else's. Where a file stands beside its
    compressed copy, as it does for a moment, the plain file is listed. Links are none of them, nor is
    whatever else is no regular file.
    """
    place = log_place(path)
    names: set[str] = set()
    # A folder that is not there, or must not be read, is an empty one.
    with (
        suppress(FileNotFoundError, NotADirectoryError, PermissionError),
        os.scandir(place.parent) as entries,
    ):
        names = {entry.name for entry in entries if entry.is_file(follow_symlinks=False)}
    # A name that is compressed comes before the plain one, which then replaces it.
    files = {
        order: name
        for name in sorted(names, key=lambda name: not name.endswith(COMPRESSED))
        if (order := order_of(name.removesuffix(COMPRESSED), place)) is not None
    }
    return [place.with_name(files[order]) for order in sorted(files)]


def rotated_name(path: Path, moment: str, number: int) -> Path:
    """Return the place of the file that is put aside for the log `path` as the `number`th of a moment."""
    ending = f"_{number:04}" if number else ""
    return path.with_name(f"{path.stem}-{moment}Z{ending}{path.suffix}")


def plain_name(path: Path) -> str:
    """Return the name that a rotated file had before it was compressed."""
    return path.name.removesuffix(COMPRESSED)


def order_of(name: str, path: Path) -> tuple[str, int] | None:
    """Return the moment and the number in the name of a file that was put aside for the log `path`.

    They sort in the order of time. None is returned where it is no such name.
    """
    if not (name.startswith(f"{path.stem}-") and name.endswith(path.suffix)):
        return None
    found = _ROTATED.fullmatch(name[len(path.stem) + 1 : len(name) - len(path.suffix)])
    return None if found is None else (found["moment"], int(found["number"] or 0))


def readable_moment(moment: str) -> str:
    """Return the moment of a file's name as it stands in records."""
    return re.sub(r"T(\d\d)-(\d\d)-", r"T\1:\2:", moment) + "Z"


def open_log_file(path: Path) -> FileIO | CompressedFile:
    """Open one file of a log, which must be a regular one, for reading its text, compressed or not.

    Raises:
        OSError: it cannot be opened; `FileNotFoundError` where it was removed or compressed meanwhile.
    """
    file = open_regular(path)
    return CompressedFile(file) if path.suffix == COMPRESSED else file
