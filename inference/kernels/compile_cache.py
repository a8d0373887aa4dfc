"""Where numba keeps the loops that it has compiled, so that the next start need not compile them again.

What it keeps are pickles: whoever may write to that folder may run code in this process. So a folder is taken
only if nobody else can write to it, or put another one in its place.
"""

import logging
import os
import stat
import tempfile
import traceback
from collections.abc import Iterator, MutableMapping
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"
CODE = Path(__file__).parent
FOLDER = "qwen-all-in-one"
READER = os.path.join("numba", "core", "caching.py")  # numba's file that reads what was compiled
WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH

_log = logging.getLogger(__name__)


def choose_compile_cache(
    model_cache: Path, environ: MutableMapping[str, str] = os.environ, code: Path = CODE
) -> Path | None:
    """Choose the folder of the compiled loops, and name it to numba, which must not be imported yet.

    It is what NUMBA_CACHE_DIR says, else the folder of the code, else one in `model_cache`, in the user's
    cache, or in the folder for temporary files. Where none can be used, the loops are compiled at each start.
    """
    given = environ.pop(VARIABLE, "")
    if given and _prepare(Path(given)):
        environ[VARIABLE] = given
        return Path(given)
    if given:
        _log.warning("%s=%s is not used: it must be a folder that you alone can write to", VARIABLE, given)
    if keeps_beside_code(code):
        return code
    for folder in _candidates(model_cache, environ):
        if _prepare(folder):
            environ[VARIABLE] = str(folder)
            return folder
    _log.warning(
        "The model's loops are compiled at each start, for want of a folder to keep them in: "
        "point MODEL_CACHE to a folder that you alone can write to"
    )
    return None


def keeps_compiled(environ: MutableMapping[str, str] = os.environ, code: Path = CODE) -> bool:
    """Return whether numba finds a folder for the compiled loops: the chosen one, or that of the code."""
    return bool(environ.get(VARIABLE)) or keeps_beside_code(code)


def remove_unreadable(
    error: BaseException, environ: MutableMapping[str, str] = os.environ, code: Path = CODE
) -> bool:
    """Remove the compiled loops if `error` came from reading them; return whether it did.

    A full disk or a lost power supply leaves halves of files, on which numba would fail at each start.
    """
    frames = traceback.extract_tb(error.__traceback__)
    if not any(frame.filename.endswith(READER) for frame in frames):
        return False
    modules = {path.stem for path in code.glob("*.py")}
    folder = Path(environ.get(VARIABLE) or code / "__pycache__")
    for path in (*folder.rglob("*.nbi"), *folder.rglob("*.nbc")):
        if path.name.partition(".")[0] in modules:
            path.unlink(missing_ok=True)
    _log.warning(
        "The compiled loops of the model in %s were damaged, and are compiled anew: %r", folder, error
    )
    return True


def keeps_beside_code(code: Path = CODE) -> bool:
    """Return whether numba can use the code's `__pycache__`, and only who may write the code can, too."""
    folder = code / "__pycache__"
    try:
        folder.mkdir(exist_ok=True)
        inner, outer = folder.lstat(), code.stat()
    except OSError:
        return False
    more_open = inner.st_mode & ~outer.st_mode & WRITABLE_BY_OTHERS
    trusted = inner.st_uid in {0, _user(), outer.st_uid}
    return stat.S_ISDIR(inner.st_mode) and trusted and not more_open and _takes_files(folder)


def _candidates(model_cache: Path, environ: MutableMapping[str, str]) -> Iterator[Path]:
    yield model_cache / "compiled"
    home = environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if os.path.isabs(home):  # without a home folder the name stays as it is
        yield Path(home) / FOLDER / "compiled"
    yield Path(tempfile.gettempdir()) / f"{FOLDER}-{_user()}"


def _user() -> int:
    """Return the number of this user, 0 where users have none, as on Windows: there each file is user 0's."""
    return os.geteuid() if hasattr(os, "geteuid") else 0


def _prepare(folder: Path) -> bool:
    """Make a folder; return whether it takes files, and only this user's."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder = folder.parent.resolve() / folder.name
        folder.mkdir(exist_ok=True, mode=0o700)
        return _belongs_to_us_alone(folder) and _takes_files(folder)
    except OSError:
        return False


def _belongs_to_us_alone(folder: Path) -> bool:
    """Return whether nobody but this user and root can write to a folder, or rename one on the way to it."""
    own = folder.lstat()  # a link is none of ours
    if not stat.S_ISDIR(own.st_mode) or own.st_uid != _user() or own.st_mode & WRITABLE_BY_OTHERS:
        return False
    for parent in folder.parents:
        found = parent.stat()
        # In a folder with the sticky bit, such as /tmp, everybody renames and removes only what is his own.
        is_open = found.st_mode & WRITABLE_BY_OTHERS and not found.st_mode & stat.S_ISVTX
        if is_open or found.st_uid not in {0, _user()}:
            return False
    return True


def _takes_files(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
