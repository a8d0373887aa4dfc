"""The log that a command reads: a file, a link to one, a pipe, or the app's own."""

import argparse
import errno
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from monitoring.cli.options import settings
from monitoring.cli.streams import standard_input
from monitoring.storage.paths import rotated_files

# What stands for the standard input, as in most programs.
STDIN = Path("-")


@contextmanager
def named_log(options: argparse.Namespace) -> Iterator[Path]:
    """Give the log that `--log` names, else the one of the settings; a pipe is read to its end first.

    Raises:
        OSError: there is no such file, or it is a folder.
    """
    path = settings().log_path if options.log is None else options.log
    with opened_log(path) as log:
        yield log


@contextmanager
def opened_log(path: Path) -> Iterator[Path]:
    """Give the file of a log, which the user may have named by a link or a pipe.

    Raises:
        OSError: there is no such file, or it is a folder.
    """
    if path == STDIN or _is_stream(path):
        with TemporaryDirectory(prefix="qwen-log-") as folder:
            copy = Path(folder) / "input"
            with copy.open("wb") as target:
                if path == STDIN:
                    shutil.copyfileobj(standard_input().buffer, target)
                else:
                    with path.open("rb") as source:
                        shutil.copyfileobj(source, target)
            yield copy
        return
    if path.is_dir():
        inside = path / "qwen.log"
        advice = f"name a file in it, such as {inside}" if inside.exists() else "name a file in it"
        raise IsADirectoryError(f"{path} is a folder; {advice}")
    if not path.exists() and not rotated_files(path):
        raise FileNotFoundError(_why_missing(path))
    yield path.resolve() if path.is_symlink() else path


def _why_missing(path: Path) -> str:
    if not path.is_symlink():
        return f"{path} is missing: there are no records; name a file that is there"
    try:
        path.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            return f"{path} is a link that leads back to itself; name the file that it should lead to"
    return f"{path} is a link to {path.readlink()}, which is missing; name a file that is there"


def _is_stream(path: Path) -> bool:
    """Tell whether a path is a pipe or a device.

    Raises:
        OSError: it is a socket, which nobody can open.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    if stat.S_ISSOCK(mode):
        raise OSError(
            f"{path} is a socket, which cannot be opened as a file; send what comes from it through a pipe, "
            "and name - as the log"
        )
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
