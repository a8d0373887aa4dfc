"""A killed process leaves its tasks in a file, and another process writes their records, exactly once."""

import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest

from monitoring import MonitoringConfig, Recorder
from monitoring.writing import in_flight
from monitoring.writing.event_log import EventLog
from tests.monitoring.helpers import Record, wait_until, whole_log
from tests.monitoring.writing.programs import run, running, told
from tests.threads import threads_named

# Rows that are written and rows that are free, as `RunningFile` lays them out.
ROW_BYTES = 512


def notes(folder: Path) -> dict[str, bytes]:
    """Return the notes of processes, by the names of their files."""
    return {path.name: path.read_bytes() for path in folder.glob(".qwen.log.*.running")}


def noted(folder: Path, *request_ids: str) -> bool:
    """Tell whether all these tasks, and no others, are noted by the processes together."""
    rows = b"".join(notes(folder).values()).split(b"\n")
    return sum(b'"request_id"' in row for row in rows) == len(request_ids) and all(
        any(f'"{request_id}"'.encode() in row for row in rows) for request_id in request_ids
    )


@contextmanager
def open_again(config: MonitoringConfig) -> Iterator[EventLog]:
    """Open the log as the next process would, and wait until the notes of others are gone."""
    left = notes(config.log_dir).keys()
    log = EventLog(config)
    try:
        wait_until(lambda: not left & notes(config.log_dir).keys())
        yield log
    finally:
        log.stop()


def by_event(config: MonitoringConfig, event: str) -> list[Record]:
    """Return the records of an event."""
    return [record for record in whole_log(config.log_path) if record["event"] == event]


def test_a_killed_process_is_told_with_its_tasks(config: MonitoringConfig) -> None:
    """After a `kill -9`, the next process writes a record of each task that ran, and one of the process."""
    with running("tracking", 3, 2, log_dir=config.log_dir) as process:
        assert told(process) == '"tracking"'
        ran = [f"running-{number}" for number in range(3)]
        wait_until(lambda: noted(config.log_dir, *ran))
        process.kill()
        process.wait()
    with open_again(config):
        pass
    finished = by_event(config, "task.finished")
    killed = finished[0]["instance"]
    assert sorted((record["request_id"], record["status"]) for record in finished) == [
        *((f"finished-{number}", "ok") for number in range(2)),
        *((request_id, "error") for request_id in ran),
    ]
    for record in finished[2:]:
        assert (record["error_type"], record["ended_instance"]) == ("ProcessEnded", killed)
        assert (record["task_type"], record["response_time_ms"], record["level"]) == ("chat", None, "ERROR")
        assert record["began"] < record["timestamp"]
        assert len(record["session_id"]) == 16
    (end,) = by_event(config, "unexpected_end")
    assert (end["level"], end["task_type"], end["ended_instance"]) == ("ERROR", "system", killed)
    assert (end["lost"], end["ended_pid"]) == (3, process.pid)
    assert end["last_memory_mb"] > 1
    assert end["last_seen"] <= end["timestamp"]
    assert not notes(config.log_dir)


def test_a_task_whose_record_is_in_the_log_is_not_lost(config: MonitoringConfig) -> None:
    """A process that is killed before it has noted a task's end leaves one record of it."""
    with running("tracking", 0, 5, log_dir=config.log_dir) as process:
        assert told(process) == '"tracking"'
        wait_until(lambda: config.log_path.exists() and len(whole_log(config.log_path)) == 5)
        process.kill()
        process.wait()
    with open_again(config):
        pass
    assert [record["status"] for record in by_event(config, "task.finished")] == ["ok"] * 5
    assert [record["lost"] for record in by_event(config, "unexpected_end")] == [0]


