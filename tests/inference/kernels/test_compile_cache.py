"""Tests of `inference.kernels.compile_cache`."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.kernels import compile_cache
from inference.kernels.compile_cache import (
    CODE,
    VARIABLE,
    choose_compile_cache,
    keeps_beside_code,
    keeps_compiled,
    remove_unreadable,
)
from tests.ordinary_user import run_as_ordinary_user

# Compiles and calls one of the loops; it prints the folder of the compiled loops, and its files.
PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from inference.kernels import compile_cache
assert compile_cache.__file__.startswith(sys.argv[1])
folder = compile_cache.choose_compile_cache(Path(sys.argv[2]))
import numpy as np
from inference.kernels import loops
result = np.empty((1, 4), np.float32)
loops.normalize(np.ones((1, 4), np.float32), np.ones(4, np.float32), 0.0, result)
assert (result == 1).all()
print(folder)
"""


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose way up is safe, as that of a home folder, with a folder for temporary files in it."""
    folder = Path(tempfile.mkdtemp()).resolve()
    (folder / "temporary").mkdir()
    (folder / "temporary").chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "temporary"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def code(room: Path) -> Path:
    """A folder of code in which nothing can be made: a file stands where numba's folder would be."""
    (room / "code").mkdir()
    (room / "code" / "__pycache__").write_text("")
    return room / "code"


def environment(room: Path, **variables: str) -> dict[str, str]:
    """Return variables of a user whose cache is in `room`."""
    return {"XDG_CACHE_HOME": str(room / "home" / "cache"), **variables}


def test_the_folder_of_the_code_comes_first(room: Path) -> None:
    """Where the code's own folder can be written to, numba's default is left alone."""
    (room / "code").mkdir()
    environ = environment(room)
    assert choose_compile_cache(room / "models", environ, room / "code") == room / "code"
    assert VARIABLE not in environ
    assert not (room / "models").exists()


def test_the_model_cache_comes_next(room: Path, code: Path) -> None:
    """Else they are kept beside the weights, in a folder that is this user's alone."""
    environ = environment(room)
    chosen = choose_compile_cache(room / "models", environ, code)
    assert chosen == room / "models" / "compiled"
    assert environ[VARIABLE] == str(chosen)
    assert chosen.stat().st_mode & 0o777 == 0o700
    assert keeps_compiled(environ, code)


@pytest.mark.parametrize(
    ("closed", "expected"),
    [
        (("models",), "home/cache/qwen-all-in-one/compiled"),
        (("models", "home"), f"temporary/qwen-all-in-one-{os.geteuid()}"),
    ],
)
def test_what_cannot_be_made_is_passed_over(
    room: Path, code: Path, closed: tuple[str, ...], expected: str
) -> None:
    """Then come the user's cache, and the folder for temporary files."""
    for name in closed:
        (room / name).write_text("a file stands here")
    assert choose_compile_cache(room / "models", environment(room), code) == room / expected


