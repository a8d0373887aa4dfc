"""A file beside the log notes that the operator agreed to what the default keeps."""

from contextlib import suppress
from pathlib import Path

from monitoring.storage.place import log_place
from monitoring.storage.private_files import open_regular

MAX_BYTES = 32


class Agreement:
    """How many files may stay of a folder that was left alone, as somebody agreed to, now and later.

    It holds for all processes with the log `path`, also after a restart, and for this number alone.
    """

    def __init__(self, path: Path) -> None:
        self._named = path

    @property
    def path(self) -> Path:
        """The file that notes it."""
        place = log_place(self._named)
        return place.with_name(f".{place.name}.keep")

    def holds_for(self, files: int) -> bool:
        """Tell whether somebody agreed that so many files stay."""
        with suppress(OSError), open_regular(self.path) as file:
            return file.read(MAX_BYTES) == _text(files)
        return False

    def note(self, files: int) -> None:
        """Note that so many files stay from now on.

        Raises:
            OSError: it cannot be written.
        """
        with open_regular(self.path, "w") as file:
            file.write(_text(files))


def _text(files: int) -> bytes:
    return f"{files}\n".encode()