def test_a_living_process_tells_of_another_one(
    config: MonitoringConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody needs to start again: a process with the same folder looks from time to time."""
    monkeypatch.setattr(in_flight, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(in_flight, "SEEN_SECONDS", 0.01)
    log = EventLog(config)
    with running("tracking", 1, 0, log_dir=config.log_dir) as process:
        assert told(process) == '"tracking"'
        wait_until(lambda: noted(config.log_dir, "running-0"))
        process.kill()
        process.wait()
    wait_until(lambda: by_event(config, "unexpected_end"))
    log.stop()
    assert [record["request_id"] for record in by_event(config, "task.finished")] == ["running-0"]


def test_several_processes_that_look_tell_once(config: MonitoringConfig) -> None:
    """Of many processes that start at the same time, one tells of each killed one."""
    for _ in range(3):
        with running("tracking", 2, 0, log_dir=config.log_dir) as process:
            assert told(process) == '"tracking"'
            wait_until(
                lambda: any(
                    str(process.pid).encode() in text and text.count(b"running-") == 2
                    for text in notes(config.log_dir).values()
                )
            )
            process.kill()
            process.wait()
    left = notes(config.log_dir).keys()
    logs = [EventLog(config) for _ in range(8)]
    wait_until(lambda: not left & notes(config.log_dir).keys())
    for log in logs:
        log.stop()
    assert len(by_event(config, "unexpected_end")) == 3
    assert len(by_event(config, "task.finished")) == 6


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_ends_well_leaves_nothing(config: MonitoringConfig, end: signal.Signals) -> None:
    """SIGTERM and Ctrl-C are no unexpected ends; a task that still ran has its record."""
    with running("tracking", 1, 1, log_dir=config.log_dir) as process:
        assert told(process) == '"tracking"'
        process.send_signal(end)
        process.communicate(timeout=60)
    assert not notes(config.log_dir)
    found = {record["request_id"]: record["status"] for record in by_event(config, "task.finished")}
    assert found == {"running-0": "error", "finished-0": "ok"}
    assert not by_event(config, "unexpected_end")


def test_a_task_that_runs_at_the_end_has_a_record(config: MonitoringConfig) -> None:
    """A program that ends in the middle of a task, whatever for, leaves one record of it."""
    assert run("leave_unfinished", log_dir=config.log_dir)[0] == 0
    (record,) = whole_log(config.log_path)
    assert (record["request_id"], record["error_type"]) == ("unfinished", "ProcessEnded")
    assert record["ended_instance"] == record["instance"]


def has_ended(pid: int) -> bool:
    """Tell whether a process has ended, even if its parent has not asked for its status yet."""
    try:
        ended: bool = psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    return ended


def test_forked_children_are_told_apart(config: MonitoringConfig) -> None:
    """A killed child with a task is told; one without, and the parent that lives on, are not."""
    with running("fork_with_tasks", log_dir=config.log_dir) as process:
        lines = [told(process) for _ in range(3)]
        children = [int(line) for line in lines if line.isdecimal()]
        wait_until(lambda: noted(config.log_dir, "of the parent", "of the child"))
        for child in children:
            os.kill(child, signal.SIGKILL)
        # Their files are unlocked when the kernel has closed them, and are looked at once in half a minute.
        for child in children:
            wait_until(partial(has_ended, child))
        log = EventLog(config)
        # What the first look missed, since the machine is busy, the second one finds.
        wait_until(lambda: by_event(config, "unexpected_end"), seconds=90)
        process.kill()
        process.wait()
        log.stop()
    assert [record["request_id"] for record in by_event(config, "task.finished")] == ["of the child"]
    with open_again(config):
        pass
    ended = [record["request_id"] for record in by_event(config, "task.finished")]
    assert ended == ["of the child", "of the parent"]
    assert len(by_event(config, "unexpected_end")) == 2


def test_notes_are_private(config: MonitoringConfig) -> None:
    """The file is for its owner alone, and holds neither texts nor sessions."""
    log = EventLog(config)
    Recorder(log, config).track("chat", "r-1", session_id="secret-session", input_text="secret text")
    wait_until(lambda: noted(config.log_dir, "r-1"))
    (path,) = config.log_dir.glob(".qwen.log.*.running")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"secret" not in path.read_bytes()
    log.stop()


def test_the_file_stays_small(config: MonitoringConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of ended tasks are used again."""
    monkeypatch.setattr(in_flight, "SEEN_SECONDS", 0.01)
    log = EventLog(config)
    recorder = Recorder(log, config)
    for number in range(20):
        with recorder.track("chat", f"r-{number}"):
            wait_until(lambda: noted(config.log_dir, f"r-{number}"))  # noqa: B023
        wait_until(lambda: noted(config.log_dir))
    assert all(len(text) <= 3 * ROW_BYTES for text in notes(config.log_dir).values())
    log.stop()


def test_a_file_that_was_removed_is_made_again(
    config: MonitoringConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever removes the folder of the log takes away the notes for a while only."""
    monkeypatch.setattr(in_flight, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(in_flight, "SEEN_SECONDS", 0.01)
    log = EventLog(config)
    Recorder(log, config).track("chat", "r-1")
    wait_until(lambda: noted(config.log_dir, "r-1"))
    for path in config.log_dir.glob(".qwen.log.*.running"):
        path.unlink()
    wait_until(lambda: noted(config.log_dir, "r-1"))
    log.stop()


def test_a_folder_that_cannot_be_made_does_no_harm(config: MonitoringConfig) -> None:
    """Without a place for the notes, tasks run and end as ever."""
    config.log_dir.parent.joinpath("logs").write_text("a file where the folder should be")
    log = EventLog(config, retry_seconds=0.01)
    with Recorder(log, config).track("chat", "r-1"):
        pass
    log.stop()
    assert not threads_named("in-flight")


@pytest.mark.parametrize("request_id", ["x" * 5000, "half \ud83d", 7, None])
def test_a_name_that_cannot_be_noted_does_no_harm(config: MonitoringConfig, request_id: object) -> None:
    """A task with an odd id runs, and others are noted."""
    log = EventLog(config)
    recorder = Recorder(log, config)
    odd = recorder.track("chat", request_id)  # type: ignore[arg-type]  # as a careless caller may
    recorder.track("chat", "r-1")
    wait_until(lambda: b'"r-1"' in b"".join(notes(config.log_dir).values()))
    odd.finish()
    log.stop()
    assert [record["status"] for record in by_event(config, "task.finished")] == ["ok", "error"]
