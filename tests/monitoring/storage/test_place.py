"""A log that is a link: it is followed where nobody else can have put it there."""

import gzip
import os
import stat
from pathlib import Path

import pytest

from monitoring.history.scan import scan
from monitoring.reading.tail import LogMovedError
from monitoring.storage.archive import Archive
from monitoring.storage.keeping import Keeping
from monitoring.storage.paths import rotated_files
from monitoring.storage.place import log_place
from monitoring.storage.private_files import NotRegularError
from monitoring.storage.rotation import RotatingFile
from tests.monitoring.helpers import MOMENT
from tests.monitoring.history.helpers import rows
from tests.monitoring.reading.tail_helpers import line, numbers, oldest_first, tail_of


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return the place of a log in a folder of its own, beside a folder on a large disk."""
    for name in ("logs", "large"):
        (tmp_path / name).mkdir(0o755)
    return tmp_path / "logs" / "qwen.log"


@pytest.fixture
def target(log: Path) -> Path:
    """Return the file that the log is a link to; it is not there yet."""
    target = log.parents[1] / "large" / "service.log"
    log.symlink_to(target)
    return target


def names(folder: Path) -> set[str]:
    """Return what stands in a folder, without locks."""
    return {file.name for file in folder.iterdir() if not file.name.endswith(".lock")}


def test_a_log_without_a_link_stands_at_its_path(log: Path) -> None:
    """So does one that is not there yet."""
    assert log_place(log) == log
    log.write_bytes(b"")
    assert log_place(log) == log


def test_a_link_keeps_its_targets_folder_when_the_log_is_rotated(log: Path, target: Path) -> None:
    """The file is put aside, compressed and removed beside the target; the link leads to the new file."""
    file = RotatingFile(log, 1, 3600)
    for number in range(4):
        file.append([line(number)], MOMENT + number)
    file.close()
    assert log.is_symlink()
    assert log.read_bytes() == target.read_bytes() == line(3)
    assert [old.read_bytes() for old in rotated_files(log)] == [line(number) for number in range(3)]
    Archive(log, Keeping(2), print).tidy(MOMENT)
    assert [gzip.decompress(old.read_bytes()) for old in rotated_files(log)] == [line(1), line(2)]
    assert names(log.parent) == {log.name}
    assert len(names(target.parent)) == 3
    # All processes hold the same lock, by whichever name they know the log.
    assert [file.name for file in log.parent.iterdir()] == [log.name]


def test_every_reader_finds_the_files_of_a_link(log: Path, target: Path) -> None:
    """The tail, the summary, SQL and the list of sources read what stands beside the target."""
    tail, _ = tail_of(log)
    assert numbers(tail.poll()) == []
    file = RotatingFile(log, 1, 3600)
    for number in range(3):
        file.append([line(number)], MOMENT + number)
    file.close()
    assert numbers(tail.poll()) == [0, 1, 2]
    assert oldest_first(tail_of(log)[0].history(10)) == [0, 1, 2]
    assert scan(log).records == 3
    assert rows(log, "select count(*) from log") == [(3,)]


def test_a_link_to_a_link_is_followed(log: Path, target: Path) -> None:
    """Relative ones are read from the folder that they stand in."""
    target.symlink_to(Path("..") / "logs" / "real.log")
    assert log_place(log).resolve() == log.with_name("real.log")


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777])
def test_a_link_in_a_folder_of_others_is_not_followed(log: Path, target: Path, mode: int) -> None:
    """Where somebody else can write, he may have put the link there."""
    log.parent.chmod(mode)
    assert log_place(log) == log
    with pytest.raises(NotRegularError):
        RotatingFile(log, 1, 3600).append([line(0)], MOMENT)
    assert names(target.parent) == set()


def test_a_second_link_in_a_folder_of_others_is_not_followed(log: Path, target: Path) -> None:
    """Each link on the way has to be this user's, in a folder that nobody else can write to."""
    target.symlink_to(log.parents[1] / "elsewhere.log")
    target.parent.chmod(0o777)
    assert log_place(log) == log
    with pytest.raises(NotRegularError):
        RotatingFile(log, 1, 3600).append([line(0)], MOMENT)


def test_another_users_link_is_not_followed(log: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands in a folder that only its owner can write to, and leads to where he wants."""
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert log_place(log) == log


def test_without_numbers_of_users_no_link_is_followed(
    log: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tell there whose a link is."""
    monkeypatch.delattr(os, "geteuid")
    assert log_place(log) == log


@pytest.mark.parametrize("end", ["a circle", "a pipe", "a device", "a folder"])
def test_a_link_to_no_file_is_refused(log: Path, target: Path, end: str) -> None:
    """Nothing is made beside a pipe or a device, and a circle has an end."""
    if end == "a circle":
        target.symlink_to(log)
    elif end == "a pipe":
        os.mkfifo(target)
    elif end == "a device":
        target.symlink_to("/dev/null")
    else:
        target.mkdir()
    assert log_place(log) == log
    with pytest.raises(NotRegularError):
        RotatingFile(log, 1, 3600).append([line(0)], MOMENT)
    assert names(target.parent) == {target.name}


def test_a_tail_ends_where_the_link_leads_elsewhere(log: Path, target: Path) -> None:
    """What was read does not belong to the other log, so that whoever reads has to begin anew."""
    target.write_bytes(line(0))
    tail, _ = tail_of(log)
    assert oldest_first(tail.history(10)) == [0]
    log.unlink()
    log.symlink_to(target.with_name("another.log"))
    with pytest.raises(LogMovedError, match="leads to another file"):
        list(tail.poll())
    tail.close()


def test_a_writer_follows_a_link_that_is_made_while_it_writes(log: Path) -> None:
    """Somebody moves the log to a larger disk, and leaves a link: the next lines go there."""
    file = RotatingFile(log, 1000, 3600)
    file.append([line(0)], MOMENT)
    target = log.parents[1] / "large" / "qwen.log"
    log.rename(target)
    log.symlink_to(target)
    file.append([line(1)], MOMENT)
    file.close()
    assert target.read_bytes() == line(0) + line(1)
    assert stat.S_ISLNK(log.lstat().st_mode)
