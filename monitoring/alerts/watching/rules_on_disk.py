"""The file of rules that is read again when it has changed."""

from pathlib import Path

from monitoring.alerts.rules import Rules
from monitoring.alerts.rules_file import load_rules
from settings.toml_file import TomlFileError

# A changed file is read when this many looks have found it the same: somebody may be writing to it.
SETTLED_LOOKS = 2
# A wrong one is told when this many looks have: it may be the first half of what is being written.
WRONG_LOOKS = 12

# What changes when a file does: its time in ns, its size in bytes, its inode. None where there is no file.
State = tuple[int, int, int] | None


class RulesOnDisk:
    """Reads a file of rules when it has changed; the caller looks at it again and again."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._state = _state(path)
        # Looks that found the file as it is since it changed; None where all was done.
        self._looks: int | None = None

    def look(self) -> Rules | None:
        """Return the rules where they have changed, as soon as the file is whole.

        Raises:
            TomlFileError: The file stays wrong; it is raised once for each change.
        """
        state = _state(self._path)
        if state != self._state:
            self._state, self._looks = state, 0
        if self._looks is None:
            return None
        self._looks += 1
        if self._looks < SETTLED_LOOKS:
            return None
        return self._read()

    def _read(self) -> Rules | None:
        assert self._looks is not None
        try:
            rules = load_rules(self._path)
        except TomlFileError:
            if self._looks < WRONG_LOOKS:
                return None
            self._looks = None
            raise
        self._looks = None
        return rules


def _state(path: Path | None) -> State:
    try:
        status = path.stat() if path else None
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino) if status else None
