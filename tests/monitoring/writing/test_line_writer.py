"""The queue, its thread, and what happens when the disk does not keep up."""

import errno
import io
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring.storage.rotation import RotatingFile
from monitoring.writing.line_writer import CLOSE_SECONDS, MAX_HELD_BYTES, LineWriter
from tests.monitoring.helpers import StalledDisk, StubbornDisk, line, wait_until
from tests.threads import threads_named


class Writers:
    """Build writers on files of a test, and stop them all at its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reported: list[int] = []  # The arguments of the calls of `on_dropped`.
        self._writers: list[LineWriter] = []

    def __call__(
        self,
        file: RotatingFile | None = None,
        capacity: int = 10_000,
        max_bytes: int = MAX_HELD_BYTES,
        close_seconds: float = CLOSE_SECONDS,
    ) -> LineWriter:
        file = file or RotatingFile(self.path, 2**20, 3600)
        self._writers.append(LineWriter(file, capacity, self.reported.append, max_bytes, 0.01, close_seconds))
        return self._writers[-1]

    def stop(self) -> None:
        for writer in self._writers:
            writer.stop()
            # A thread that stop() gave up ends later, and the next test counts threads.
            writer._thread.join(30)
            assert not writer._thread.is_alive()


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[Writers]:
    """Return a builder of writers; a refusing disk is tried again every 10 ms."""
    built = Writers(tmp_path / "qwen.log")
    yield built
    built.stop()


def put(writer: LineWriter, stop: int, start: int = 0) -> None:
    """Put numbered lines."""
    for number in range(start, stop):
        writer.put(line(number))


def lines(stop: int, start: int = 0) -> bytes:
    """Return what `put()` puts."""
    return b"".join(line(number) for number in range(start, stop))


def test_lines_are_written_in_order(writers: Writers) -> None:
    """What was put stands in the file, in order, after flush()."""
    writer = writers()
    put(writer, 1500)
    writer.flush()
    assert writers.path.read_bytes() == lines(1500)


def test_lines_are_written_without_being_told_to(writers: Writers) -> None:
    """Nobody needs to flush: what was put stands in the file a moment later."""
    put(writers(), 100)
    wait_until(lambda: writers.path.exists() and writers.path.read_bytes() == lines(100))


def test_putting_does_not_wait_for_the_disk(writers: Writers) -> None:
    """While the disk takes its time, lines queue up and the caller goes on."""
    disk = StalledDisk(writers.path)
    writer = writers(disk)
    put(writer, 10_000)
    assert disk.entered.wait(20)
    assert not writers.path.exists()
    disk.release()
    writer.flush()
    assert writers.path.read_bytes() == lines(10_000)
    assert writer.dropped == 0


def test_a_full_queue_counts_what_it_cannot_take(writers: Writers) -> None:
    """Lines beyond the capacity are dropped, counted, and told once the disk writes again."""
    disk = StalledDisk(writers.path)
    writer = writers(disk, capacity=5)
    put(writer, 12)
    assert writer.dropped == 7
    assert writers.reported == []
    disk.release()
    writer.flush()
    assert writers.path.read_bytes() == lines(5)
    assert writers.reported == [7]


def test_a_full_queue_counts_bytes_too(writers: Writers) -> None:
    """However few lines they are, what waits for the disk stays within its bound of memory."""
    disk = StalledDisk(writers.path)
    writer = writers(disk, max_bytes=1000)
    for _ in range(5):
        writer.put(b"x" * 399 + b"\n")
    assert writer.dropped == 2
    disk.release()
    writer.flush()
    put(writer, 1)
    writer.flush()
    assert writers.path.read_bytes() == (b"x" * 399 + b"\n") * 3 + lines(1)


def test_there_is_room_again_once_lines_are_written(writers: Writers) -> None:
    """The bounds hold for what waits, not for what was ever put."""
    writer = writers(capacity=10)
    for start in range(0, 500, 10):
        put(writer, start + 10, start)
        writer.flush()
    assert writers.path.read_bytes() == lines(500)
    assert writer.dropped == 0


def test_an_urgent_line_always_has_room(writers: Writers) -> None:
    """A full queue takes the line that tells of the loss."""
    disk = StalledDisk(writers.path)
    writer = writers(disk, capacity=2)
    put(writer, 4)
    writer.put(b"urgent\n", urgent=True)
    disk.release()
    writer.flush()
    assert writers.path.read_bytes() == lines(2) + b"urgent\n"


def test_each_loss_is_told_once(writers: Writers) -> None:
    """What is told counts only what was lost since the time before."""
    disk = StalledDisk(writers.path)
    writer = writers(disk, capacity=2)
    for lost in (3, 4):
        put(writer, 2 + lost)
        disk.release()
        writer.flush()
        disk.stall()
    disk.release()
    assert writers.reported == [3, 4]
    assert writer.dropped == 7


def test_a_refusing_disk_holds_the_lines(writers: Writers) -> None:
    """While the disk refuses, the reason shows; when it is back, everything queued is written."""
    disk = StubbornDisk(writers.path)
    disk.full.set()
    writer = writers(disk)
    put(writer, 1)
    wait_until(lambda: writer.error is not None)
    assert writer.error is not None
    assert writer.error.errno == errno.ENOSPC
    put(writer, 1000, start=1)
    wait_until(lambda: disk.refusals >= 3)
    disk.full.clear()
    wait_until(lambda: writer.error is None)
    writer.flush()
    assert writers.path.read_bytes() == lines(1000)
    assert writer.dropped == 0


def test_a_refusing_disk_is_told_of_once_it_is_back(writers: Writers) -> None:
    """Failed tries tell nothing; the first one that works tells what was lost meanwhile."""
    disk = StubbornDisk(writers.path)
    disk.full.set()
    writer = writers(disk, capacity=2)
    put(writer, 5)
    wait_until(lambda: disk.refusals >= 5)
    assert writers.reported == []
    disk.full.clear()
    wait_until(lambda: writers.reported)
    assert writers.reported == [3]


def test_flush_does_not_wait_for_a_refusing_disk(writers: Writers) -> None:
    """flush() returns while the disk refuses; the lines stay queued."""
    disk = StubbornDisk(writers.path)
    disk.full.set()
    writer = writers(disk)
    put(writer, 1)
    wait_until(lambda: writer.error is not None)
    writer.flush()
    assert not writers.path.exists()
    disk.full.clear()
    wait_until(writers.path.exists)


def test_stop_writes_what_is_queued(writers: Writers) -> None:
    """stop() ends the thread after the last line, and a second call does nothing."""
    writer = writers()
    put(writer, 2000)
    writer.stop()
    writer.stop()
    assert writers.path.read_bytes() == lines(2000)
    assert threads_named("log-writer") == []


def test_others_who_go_on_do_not_keep_the_thread_alive(writers: Writers) -> None:
    """While stop() waits, each loss that is told may see another one: only the first is still told."""
    disk = StalledDisk(writers.path)
    writer = writers(disk, capacity=1)

    class Busy(list[int]):
        def append(self, dropped: int) -> None:
            super().append(dropped)
            writer.put(b"told\n", urgent=True)
            writer.put(b"one more, which is lost\n")

    writers.reported = Busy()
    writer._on_dropped = writers.reported.append
    put(writer, 2)
    stopping = threading.Thread(target=writer.stop)
    stopping.start()
    wait_until(writer._closing.is_set)
    disk.release()
    stopping.join()
    assert writers.reported == [1]
    assert writers.path.read_bytes() == lines(1) + b"told\n"
    assert writer.dropped == 2


def test_stop_tells_what_a_refusing_disk_did_not_take(
    writers: Writers, capsys: pytest.CaptureFixture[str]
) -> None:
    """stop() does not try for ever: the lines go to stderr, with their number, the path and the reason."""
    disk = StubbornDisk(writers.path)
    disk.full.set()
    writer = writers(disk)
    put(writer, 3)
    wait_until(lambda: writer.error is not None)
    put(writer, 5, start=3)
    writer.stop()
    assert threads_named("log-writer") == []
    reason = "[Errno 28] No space left on device"
    said = f"5 log records could not be written to {writers.path}: {reason}\n"
    assert capsys.readouterr().err == lines(5).decode() + said


class BrokenPipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_nobody_to_tell_does_not_hurt(writers: Writers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where stderr is missing, closed or read by nobody, stop() ends all the same."""
    closed = io.StringIO()
    closed.close()
    disk = StubbornDisk(writers.path)
    disk.full.set()
    for stderr in (None, closed, BrokenPipe()):
        writer = writers(disk)
        put(writer, 1)
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stderr", stderr)
            writer.stop()
    assert disk.refusals >= 3
    assert threads_named("log-writer") == []


def test_a_disk_that_does_not_answer_is_given_up(
    writers: Writers, capsys: pytest.CaptureFixture[str]
) -> None:
    """stop() waits a few seconds for a disk that neither takes nor refuses, then says so."""
    disk = StalledDisk(writers.path)
    writer = writers(disk, close_seconds=0.1)
    put(writer, 3)
    assert disk.entered.wait(20)
    writer.stop()
    said = f"3 log records could not be written to {writers.path}: the disk does not answer\n"
    assert capsys.readouterr().err == lines(3).decode() + said
    disk.release()


def test_stop_amid_a_flush_ends_the_thread(writers: Writers) -> None:
    """A signal may come while flush() holds its lock: stop() lets the thread finish all the same."""
    writer = writers()
    with writer._progress:
        put(writer, 1)
        writer.stop()
        assert threads_named("log-writer") == []
    assert writers.path.read_bytes() == lines(1)


@pytest.mark.parametrize("urgent", [False, True])
def test_a_line_after_stop_is_counted(writers: Writers, urgent: bool) -> None:
    """What comes too late is dropped and counted, not raised."""
    writer = writers()
    writer.stop()
    writer.put(line(0), urgent=urgent)
    assert writer.dropped == 1
    assert not writers.path.exists()
