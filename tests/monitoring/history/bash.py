"""An interactive bash on a terminal, to which text is pasted as if it was typed."""

import os
import pty
import subprocess
from collections.abc import Iterable
from pathlib import Path

_PROMPT = "ready> "


def paste_into_bash(lines: Iterable[str], folder: Path) -> None:
    """Paste one line after the other, each followed by the Enter key, when bash waits for input.

    The terminal announces no bracketed paste, so that bash obeys every control character.
    """
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PS1": _PROMPT, "PS2": _PROMPT, "TERM": "dumb", "HISTFILE": ""}
    # `setsid --ctty` makes it the controlling terminal, whose keys Ctrl-C and Ctrl-Z are signals.
    command = ["setsid", "--ctty", "bash", "--norc", "--noprofile", "-i"]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    ) as shell:
        os.close(theirs)
        _wait_for_prompt(ours)
        for line in lines:
            os.write(ours, line.encode() + b"\n")
            _wait_for_prompt(ours)
        os.write(ours, b"exit\n")
        shell.kill()
    os.close(ours)


def _wait_for_prompt(terminal: int) -> None:
    seen = b""
    while not seen.endswith(_PROMPT.encode()):
        seen += os.read(terminal, 1 << 16)
