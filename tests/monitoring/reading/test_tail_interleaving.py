"""The tail beside a writer and a compressor that do anything at any moment: each record once, in order."""

import tempfile
import threading
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.monitoring.reading.tail_helpers import WrittenLog, line, numbers, oldest_first, tail_of


@pytest.fixture
def log(tmp_path: Path) -> WrittenLog:
    """Return a log that is not there yet."""
    return WrittenLog(tmp_path / "qwen.log")


def test_a_busy_writer_beside_the_tail_loses_nothing(log: WrittenLog) -> None:
    """While a thread writes, rotates and compresses under the reader, each record comes once and in order."""

    def work() -> None:
        for number in range(2000):
            log.write(line(number))
            if number % 7 == 0:
                log.rotate()
            if number % 50 == 0:
                log.compress_all()

    tail, decoder = tail_of(log.path)
    writer = threading.Thread(target=work)
    writer.start()
    history = tail.history(5000)
    older = [numbers(islice(history, 1))]
    newer: list[int] = []
    while writer.is_alive():
        newer += numbers(tail.poll())
        older.append(numbers(islice(history, 1)))
    writer.join()
    log.write(line(2000))
    newer += numbers(tail.poll())
    older.append(oldest_first(history))
    assert [number for batch in reversed(older) for number in batch] + newer == list(range(2001))
    assert not +decoder.broken


class AnyInterleaving(RuleBasedStateMachine):
    """Writer, compressor and reader, each doing its next step at any moment."""

    @initialize(read_bytes=st.integers(20, 400), wanted=st.integers(0, 12))
    def begin(self, read_bytes: int, wanted: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.log = WrittenLog(Path(self.folder.name) / "qwen.log")
        self.tail, self.decoder = tail_of(self.log.path, read_bytes)
        self.history = self.tail.history(wanted)
        self.wanted = wanted
        # The number of records that were written.
        self.written = 0
        # The rest of a record that is written by half.
        self.rest = b""
        # The number of records that were in the log when history began.
        self.stood: int | None = None
        self.removed = False
        self.older: list[int] = []
        self.newer: list[int] = []

    @rule()
    def write_a_line(self) -> None:
        if not self.rest:
            self.rest = line(self.written)
        self.log.write(self.rest)
        self.rest = b""
        self.written += 1

    @rule()
    @precondition(lambda self: not self.rest)
    def write_half_a_line(self) -> None:
        self.log.write(line(self.written)[:7])
        self.rest = line(self.written)[7:]

    @rule()
    @precondition(lambda self: not self.rest)
    def rotate(self) -> None:
        self.log.rotate()

    @rule()
    def copy(self) -> None:
        for path in self.log.plain():
            self.log.copy(path)

    @rule()
    def compress(self) -> None:
        self.log.compress_all()

    @rule()
    @precondition(lambda self: self.stood is not None)
    def remove_what_was_read(self) -> None:
        self.poll()
        if self.log.path.exists():  # Otherwise the newest rotated file may be unread.
            for path in self.log.path.parent.glob("qwen-*"):
                path.unlink()
            self.removed = True

    @rule()
    def read_back(self) -> None:
        if self.stood is None:
            self.stood = self.written
        self.older = numbers(islice(self.history, 1)) + self.older

    @rule()
    @precondition(lambda self: self.stood is not None)
    def poll(self) -> None:
        self.newer += numbers(self.tail.poll())

    def teardown(self) -> None:
        if self.stood is None:
            self.read_back()
        self.write_a_line()
        self.poll()
        self.older = oldest_first(self.history) + self.older
        self.tail.close()
        self.folder.cleanup()
        got = self.older + self.newer
        assert got == list(range(self.written - len(got), self.written))
        assert self.removed or len(self.older) >= min(self.wanted, self.stood or 0)
        assert len(self.newer) >= self.written - (self.stood or 0)
        assert not +self.decoder.broken


AnyInterleaving.TestCase.settings = settings(deadline=None, max_examples=150, stateful_step_count=40)
TestAnyInterleavingGivesEachRecordOnce = AnyInterleaving.TestCase
