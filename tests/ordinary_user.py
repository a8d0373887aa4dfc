"""Programs that the permissions of files bind, also where the tests run as root."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Root without these capabilities meets the same "Permission denied" as everybody else.
PREFIX = [] if os.geteuid() else ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def run_as_ordinary_user(
    program: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run Python code whom permissions bind; return its status and what it printed."""
    return subprocess.run(
        [*PREFIX, sys.executable, "-c", program, *arguments],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def read_only(folder: Path, *, writable: bool = False) -> None:
    """Take the right to write from a folder and all that is in it, or give it back to their owner."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200 if writable else path.stat().st_mode & ~0o222)


def environment_without(*names: str) -> Mapping[str, str]:
    """Return this process's environment without some variables."""
    return {name: value for name, value in os.environ.items() if name not in names}
