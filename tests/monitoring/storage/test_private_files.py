"""Files of a folder that others may write to: what is no regular file is left alone, and ours are private."""

import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from monitoring.config import MonitoringConfig
from monitoring.history.scan import scan
from monitoring.storage.archive import Archive
from monitoring.storage.keeping import Keeping
from monitoring.storage.paths import rotated_files
from monitoring.storage.private_files import NotRegularError, make_folder, open_regular
from monitoring.storage.rotation import RotatingFile
from monitoring.writing.event_log import EventLog
from tests.monitoring.helpers import MOMENT, a_record, lines_of, wait_until
from tests.monitoring.history.helpers import rows
from tests.monitoring.reading.tail_helpers import tail_of

SECRET = b'{"timestamp":"2023-11-14T22:13:20Z","message":"secret"}\n'
OLD = "qwen-2023-11-01T00-00-00.000Z.log"

Plant = Callable[[Path], None]


def a_link(path: Path) -> None:
    """Make a link to the secret, which stands above the log's folder."""
    path.symlink_to(path.parents[1] / "secret.log")


def a_second_link(path: Path) -> None:
    """Make a link to a file of the same folder."""
    path.with_name("other.log").write_bytes(SECRET)
    path.symlink_to("other.log")


def a_link_to_nothing(path: Path) -> None:
    """Make a link that would create a file where it is written to."""
    path.symlink_to(path.parents[1] / "nothing.log")


def a_link_to_itself(path: Path) -> None:
    """Make a link that leads nowhere."""
    path.symlink_to(path)


def a_pipe(path: Path) -> None:
    """Make a pipe, whose reader would wait for ever."""
    os.mkfifo(path)


def a_device(path: Path) -> None:
    """Make a link to a file that never ends."""
    path.symlink_to("/dev/zero")


PLANTS = [a_link, a_second_link, a_link_to_nothing, a_link_to_itself, a_pipe, a_device]


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """Let files be readable for others, unless this program says otherwise."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return the place of a log, in a folder of its own, beside a secret."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "secret.log").write_bytes(SECRET)
    return tmp_path / "logs" / "qwen.log"


def modes(folder: Path) -> dict[str, int]:
    """Return the permissions of the files in a folder."""
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


def secret(log: Path) -> bytes:
    """Return what the secret says now."""
    return (log.parents[1] / "secret.log").read_bytes()


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("mode", ["r", "a+"])
def test_what_is_no_regular_file_is_not_opened(log: Path, plant: Plant, mode: str) -> None:
    """Neither is a link followed, nor does a pipe make anybody wait; the error says what to do."""
    plant(log)
    with pytest.raises(NotRegularError, match="move it away"):
        open_regular(log, mode)
    assert secret(log) == SECRET
    assert not (log.parents[1] / "nothing.log").exists()


def test_a_link_that_comes_in_the_moment_of_opening_is_not_followed(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file becomes a link after it was looked at, the system refuses to open it."""
    log.write_bytes(SECRET)
    regular = os.lstat(log)
    log.unlink()
    a_link(log)
    with monkeypatch.context() as patched:
        patched.setattr(os, "lstat", lambda _: regular)
        with pytest.raises(OSError, match="symbolic link"):
            open_regular(log)


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", [OLD, f"{OLD}.gz"])
def test_what_is_planted_among_rotated_files_is_none_of_them(log: Path, plant: Plant, name: str) -> None:
    """It is not listed, read, asked, compressed or removed."""
    log.write_bytes(lines_of(a_record()))
    plant(log.with_name(name))
    assert rotated_files(log) == []
    tail, _ = tail_of(log)
    assert sum(map(len, tail.history(100))) + sum(map(len, tail.poll())) == 1
    tail.close()
    assert scan(log).records == 1
    assert rows(log, "select count(*) from log") == [(1,)]
    Archive(log, Keeping(1, days=1), print).tidy(MOMENT + 1e9)
    assert os.path.lexists(log.with_name(name))
    assert secret(log) == SECRET


