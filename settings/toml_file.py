"""A TOML file that somebody wrote: read, and refused with the line and the key of each mistake."""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Keys = tuple[str, ...]
P = TypeVar("P")

# The most mistakes that are told at once, and the most characters of a key or a value in them.
MAX_PROBLEMS = 20
MAX_CHARS = 100
MAX_BYTES = 1 << 20  # of a file


class TomlFileError(ValueError):
    """A file is refused; the text names file, line, key and what is allowed."""


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A file that is TOML; whether its tables mean anything is for its reader to say."""

    path: Path
    text: str
    tables: dict[str, Any]

    def place(self, keys: Keys) -> str:
        """Return where keys stand: their line, and their dotted name."""
        return f"line {_line(self.text, keys)}: {shortened('.'.join(keys))}"

    def refusal(self, problems: Sequence[P], explain: Callable[[P], str]) -> TomlFileError:
        """Return the error that explains the first problems, each on its line, and counts the others."""
        told = [explain(problem) for problem in problems[:MAX_PROBLEMS]]
        if more := len(problems) - len(told):
            told.append(f"and {more} more mistakes")
        return TomlFileError("\n".join(f"{self.path}, {line}" for line in told))


def read_toml(path: Path) -> TomlFile:
    """Read a file.

    Raises:
        TomlFileError: It cannot be read, or it is not TOML.
    """
    text = _text_of(path)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = "" if text.isascii() else "; a name with other characters than A-Z a-z 0-9 _ - needs quotes"
        raise TomlFileError(f"{path} is no TOML: {error}{hint}") from error
    except RecursionError as error:
        raise TomlFileError(f"{path} cannot be used: its values are nested too deeply") from error
    except ValueError as error:  # Python reads no number of thousands of digits
        raise TomlFileError(f"{path} cannot be used: {error}") from error
    return TomlFile(path, text, tables)


def _text_of(path: Path) -> str:
    try:
        if path.is_fifo():  # it might never end
            raise TomlFileError(f"{path} cannot be read: it is a pipe, and no file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise TomlFileError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise TomlFileError(f"{path} cannot be used: it has more than {MAX_BYTES >> 20} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TomlFileError(f"{path} is no TOML: {error}") from error


def shortened(text: str) -> str:
    """Return a text that fits into a line of the log and of the terminal."""
    shown = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text[:MAX_CHARS])
    return shown if len(text) <= MAX_CHARS else f"{shown}…"


def _line(text: str, keys: Keys) -> int:
    """Return the number of the line that sets a key, or else of the line that leads to it most closely."""
    section: Keys = ()
    nearest, depth = 1, 0
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"\s*\[{1,2}([^\[\]#]+)\]", line):
            section = path = _names(heading[1])
        elif assigned := re.match(r"""([\w\s."'-]+)=""", line):
            path = section + _names(assigned[1])
        else:
            continue
        if path[: len(keys)] == keys:
            return number
        # An inline table, as in `odd = {score = 0}`, holds further keys.
        if path == keys[: len(path)] and len(path) >= depth:
            nearest, depth = number, len(path)
    return nearest


def _names(dotted: str) -> Keys:
    return tuple(name.strip().strip("\"'") for name in dotted.split("."))
