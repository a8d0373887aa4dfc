"""The folder of uploads: nobody else's, and gone with its process."""

import itertools
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from monitoring.reading import upload_folder
from monitoring.reading.upload_folder import PREFIX, UploadFolder

# A process that makes a folder with a file, tells that it has, and waits.
HOLDER = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from monitoring.reading.upload_folder import UploadFolder
folder = UploadFolder()
folder.new_path().write_bytes(b"secret")
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of temporary files, which is this test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def holder(place: Path) -> "subprocess.Popen[bytes]":
    """Start a process that has a folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def test_the_folder_is_made_when_it_is_needed(place: Path) -> None:
    """Nothing is made before the first upload; only this user may look into the folder."""
    folder = UploadFolder()
    assert list(place.iterdir()) == []
    path = folder.new_path()
    assert path.parent.name.startswith(PREFIX)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert folder.new_path().parent == path.parent
    folder.close()


def test_closing_removes_everything(place: Path) -> None:
    """A second call does nothing; after it, another folder can be made."""
    folder = UploadFolder()
    folder.new_path().write_bytes(b"x")
    folder.close()
    folder.close()
    assert list(place.iterdir()) == []
    assert folder.new_path().parent.exists()
    folder.close()


def test_what_a_killed_process_left_is_removed_at_the_start(place: Path) -> None:
    """Files of a process that was killed go when the next one starts; those of one that runs stay."""
    with holder(place) as killed, holder(place) as running:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert len(list(place.iterdir())) == 2
        UploadFolder()
        (left,) = place.iterdir()
        assert [path.read_bytes() for path in left.iterdir()] == [b"secret"]
        running.kill()
    UploadFolder()
    assert list(place.iterdir()) == []


def test_folders_of_this_process_stay(place: Path) -> None:
    """A second folder in one process does not take the first one for a leftover."""
    first = UploadFolder()
    path = first.new_path()
    path.write_bytes(b"x")
    UploadFolder()
    assert path.exists()
    first.close()


def test_what_is_no_folder_of_ours_stays(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Links and files of such a name are not followed nor removed."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "precious").write_bytes(b"x")
    os.symlink(elsewhere, place / f"{PREFIX}link")
    (place / f"{PREFIX}file").write_bytes(b"x")
    UploadFolder()
    assert (elsewhere / "precious").exists()
    assert len(list(place.iterdir())) == 2


def test_a_folder_that_a_cleaner_removed_is_made_again(place: Path) -> None:
    """The next upload finds a place, in a folder that nobody else may look into and that goes at the end."""
    folder = UploadFolder()
    first = folder.new_path()
    shutil.rmtree(first.parent)
    second = folder.new_path()
    second.write_bytes(b"x")
    assert second.parent != first.parent
    assert stat.S_IMODE(second.parent.stat().st_mode) == 0o700
    UploadFolder()
    assert second.exists()
    folder.close()
    assert list(place.iterdir()) == []


def test_what_took_the_place_of_a_removed_folder_is_not_used(
    place: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nothing is written through a link of that name, nor removed."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "precious").write_bytes(b"x")
    folder = UploadFolder()
    first = folder.new_path()
    shutil.rmtree(first.parent)
    first.parent.symlink_to(elsewhere)
    assert folder.new_path().parent != first.parent
    folder.close()
    assert (elsewhere / "precious").exists()


def test_a_folder_whose_number_changes_is_made_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On some file systems the number of a folder (inode) is another one at each look."""
    found = itertools.count(1_000_000)
    for name in ("stat", "lstat", "fstat"):
        look = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *args, look=look, **how: renumbered(look(*args, **how), next(found))
        )
    folder = UploadFolder()
    assert folder.new_path().parent == folder.new_path().parent
    assert len(list(place.iterdir())) == 1
    folder.close()


def renumbered(status: os.stat_result, number: int) -> os.stat_result:
    """Return what a look has found, with another number of the file."""
    return os.stat_result((status[0], number, *status[2:]))


def test_without_locks_and_users_folders_are_made_and_leftovers_stay(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody can tell whose a folder is, as on Windows, only this process's own goes."""
    left = place / f"{PREFIX}left"
    left.mkdir()
    monkeypatch.setattr(upload_folder, "HAS_LOCKS", False)
    monkeypatch.delattr(os, "getuid")
    folder = UploadFolder()
    folder.new_path().write_bytes(b"x")
    assert folder.new_path().parent == folder.new_path().parent
    folder.close()
    assert list(place.iterdir()) == [left]
