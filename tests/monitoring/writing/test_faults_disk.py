"""A disk that refuses, and other programs that touch the log's files: what was not destroyed is there."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from monitoring import MonitoringConfig
from monitoring.reading.live_log import LiveLog
from monitoring.writing.event_log import EventLog
from tests.monitoring.helpers import Record, read_records, wait_until
from tests.monitoring.writing.programs import DISK_PROGRAM, SECONDS, start

IN_A_SMALL_DISK = ("unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=64k none "$0" && exec "$@"')


def small_disk() -> str:
    """Return `tmpfs` where one may be mounted here, else `limit`."""
    command = [*IN_A_SMALL_DISK, "/tmp", "true"]
    try:
        allowed = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:  # There is no `unshare`.
        return "limit"
    return "tmpfs" if allowed else "limit"


def check_refusal(disk: str, folder: Path, reasons: list[str]) -> None:
    """Log to a disk that refuses for these reasons, and check what stands in the log afterwards."""
    mount = folder / "disk"
    mount.mkdir()
    before = (*IN_A_SMALL_DISK, mount) if disk == "tmpfs" else ()
    arguments = (*before, sys.executable, DISK_PROGRAM, disk, mount)
    with start(arguments, mount / "logs", LOG_QUEUE=50) as process:
        output, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (0, "")
    outcome = json.loads(output)
    assert outcome["reasons"] == reasons
    records = read_records(folder / "qwen.log")
    numbers = [record["seq"] for record in records]
    assert numbers == sorted(set(numbers))
    assert sum(record.get("dropped", 0) for record in records) == outcome["dropped"] >= 100
    assert numbers[-1] - len(numbers) == outcome["dropped"]
    assert "after" in [record["message"] for record in records]


@pytest.mark.parametrize("disk", [small_disk()])
def test_a_disk_that_refuses_costs_what_the_queue_cannot_hold(tmp_path: Path, disk: str) -> None:
    """Full, then read-only, then with room again: writing resumes by itself, and tells exactly what is lost.

    On a real small disk where one may be mounted, else under a limit for the size of files, which takes the
    place of the full disk.
    """
    check_refusal(disk, tmp_path, ["ENOSPC", "EROFS", "ENOSPC"] if disk == "tmpfs" else ["EFBIG"])


def test_a_limit_for_the_size_of_files_is_a_full_disk(tmp_path: Path) -> None:
    """Where no small disk may be mounted, a limit shows the same."""
    check_refusal("limit", tmp_path, ["EFBIG"])


def remove_folder(path: Path) -> None:
    """Remove the folder as somebody does who tidies up."""
    shutil.rmtree(path.parent, ignore_errors=True)


def remove_file(path: Path) -> None:
    """Remove the file alone."""
    path.unlink(missing_ok=True)


def empty(path: Path) -> None:
    """Cut the file to nothing, as `> qwen.log` does."""
    path.write_bytes(b"")


def cut(path: Path) -> None:
    """Cut the file amid a line."""
    if path.exists():
        os.truncate(path, path.stat().st_size * 2 // 3)


def rename(path: Path) -> None:
    """Put the file aside, as logrotate does."""
    if path.exists():
        path.rename(path.with_name("by-logrotate.log"))


INTRUDERS = [remove_folder, remove_file, empty, cut, rename]


def whole(path: Path) -> list[Record]:
    """Return the file's records, without lines that were cut."""
    records = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            records.append(json.loads(line))
        except ValueError:
            continue
    return records


@pytest.mark.parametrize("intrude", INTRUDERS)
def test_only_what_an_intruder_destroyed_is_missing(
    log: EventLog, config: MonitoringConfig, intrude: Callable[[Path], None]
) -> None:
    """Whatever somebody does to the file or its folder, logging goes on with the next record."""
    path = config.log_path
    for _ in range(10):
        log.write({})
    log.flush()
    intrude(path)
    spared = [record["seq"] for record in whole(path)] if path.exists() else []
    for _ in range(10):
        log.write({})
    log.flush()
    assert [record["seq"] for record in whole(path)] == [*spared, *range(11, 21)]
    torn = path.read_bytes().count(b"\n") - len(whole(path))
    assert torn == (1 if intrude is cut else 0)
    if intrude is rename:
        aside = read_records(path.with_name("by-logrotate.log"))
        assert [record["seq"] for record in aside] == list(range(1, 11))