def test_without_any_folder_it_is_said(room: Path, code: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where nothing can be written, the loops are compiled without keeping them, and one line says so."""
    for name in ("models", "home", "temporary/qwen-all-in-one-" + str(os.geteuid())):
        (room / name).write_text("a file stands here")
    environ = environment(room)
    assert choose_compile_cache(room / "models", environ, code) is None
    assert not keeps_compiled(environ, code)
    assert "compiled at each start" in caplog.text
    assert "MODEL_CACHE" in caplog.text


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
@pytest.mark.parametrize("opened", ["models/compiled", "models"])
def test_a_folder_that_others_may_write_to_is_not_used(
    room: Path, code: Path, opened: str, mode: int
) -> None:
    """Neither the folder itself nor one on the way to it may be open to others: they could put code there."""
    (room / "models" / "compiled").mkdir(parents=True)
    (room / opened).chmod(mode)
    chosen = choose_compile_cache(room / "models", environment(room), code)
    assert chosen == room / "home/cache/qwen-all-in-one/compiled"


def test_a_folder_of_somebody_else_is_not_used(
    room: Path, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another user made, for example in /tmp under the name that this user would take, is left alone."""
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    (room / f"temporary/qwen-all-in-one-{stranger}").mkdir(mode=0o700)
    environ = environment(room)
    assert choose_compile_cache(room / "models", environ, code) is None
    assert VARIABLE not in environ


def test_a_link_is_not_used(room: Path, code: Path) -> None:
    """A link where the folder should be may lead anywhere."""
    (room / "elsewhere").mkdir(mode=0o700)
    (room / "models").mkdir()
    (room / "models" / "compiled").symlink_to(room / "elsewhere")
    chosen = choose_compile_cache(room / "models", environment(room), code)
    assert chosen == room / "home/cache/qwen-all-in-one/compiled"


def test_a_linked_model_cache_is_followed(room: Path, code: Path) -> None:
    """MODEL_CACHE itself may be a link, if the folder that it leads to is safe."""
    (room / "volume").mkdir()
    (room / "models").symlink_to(room / "volume")
    choose_compile_cache(room / "models", environment(room), code)
    assert (room / "volume" / "compiled").is_dir()


def test_the_users_own_choice_comes_before_all(room: Path) -> None:
    """NUMBA_CACHE_DIR is kept, also where the code's own folder could be used."""
    (room / "code").mkdir()
    environ = environment(room, NUMBA_CACHE_DIR=str(room / "chosen"))
    assert choose_compile_cache(room / "models", environ, room / "code") == room / "chosen"
    assert environ[VARIABLE] == str(room / "chosen")


def test_an_unsafe_choice_is_refused(room: Path, code: Path, caplog: pytest.LogCaptureFixture) -> None:
    """NUMBA_CACHE_DIR=/tmp or the like is not used, and one line says why."""
    environ = environment(room, NUMBA_CACHE_DIR=str(room / "temporary"))
    chosen = choose_compile_cache(room / "models", environ, code)
    assert environ[VARIABLE] == str(chosen) == str(room / "models" / "compiled")
    assert f"NUMBA_CACHE_DIR={room / 'temporary'} is not used" in caplog.text


@pytest.mark.parametrize(
    ("code_mode", "cache_mode", "expected"),
    [(0o755, 0o755, True), (0o775, 0o775, True), (0o755, 0o775, False), (0o755, 0o757, False)],
)
def test_the_codes_folder_may_be_no_more_open_than_the_code(
    room: Path, code_mode: int, cache_mode: int, expected: bool
) -> None:
    """Who may write the code itself may keep its compiled form; nobody else may."""
    folder = room / "code" / "__pycache__"
    folder.mkdir(parents=True)
    folder.chmod(cache_mode)
    folder.parent.chmod(code_mode)
    assert keeps_beside_code(folder.parent) is expected


def test_read_only_code_without_a_home_still_computes(room: Path) -> None:
    """With read-only code, no home and no model cache they are kept in the folder for temporary files."""
    code = copied_code(room)
    variables = {"HOME": "/dev/null", "XDG_CACHE_HOME": "", "TMPDIR": str(room / "temporary")}
    done = run_as_ordinary_user(PROGRAM, str(code), "/dev/null/models", NUMBA_CACHE_DIR="", **variables)
    assert done.returncode == 0, done.stderr
    kept = room / "temporary" / f"qwen-all-in-one-{os.geteuid()}"
    assert done.stdout.strip() == str(kept)
    assert list(kept.rglob("*.nbi")), "the compiled loop is kept"


def test_without_any_folder_it_still_computes(room: Path) -> None:
    """Where nothing can be written at all, the loops are compiled and run all the same."""
    code = copied_code(room)
    (room / "temporary").chmod(0o555)
    variables = {"HOME": "/dev/null", "XDG_CACHE_HOME": "", "TMPDIR": str(room / "temporary")}
    program = f"import tempfile; tempfile.tempdir = {str(room / 'temporary')!r}\n{PROGRAM}"
    done = run_as_ordinary_user(program, str(code), "/dev/null/models", NUMBA_CACHE_DIR="", **variables)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "None"
    assert "compiled at each start" in done.stderr


def copied_code(room: Path) -> Path:
    """Copy the kernels, and let nobody write to them; return the folder to import them from."""
    assert compile_cache.CODE == CODE
    folder = room / "code" / "inference"
    shutil.copytree(CODE, folder / "kernels", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "__init__.py").write_text("")
    (folder / "kernels").chmod(0o555)
    return room / "code"


# Calls a loop; where its compiled form cannot be read, removes it and calls the loop again.
MENDING_PROGRAM = """
import sys
from pathlib import Path
from inference.kernels.compile_cache import choose_compile_cache, remove_unreadable
choose_compile_cache(Path(sys.argv[1]))
import numpy as np
from inference.kernels import loops
result = np.empty((1, 4), np.float32)
mended = 0
while True:
    try:
        loops.normalize(np.ones((1, 4), np.float32), np.ones(4, np.float32), 0.0, result)
        break
    except Exception as error:
        if mended or not remove_unreadable(error):
            raise
        mended += 1
print((result == 1).all(), "mended", mended)
"""


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("size", [0, 20])
def test_damaged_loops_are_compiled_anew(room: Path, suffix: str, size: int) -> None:
    """Compiled loops that were cut short are removed, and compiled and kept once more."""
    folder = room / "compiled"
    folder.mkdir(mode=0o700)
    (folder / "other.nbi").write_bytes(b"of another program")
    answers = []
    for cut in (False, True, False):
        if cut:
            for path in folder.rglob(f"loops*{suffix}"):
                os.truncate(path, size)
        result = subprocess.run(
            [sys.executable, "-c", MENDING_PROGRAM, str(room)],
            env={**os.environ, VARIABLE: str(folder)},
            cwd=CODE.parent.parent,
            capture_output=True,
            text=True,
            check=True,
        )
        answers.append(result.stdout.strip())
    assert answers == ["True mended 0", "True mended 1", "True mended 0"]
    assert (folder / "other.nbi").exists()


def test_another_error_removes_nothing(room: Path) -> None:
    """An error that does not come from reading compiled loops leaves them alone."""
    (room / "code" / "__pycache__").mkdir(parents=True)
    (room / "code" / "loops.py").write_text("")
    kept = room / "code" / "__pycache__" / "loops.f-1.nbi"
    kept.write_bytes(b"")
    assert not remove_unreadable(KeyError("model_type"), {}, room / "code")
    assert kept.exists()
