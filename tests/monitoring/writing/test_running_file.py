"""The file in which a process notes its tasks: locked while it lives, whatever else stands in the folder."""

import os
import time
from pathlib import Path

import pytest
from filelock import lock_descriptor

from monitoring.writing import running_file
from monitoring.writing.running_file import (
    MAX_FILES,
    MAX_TASKS,
    ROW_BYTES,
    LeftFile,
    ProcessNote,
    RunningFile,
    TaskNote,
    left_files,
)

INSTANCE = "0123456789ab"
PROCESS = ProcessNote(7, "2026-01-01T00:00:00.000Z", "2026-01-01T00:01:00.000Z", 900.5)


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    """Return the path of a log that is not there."""
    return tmp_path / "qwen.log"


def a_task(request_id: str) -> TaskNote:
    """Return the note of a chat."""
    return TaskNote("chat", request_id, "2026-01-01T00:00:30.000Z")


def left_by(log_path: Path, *texts: bytes) -> list[Path]:
    """Write files as ended processes leave them; return their paths."""
    paths = [log_path.with_name(f".qwen.log.{number:012x}.running") for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text)
    return paths


def looked_at(log_path: Path) -> list[LeftFile]:
    """Return the files of ended processes, whose locks are free again."""
    found = list(left_files(log_path))
    for left in found:
        left.close()
    return found


def test_a_file_is_left_when_its_lock_is_free(log_path: Path) -> None:
    """While the process lives nobody else looks at its file; then what it noted last can be read."""
    file = RunningFile(log_path, INSTANCE)
    first, second, third = map(a_task, ("1", "2", "3"))
    file.update(PROCESS, [first, second])
    file.update(PROCESS, [second, third])
    assert looked_at(log_path) == []
    file.close()
    (left,) = looked_at(log_path)
    assert (left.instance, left.is_empty) == (INSTANCE, False)
    assert left.process is not None
    assert (left.process.pid, left.process.memory_mb) == (7, 900.5)
    assert sorted(task.request_id for task in left.tasks) == ["2", "3"]


def test_one_looks_at_a_time(log_path: Path) -> None:
    """A file that somebody looks at is not given to another one."""
    RunningFile(log_path, INSTANCE).close()
    (left,) = left_files(log_path)
    assert looked_at(log_path) == []
    left.remove()
    assert looked_at(log_path) == []


def test_a_file_is_locked_although_somebody_looks_at_it(
    log_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks at a file before its process could lock it does not keep it."""
    held: list[LeftFile] = []

    def look_first(descriptor: int, *, blocking: bool) -> bool:
        monkeypatch.setattr(running_file, "lock_descriptor", lock_descriptor)
        held.extend(left_files(log_path))
        return lock_descriptor(descriptor, blocking=blocking)

    monkeypatch.setattr(running_file, "lock_descriptor", look_first)
    monkeypatch.setattr(time, "sleep", lambda seconds: held.pop().close())
    file = RunningFile(log_path, INSTANCE)
    assert looked_at(log_path) == []
    file.close()


def test_a_file_that_stays_locked_is_given_up(log_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process does not wait for ever for a file that somebody else keeps."""
    monkeypatch.setattr(running_file, "lock_descriptor", lambda descriptor, *, blocking: False)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    with pytest.raises(BlockingIOError, match="is locked by another process"):
        RunningFile(log_path, INSTANCE)


def test_a_file_that_was_removed_or_emptied_tells_nothing(log_path: Path) -> None:
    """Whoever opened a file before it was removed finds it empty."""
    file = RunningFile(log_path, INSTANCE)
    file.update(PROCESS, [a_task("1")])
    os.link(file.path, f"{file.path}.link")
    file.remove()
    assert not file.path.exists()
    assert Path(f"{file.path}.link").read_bytes() == b""


def test_more_tasks_than_rows_are_left_out(log_path: Path) -> None:
    """The file has a largest size; a row that is free again is used again."""
    file = RunningFile(log_path, INSTANCE)
    tasks = [a_task(str(number)) for number in range(MAX_TASKS + 10)]
    file.update(PROCESS, tasks)
    file.update(PROCESS, tasks[5:])
    assert file.path.stat().st_size == (MAX_TASKS + 1) * ROW_BYTES
    file.close()
    (left,) = looked_at(log_path)
    assert len(left.tasks) == MAX_TASKS


@pytest.mark.parametrize(
    "text",
    [
        b"\0" * 5000,
        b"{" * 5000,
        b"[" * 100_000,
        b'{"pid":"x"}\n',
        os.urandom(5000),
        b'{"pid":1,"started":"","last_seen":"","memory_mb":1e999}\n',
        b"x" * (MAX_TASKS + 1) * ROW_BYTES * 3,
    ],
    ids=["nul", "braces", "brackets", "wrong type", "random", "endless number", "huge"],
)
def test_a_damaged_file_tells_what_can_be_read(log_path: Path, text: bytes) -> None:
    """Whatever stands in such a file, it is looked at without harm, and the others are, too."""
    good = RunningFile(log_path, INSTANCE)
    good.update(PROCESS, [a_task("1")])
    good.close()
    left_by(log_path, text)
    found = {left.instance: left for left in looked_at(log_path)}
    assert len(found) == 2
    assert [task.request_id for task in found[INSTANCE].tasks] == ["1"]
    assert found[f"{0:012x}"].tasks == []


def test_damaged_rows_are_passed_over(log_path: Path) -> None:
    """A row that a killed process wrote by half is none, and the rows beside it are read."""
    file = RunningFile(log_path, INSTANCE)
    file.update(PROCESS, [a_task("1"), a_task("2"), a_task("3")])
    file.close()
    data = bytearray(file.path.read_bytes())
    data[2 * ROW_BYTES : 2 * ROW_BYTES + 10] = b"\xff" * 10
    file.path.write_bytes(data[: 3 * ROW_BYTES + 200])
    (left,) = looked_at(log_path)
    assert [task.request_id for task in left.tasks] == ["1", "3"]


def test_files_of_others_are_not_touched(log_path: Path, tmp_path: Path) -> None:
    """Only names that are exactly ours count, and neither links, pipes nor folders do."""
    other = tmp_path / "other"
    other.write_text("precious")
    names = ["qwen.log.0123456789ab.running", ".qwen.log.0123.running", ".qwen.log.0123456789AB.running"]
    names += [".qwen.log.0123456789ab.running.old", ".other.log.0123456789ab.running"]
    for name in names:
        (tmp_path / name).write_text("{}")
    os.symlink(other, tmp_path / f".qwen.log.{1:012x}.running")
    os.mkfifo(tmp_path / f".qwen.log.{2:012x}.running")
    (tmp_path / f".qwen.log.{3:012x}.running").mkdir()
    before = sorted(tmp_path.iterdir())
    assert looked_at(log_path) == []
    assert sorted(tmp_path.iterdir()) == before
    assert other.read_text() == "precious"


def test_only_so_many_files_are_looked_at_in_one_go(log_path: Path) -> None:
    """A folder full of such files costs a bounded time, and the rest comes the next time."""
    left_by(log_path, *[b"x"] * (MAX_FILES + 5))
    found = list(left_files(log_path))
    assert len(found) == MAX_FILES
    for left in found:
        left.remove()
    assert len(looked_at(log_path)) == 5


def test_no_folder_has_no_files(tmp_path: Path) -> None:
    """Before the first record there may be no folder."""
    assert looked_at(tmp_path / "none" / "qwen.log") == []
