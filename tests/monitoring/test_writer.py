"""The queue, its thread, and what happens when the disk does not keep up."""

import errno
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring import writer as writer_module
from monitoring.formatter import StructuredFormatter
from monitoring.rotation import RotatingFile, rotated_files
from monitoring.writer import QueueWriter
from tests.monitoring.helpers import (
    Record,
    SlowDisk,
    StubbornDisk,
    read_records,
    wait_until,
)


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text for you")


class Attached:
    """Build writers on files of a test, and stop them all at its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writers: list[QueueWriter] = []

    def __call__(self, file: RotatingFile, capacity: int = 10_000) -> tuple[logging.Logger, QueueWriter]:
        writer = QueueWriter(file, StructuredFormatter(), capacity)
        self._writers.append(writer)
        logger = logging.Logger("test")
        logger.addHandler(writer)
        return logger, writer

    def stop(self) -> None:
        for writer in self._writers:
            writer.stop()


@pytest.fixture
def attach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Attached]:
    """Return a builder of loggers; a refusing disk is tried again every 10 ms."""
    monkeypatch.setattr(writer_module, "RETRY_SECONDS", 0.01)
    attached = Attached(tmp_path / "qwen.log")
    yield attached
    attached.stop()


def missing_numbers(records: list[Record]) -> int:
    """Count the gaps in `seq`, as a reader does."""
    numbers: list[int] = [record["seq"] for record in records]
    assert len(set(numbers)) == len(numbers)
    return max(numbers) - len(numbers)


def test_records_are_written_in_order(attach: Attached) -> None:
    """What is logged stands in the file, in order, after flush()."""
    logger, writer = attach(RotatingFile(attach.path, 2**20, 3600, 3))
    for number in range(1500):
        logger.info("record %d", number)
    writer.flush()
    records = read_records(attach.path)
    assert [record["message"] for record in records] == [f"record {number}" for number in range(1500)]
    assert [record["seq"] for record in records] == list(range(1, 1501))


def test_threads_lose_and_double_nothing(attach: Attached) -> None:
    """Eight threads on one handler with tiny files leave each record exactly once, in whole lines."""
    logger, writer = attach(RotatingFile(attach.path, 5000, 3600, 10_000))

    def log(worker: int) -> None:
        for number in range(200):
            logger.info("%d/%d", worker, number)

    threads = [threading.Thread(target=log, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.stop()
    files = [*rotated_files(attach.path), attach.path]
    records = [record for path in files for record in read_records(path)]
    assert len(files) > 2
    assert sorted(r["message"] for r in records) == sorted(f"{w}/{n}" for w in range(8) for n in range(200))
    assert [record["seq"] for record in records] == list(range(1, 1601))


def test_logging_does_not_wait_for_the_disk(attach: Attached) -> None:
    """While the disk takes its time, records queue up and the caller goes on."""
    disk = SlowDisk(attach.path)
    logger, writer = attach(disk)
    for _ in range(100):
        logger.info("x")
    assert disk.entered.wait(20)
    assert not disk.released.is_set()
    assert not attach.path.exists()
    disk.released.set()
    writer.flush()
    assert len(read_records(attach.path)) == 100


def test_a_full_queue_counts_what_it_cannot_take(attach: Attached) -> None:
    """Lines beyond the capacity are dropped, counted, and told in a log.dropped record."""
    disk = SlowDisk(attach.path)
    logger, writer = attach(disk, capacity=5)
    for _ in range(12):
        logger.info("x")
    assert writer.dropped == 7
    disk.released.set()
    writer.flush()
    records = read_records(attach.path)
    assert len(records) == 6
    told = records[-1]
    assert (told["event"], told["task_type"], told["level"]) == ("log.dropped", "system", "WARNING")
    assert told["dropped"] == 7
    assert missing_numbers(records) == 7


def test_each_loss_is_told_once(attach: Attached) -> None:
    """A later log.dropped record counts only what was lost since the one before."""
    disk = SlowDisk(attach.path)
    logger, writer = attach(disk, capacity=2)
    for lost in (3, 4):
        for _ in range(2 + lost):
            logger.info("x")
        disk.released.set()
        writer.flush()
        disk.entered.clear()
        disk.released.clear()
    told = [r["dropped"] for r in read_records(attach.path) if r["event"] == "log.dropped"]
    assert told == [3, 4]
    assert writer.dropped == 7


def test_a_refusing_disk_holds_the_lines(attach: Attached) -> None:
    """While the disk refuses, the reason shows; when it is back, everything queued is written."""
    disk = StubbornDisk(attach.path)
    disk.full.set()
    logger, writer = attach(disk)
    logger.info("one")
    wait_until(lambda: writer.error is not None)
    assert writer.error is not None
    assert writer.error.errno == errno.ENOSPC
    logger.info("two")
    wait_until(lambda: disk.refusals >= 3)
    disk.full.clear()
    wait_until(lambda: writer.error is None)
    writer.flush()
    assert [record["message"] for record in read_records(attach.path)] == ["one", "two"]
    assert writer.dropped == 0


def test_a_refusing_disk_leaves_no_false_gaps(attach: Attached) -> None:
    """Failed tries use no numbers up: the gaps in `seq` are exactly the records that were lost."""
    disk = StubbornDisk(attach.path)
    disk.full.set()
    logger, writer = attach(disk, capacity=2)
    for _ in range(5):
        logger.info("x")
    wait_until(lambda: disk.refusals >= 5)
    disk.full.clear()
    wait_until(lambda: writer.error is None)
    logger.info("later")
    writer.flush()
    records = read_records(attach.path)
    assert [record["dropped"] for record in records if "dropped" in record] == [3]
    assert missing_numbers(records) == 3


def test_a_repaired_folder_gets_the_held_lines(attach: Attached, tmp_path: Path) -> None:
    """A log below a regular file is held back until the file is gone."""
    obstacle = tmp_path / "logs"
    obstacle.write_bytes(b"")
    logger, writer = attach(RotatingFile(obstacle / "qwen.log", 2**20, 3600, 3))
    logger.info("held")
    wait_until(lambda: writer.error is not None)
    obstacle.unlink()
    wait_until(lambda: writer.error is None)
    writer.flush()
    assert [record["message"] for record in read_records(obstacle / "qwen.log")] == ["held"]


def test_flush_does_not_wait_for_a_refusing_disk(attach: Attached) -> None:
    """flush() returns while the disk refuses; the lines stay queued."""
    disk = StubbornDisk(attach.path)
    disk.full.set()
    logger, writer = attach(disk)
    logger.info("held")
    wait_until(lambda: writer.error is not None)
    writer.flush()
    assert not attach.path.exists()
    disk.full.clear()
    wait_until(attach.path.exists)


def test_stop_writes_what_is_queued(attach: Attached) -> None:
    """stop() ends the thread after the last line, and a second call does nothing."""
    logger, writer = attach(RotatingFile(attach.path, 2**20, 3600, 3))
    for _ in range(2000):
        logger.info("x")
    writer.stop()
    writer.stop()
    assert len(read_records(attach.path)) == 2000


def test_stop_gives_up_on_a_refusing_disk(attach: Attached) -> None:
    """stop() does not try for ever where the disk refuses."""
    disk = StubbornDisk(attach.path)
    disk.full.set()
    logger, writer = attach(disk)
    logger.info("lost")
    writer.stop()
    assert not any(t.name == "log-writer" and t.is_alive() for t in threading.enumerate())


def test_stop_amid_a_record_ends_the_thread(attach: Attached) -> None:
    """A signal may come while emit() holds the lock: stop() lets the thread finish all the same."""
    logger, writer = attach(RotatingFile(attach.path, 2**20, 3600, 3))
    with writer._changed:
        logger.info("x")
        writer.stop()
        assert not any(t.name == "log-writer" for t in threading.enumerate())
    assert len(read_records(attach.path)) == 1


def test_a_record_after_stop_is_counted(attach: Attached) -> None:
    """What comes too late is dropped and counted, not raised."""
    logger, writer = attach(RotatingFile(attach.path, 2**20, 3600, 3))
    writer.stop()
    logger.info("too late")
    assert writer.dropped == 1


def test_close_is_not_the_end(attach: Attached) -> None:
    """close(), which dictConfig() calls on every handler, flushes and lets later records through."""
    logger, writer = attach(RotatingFile(attach.path, 2**20, 3600, 3))
    logger.info("before")
    writer.close()
    logger.info("after")
    writer.flush()
    assert [record["message"] for record in read_records(attach.path)] == ["before", "after"]


def test_a_record_that_cannot_be_formatted_is_counted(
    attach: Attached, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message whose text raises costs this record only, never the caller."""
    monkeypatch.setattr(logging, "raiseExceptions", False)  # no traceback on stderr
    logger, writer = attach(RotatingFile(attach.path, 2**20, 3600, 3))
    logger.info(Unprintable())
    logger.info("fine")
    writer.flush()
    assert writer.dropped == 1
    assert "fine" in [record["message"] for record in read_records(attach.path)]


def test_a_handler_level_is_respected(attach: Attached) -> None:
    """The handler is an ordinary one: its level filters."""
    logger, writer = attach(RotatingFile(attach.path, 2**20, 3600, 3))
    writer.setLevel(logging.ERROR)
    logger.info("no")
    logger.error("yes")
    writer.flush()
    assert [record["message"] for record in read_records(attach.path)] == ["yes"]
