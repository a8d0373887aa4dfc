"""Write the shell commands that a reader copies from the page into a terminal.

A command is one line for POSIX shells (sh, bash, zsh). Whatever it was made from, it holds no character that
a terminal or a shell acts on: a line break would end the command, a control character may be a key such as
Ctrl-C or the end of a bracketed paste, and `!` brings back an old command in an interactive bash.
"""

import shlex
from itertools import groupby

# What follows the stem in the name of a file that was put aside, as a pattern of the shell.
ROTATED = "-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]-[0-9][0-9]-[0-9][0-9].[0-9][0-9][0-9]Z*.log"


def is_inert(character: str) -> bool:
    """Tell whether a character may stand in quotes of any kind: it is visible, and no shell acts on it."""
    return _is_visible(character) and character not in "'`$"


def read_all(folder: str, stem: str) -> str:
    """Return the shell command that writes the lines of all files of a log."""
    stem = "".join(letter if _is_visible(letter) else "?" for letter in stem)
    log, rotated, compressed = (shlex.quote(f"{stem}{end}") for end in (".log", ROTATED, f"{ROTATED}.gz"))
    # awk adds the newline that a torn last line lacks.
    plain = rf"\( -name {log} -o -name {rotated} \) -exec awk 1 {{}} +"
    return f"find {_word(folder)} {plain} -o -name {compressed} -exec gzip -dc {{}} +"


def read_one(file: str) -> str:
    """Return the shell command that writes the lines of one file, plain or compressed."""
    return f"gzip -dcf {_word(file)}"


def read_as_records(log: str = "", mapping: str = "", end: str = "") -> str:
    """Return the shell command that writes a log, or the one that `log` names, as records of ours.

    `mapping` is as for `ask_with_sql`; `end` is a pattern of the shell for the end of the log's name.
    """
    named = f" --log {_word(log)}{end}" if log else ""
    mapped = f" --map {_word(mapping)}" if mapping else ""
    return f"python -m monitoring records{named}{mapped}"


def ask_with_sql(select: str, log: str = "", mapping: str = "") -> str:
    """Return the shell command that asks all files of the log with SQL, or the log that `log` names.

    `mapping` has another program's names for our fields, as `--map` takes them.
    """
    options = (("--log", log), ("--map", mapping))
    given = "".join(f" {name} {_word(value)}" for name, value in options if value)
    return f"python -m monitoring query{given} {shlex.quote(select)}"


def _word(name: str) -> str:
    """Return a file's name as one word; the shell's pattern `?` finds what must not stand in a command."""
    return "".join(
        shlex.quote("".join(run)) if is_visible else "?" * len(list(run))
        for is_visible, run in groupby(name, _is_visible)
    )


def _is_visible(character: str) -> bool:
    return character.isprintable() and character != "!"