def test_intruders_amid_busy_logging_break_no_later_record(log: EventLog, config: MonitoringConfig) -> None:
    """While a thread logs without a pause, each intruder in turn costs nothing that comes after it."""
    quit_now = threading.Event()

    def write() -> None:
        while not quit_now.is_set():
            for _ in range(50):
                log.write({})
            log.flush()
            wait_until(lambda: log.error is None)

    thread = threading.Thread(target=write)
    thread.start()
    path = config.log_path
    try:
        for intrude in INTRUDERS * 4:
            wait_until(lambda: path.exists() and path.stat().st_size > 5000)
            intrude(path)
    finally:
        quit_now.set()
        thread.join()
    for number in range(100):
        log.write({"number": number})
    log.stop()
    assert log.dropped == 0
    records = whole(path)
    numbers = [record["seq"] for record in records]
    assert numbers == sorted(set(numbers))
    assert [record["number"] for record in records[-100:]] == list(range(100))


def test_a_folder_in_the_files_place_holds_the_records(log: EventLog, config: MonitoringConfig) -> None:
    """What cannot be written is held with its reason, and written once the place is free."""
    config.log_path.mkdir(parents=True)
    log.write({"message": "held"})
    wait_until(lambda: isinstance(log.error, IsADirectoryError))
    config.log_path.rmdir()
    wait_until(lambda: log.error is None)
    log.flush()
    assert [record["message"] for record in read_records(config.log_path)] == ["held"]


@pytest.mark.parametrize("trouble", ["removed", "moved away", "not reachable"])
def test_a_folder_that_goes_and_comes_back_costs_nothing_that_comes_later(
    config: MonitoringConfig, trouble: str
) -> None:
    """Whatever happens to the log's folder, records are held, written once it is back, and shown once."""
    log = EventLog(config, retry_seconds=0.02)
    live = LiveLog(config, poll_seconds=0.01, retry_seconds=0.02)
    live.start()
    log.write({"message": "before"})
    wait_until(lambda: messages(live) == ["before"])
    aside = config.log_dir.with_name("aside")
    if trouble == "removed":
        shutil.rmtree(config.log_dir)
    else:
        config.log_dir.rename(aside)
    if trouble == "not reachable":  # as below a mount that failed
        config.log_dir.write_bytes(b"")
    for number in range(5):
        log.write({"message": f"during {number}"})
    if trouble == "not reachable":
        wait_until(lambda: log.error is not None and live.view().error is not None)
        config.log_dir.unlink()
        aside.rename(config.log_dir)
    log.write({"message": "after"})
    later = [*(f"during {number}" for number in range(5)), "after"]
    wait_until(lambda: messages(live)[-len(later) :] == later)
    wait_until(lambda: live.view().error is None)
    assert messages(live) == ["before", *later]
    assert (log.dropped, log.error) == (0, None)
    live.stop()
    log.stop()


def messages(live: LiveLog) -> list[str]:
    """Return the messages that a dashboard shows, oldest first."""
    return [str(record["message"]) for record in live.view().frame.records()]


def test_a_link_whose_target_has_no_folder_holds_the_records(log: EventLog, config: MonitoringConfig) -> None:
    """A log on a disk that is not there yet is written once it is."""
    disk = config.log_dir.with_name("disk")
    disk.write_bytes(b"")
    config.log_dir.mkdir(mode=0o700, exist_ok=True)
    config.log_path.symlink_to(disk / "logs" / "qwen.log")
    log.write({"message": "held"})
    wait_until(lambda: log.error is not None)
    disk.unlink()
    wait_until(lambda: log.error is None)
    log.flush()
    assert [record["message"] for record in read_records(disk / "logs" / "qwen.log")] == ["held"]
    assert config.log_path.is_symlink()
