"""How tests start programs of their own that log."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.monitoring.helpers import ROOT

LOG_PROGRAM = ROOT / "tests" / "monitoring" / "writing" / "log_program.py"
DISK_PROGRAM = ROOT / "tests" / "monitoring" / "writing" / "disk_program.py"
# A program that runs longer hangs.
SECONDS = 60


def start(arguments: Sequence[object], log_dir: Path, **settings: object) -> "subprocess.Popen[str]":
    """Start Python with these arguments and settings; its output is kept."""
    own = {"LOG_DIR": log_dir, "SAMPLE_SECONDS": 3600, "PYTHONPATH": ROOT, **settings}
    return subprocess.Popen(
        list(map(str, arguments)),
        env={**os.environ, **{name: str(value) for name, value in own.items()}},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


@contextmanager
def running(
    name: str, *arguments: object, log_dir: Path, **settings: object
) -> Iterator["subprocess.Popen[str]"]:
    """Run a program of `log_program.py` inside the block; it is killed at the latest at its end."""
    process = start([sys.executable, LOG_PROGRAM, name, *arguments], log_dir, **settings)
    with process:
        try:
            yield process
        finally:
            process.kill()


def run(name: str, *arguments: object, log_dir: Path, **settings: object) -> tuple[int, str, str]:
    """Run a program of `log_program.py` to its end; return its exit status, output and errors."""
    with running(name, *arguments, log_dir=log_dir, **settings) as process:
        output, errors = process.communicate(timeout=SECONDS)
        return process.returncode, output, errors


def told(process: "subprocess.Popen[str]") -> str:
    """Wait for the next line that a program prints."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")