def test_the_folder_of_a_log_may_be_a_link(log: Path) -> None:
    """Only the files in it may not be links."""
    folder = log.parents[1] / "linked"
    folder.symlink_to(log.parent)
    file = RotatingFile(folder / log.name, 10**6, 10**6)
    file.append([lines_of(a_record())], MOMENT)
    file.close()
    assert scan(folder / log.name).records == 1
    assert rows(folder / log.name, "select count(*) from log") == [(1,)]


@pytest.mark.parametrize("plant", PLANTS)
def test_nothing_is_written_through_what_stands_in_the_logs_place(log: Path, plant: Plant) -> None:
    """Where others may write, a log that is a link or a pipe takes no line, until it is moved away."""
    log.parent.chmod(0o777)
    plant(log)
    file = RotatingFile(log, 10**6, 10**6)
    with pytest.raises(NotRegularError):
        file.append([SECRET], MOMENT)
    assert secret(log) == SECRET
    log.unlink()
    assert file.append([SECRET], MOMENT) == 1
    file.close()


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_half_of_an_archive_is_not_written_through(log: Path, plant: Plant) -> None:
    """What stands where a compressed copy begins is replaced, and nothing behind it is touched."""
    log.with_name(OLD).write_bytes(SECRET * 2)
    plant(log.with_name(f"{OLD}.gz.part"))
    Archive(log, Keeping(5), print).tidy(MOMENT)
    assert gzip.decompress(log.with_name(f"{OLD}.gz").read_bytes()) == SECRET * 2
    assert secret(log) == SECRET


@pytest.mark.parametrize("plant", [a_link, a_link_to_nothing, a_pipe])
@pytest.mark.parametrize("lock", [".qwen.log.lock", ".qwen.log.tidy.lock"])
def test_a_planted_lock_is_not_followed(log: Path, plant: Plant, lock: str) -> None:
    """A link in the place of a lock leads to nothing that is changed or made."""
    plant(log.with_name(lock))
    file = RotatingFile(log, 10**6, 10**6)
    with suppress(OSError):
        file.append([SECRET], MOMENT)
    file.close()
    with suppress(OSError):
        Archive(log, Keeping(5), print).tidy(MOMENT)
    assert secret(log) == SECRET
    assert not (log.parents[1] / "nothing.log").exists()


def test_all_files_of_a_log_are_for_their_owner_alone(tmp_path: Path) -> None:
    """So are the folders that are made, the rotated and compressed files, and the locks."""
    config = MonitoringConfig(log_dir=tmp_path / "new" / "logs", log_rotate_mb=0.001)
    log = EventLog(config)
    for number in range(50):
        log.write({"message": "x" * 100, "n": number})
    log.flush()
    wait_until(lambda: any(config.log_dir.glob("*.gz")))
    log.stop()
    found = modes(config.log_dir)
    assert {"qwen.log", ".qwen.log.lock", ".qwen.log.tidy.lock"} < found.keys()
    assert set(found.values()) == {0o600}
    assert modes(tmp_path) | modes(tmp_path / "new") == {"new": 0o700, "logs": 0o700}


def test_locks_of_a_former_version_become_private(log: Path) -> None:
    """Others who could read a lock could hold it, and stop the log."""
    locks = [log.with_name(".qwen.log.lock"), log.with_name(".qwen.log.tidy.lock")]
    for lock in locks:
        lock.touch(0o644)
    file = RotatingFile(log, 10**6, 10**6)
    file.append([SECRET], MOMENT)
    file.close()
    Archive(log, Keeping(5), print).tidy(MOMENT)
    assert [lock.stat().st_mode & 0o777 for lock in locks] == [0o600, 0o600]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    """Only those that are made are private."""
    (tmp_path / "old").mkdir(0o755)
    make_folder(tmp_path / "old" / "new")
    make_folder(tmp_path / "old" / "new")
    assert (modes(tmp_path), modes(tmp_path / "old")) == ({"old": 0o755}, {"new": 0o700})
