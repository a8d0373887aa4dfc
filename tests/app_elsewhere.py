"""The app, or a command of `python -m monitoring`, on a system without what only Linux, or only Unix, has.

This is Linux with names taken away from the modules of the project: what they use without asking whether it
is there fails as it would fail there. The libraries of others, those for Linux, keep what they use.
"""

import builtins
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

OURS = {"__main__", "app", "container", "drills", "inference", "monitoring", "settings", "ui"}
# What `os` lacks on macOS, and then on Windows.
MACOS = {"sched_getaffinity", "sched_setaffinity", "posix_fallocate", "posix_fadvise", "memfd_create"}
WINDOWS = {
    *MACOS,
    *("getuid", "geteuid", "getgid", "getegid", "getgroups", "getpgid", "setsid", "killpg"),
    *("uname", "getloadavg", "sysconf", "statvfs", "nice", "fork", "forkpty", "openpty", "register_at_fork"),
    *("pread", "pwrite", "preadv", "sendfile", "fchmod", "fchown", "chown", "mkfifo"),
    *("O_NOFOLLOW", "O_DIRECTORY", "O_NONBLOCK", "O_CLOEXEC", "O_SYNC"),
}
UNIX_MODULES = {"fcntl", "resource", "grp", "pwd", "termios", "pty", "tty", "syslog"}

_import = builtins.__import__


def take_away(system: str) -> None:
    """Hide from the project what `macos` or `windows` does not have."""
    hidden = WINDOWS if system == "windows" else MACOS
    modules = UNIX_MODULES if system == "windows" else set()
    less = ModuleType("os")
    less.__dict__.update({name: value for name, value in vars(os).items() if name not in hidden})

    def imported(
        name: str, globals: Mapping[str, Any] | None = None, *more: Any, **options: Any
    ) -> ModuleType:
        if str((globals or {}).get("__name__")).partition(".")[0] in OURS:
            if name in modules:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            if name == "os":
                return less
        return _import(name, globals, *more, **options)

    builtins.__import__ = imported


def import_everything() -> None:
    """Import every module of the project."""
    for path in sorted(ROOT.rglob("*.py")):
        names = path.relative_to(ROOT).with_suffix("").parts
        if names[0] in OURS and names[-1] != "__main__":
            import_module(".".join(names).removesuffix(".__init__"))


if __name__ == "__main__":
    take_away(os.environ["ELSEWHERE"])
    if sys.argv[1:] == ["import"]:
        import_everything()
    elif sys.argv[1:]:
        from monitoring.cli.main import main

        sys.exit(main(sys.argv[1:]))
    else:
        from app import run

        run()
