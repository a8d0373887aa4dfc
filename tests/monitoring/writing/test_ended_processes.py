"""What a process tells of another one that has ended: each task once, whoever told of it before."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from monitoring.storage.rotation import RotatingFile
from monitoring.writing.ended_processes import EndedProcesses
from monitoring.writing.running_file import ProcessNote, RunningFile, TaskNote
from tests.monitoring.helpers import Record, a_record, lines_of

INSTANCE = "0123456789ab"
BEGAN = "2026-01-01T00:00:30.000Z"


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    """Return the path of a log that is not there."""
    return tmp_path / "qwen.log"


def end_amid(log_path: Path, *request_ids: str, last_seen: str = "2026-01-01T00:01:00.000Z") -> Path:
    """Let a process end in the middle of chats; return the file that it leaves."""
    file = RunningFile(log_path, INSTANCE)
    tasks = [TaskNote("chat", request_id, BEGAN) for request_id in request_ids]
    file.update(ProcessNote(7, BEGAN, last_seen, 900.5), tasks)
    file.close()
    return file.path


def told(log_path: Path) -> list[Record]:
    """Look once, as a process does; return the records that it writes."""
    records: list[Record] = []

    def write(fields: dict[str, Any]) -> int:
        records.append(fields)
        return len(records)

    ended = EndedProcesses(log_path, write)
    ended.tell()
    ended.remove_told(len(records))
    ended.close()
    return records


def ids(records: list[Record]) -> list[str | None]:
    """Return the request of each record, None for that of the process."""
    return [record.get("request_id") for record in records]


def test_the_records_come_in_their_order(log_path: Path) -> None:
    """First each task, then the process, then the file is gone."""
    path = end_amid(log_path, "1", "2")
    records = told(log_path)
    assert ids(records) == ["1", "2", None]
    assert [record["ended_instance"] for record in records] == [INSTANCE] * 3
    assert (records[-1]["lost"], records[-1]["last_memory_mb"]) == (2, 900.5)
    assert not path.exists()
    assert told(log_path) == []


def test_a_file_stays_until_its_records_are_written(log_path: Path) -> None:
    """While the disk refuses, the file is kept and locked, so that nobody tells of it twice."""
    path = end_amid(log_path, "1")
    records: list[Record] = []

    def write(fields: dict[str, Any]) -> int:
        records.append(fields)
        return 5

    ended = EndedProcesses(log_path, write)
    ended.tell()
    ended.tell()
    ended.remove_told(4)
    assert path.exists()
    assert told(log_path) == []
    assert ids(records) == ["1", None]
    ended.remove_told(5)
    assert not path.exists()


def test_who_ends_before_the_records_are_written_leaves_them_to_the_next(log_path: Path) -> None:
    """A process that closes its log, and could not write, leaves the file as it was."""
    end_amid(log_path, "1")
    ended = EndedProcesses(log_path, lambda fields: 5)
    ended.tell()
    ended.close()
    assert ids(told(log_path)) == ["1", None]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_who_is_killed_amid_telling_is_followed_by_the_next(log_path: Path, count: int) -> None:
    """Records that a killed process has written about another one are not written again."""
    end_amid(log_path, "1", "2")
    records = told(log_path)
    end_amid(log_path, "1", "2")
    log_path.write_bytes(lines_of(*(a_record(0, **record) for record in records[:count])))
    again = told(log_path)
    assert ids(again) == ids(records)[count:]
    assert all(record["lost"] == 2 for record in again if record["event"] == "unexpected_end")


@pytest.mark.parametrize("place", ["log", "rotated", "compressed"])
def test_a_task_that_has_its_record_is_not_lost(log_path: Path, place: str) -> None:
    """A process may be killed between a record and the note of it; the record counts, wherever it stands."""
    end_amid(log_path, "1", "2")
    line = lines_of(a_record(0, request_id="1", instance=INSTANCE))
    filler = lines_of(a_record(0, request_id="2", instance="another")) * 100
    rotated = log_path.with_name("qwen-2026-01-01T00-00-00.000Z.log")
    match place:
        case "log":
            log_path.write_bytes(filler + line)
        case "rotated":
            rotated.write_bytes(filler + line)
            log_path.write_bytes(filler)
        case "compressed":
            rotated.with_name(f"{rotated.name}.gz").write_bytes(gzip.compress(filler + line))
    assert ids(told(log_path)) == ["2", None]


def test_a_task_of_the_same_name_in_another_process_is_another_one(log_path: Path) -> None:
    """Only the process's own record, or one about it, speaks for its task."""
    end_amid(log_path, "1")
    other = a_record(0, request_id="1", instance="c09876543210", message=f"not of {INSTANCE}")
    log_path.write_bytes(lines_of(other))
    assert ids(told(log_path)) == ["1", None]


def test_who_told_of_another_end_is_told_of_itself(log_path: Path) -> None:
    """In a crash loop each process writes of the one before it, and the next one of it."""
    earlier = a_record(event="unexpected_end", instance=INSTANCE, ended_instance="0f9876543210")
    log_path.write_bytes(lines_of(earlier))
    end_amid(log_path, "1")
    assert [record["event"] for record in told(log_path)] == ["task.finished", "unexpected_end"]


def test_a_process_that_had_only_begun_is_not_told(log_path: Path) -> None:
    """An empty file is removed without a word, when nobody can be about to lock it any more."""
    file = RunningFile(log_path, INSTANCE)
    file.close()
    assert told(log_path) == []
    assert file.path.exists()
    os.utime(file.path, (0, 0))
    assert told(log_path) == []
    assert not file.path.exists()


def test_a_damaged_file_is_an_unexpected_end(log_path: Path) -> None:
    """Where the notes cannot be read, the end of the process is told all the same."""
    path = end_amid(log_path, "1")
    path.write_bytes(b"\xff" * 5000)
    (record,) = told(log_path)
    assert (record["event"], record["lost"], record["ended_instance"]) == ("unexpected_end", 0, INSTANCE)
    assert "last_memory_mb" not in record
    assert not path.exists()


def test_a_forged_moment_is_left_out(log_path: Path) -> None:
    """What is no moment is not passed on as one."""
    end_amid(log_path, last_seen="<script>")
    assert "last_seen" not in told(log_path)[0]


def test_damaged_logs_are_searched_without_harm(log_path: Path) -> None:
    """Lines that are no records, and files that are no gzip, say nothing."""
    end_amid(log_path, "1")
    log_path.write_bytes(b'{"instance":"' + INSTANCE.encode() + b'"' + b"[" * 5000 + b"\n\xff\n")
    log_path.with_name("qwen-2026-01-01T00-00-00.000Z.log.gz").write_bytes(b"no gzip " + INSTANCE.encode())
    assert ids(told(log_path)) == ["1", None]


def test_the_line_that_comes_last_may_be_torn(log_path: Path) -> None:
    """The killed process's half line is no record of its task."""
    end_amid(log_path, "1")
    file = RotatingFile(log_path, 2**20, 3600)
    line = lines_of(a_record(0, request_id="1", instance=INSTANCE))
    file.append([line[:-20]], 0.0)
    file.close()
    assert ids(told(log_path)) == ["1", None]
