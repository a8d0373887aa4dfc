"""Lines that are longer than a record may be, wherever they are read: they are counted, and nothing else."""

import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from monitoring.alerts.replay import replay
from monitoring.history.scan import scan
from monitoring.reading.whole_file import FileReading
from monitoring.record.schema import MAX_LINE_BYTES
from tests.monitoring.alerts.helpers import a_machine, rules
from tests.monitoring.helpers import a_record, lines_of
from tests.monitoring.history.helpers import rows
from tests.monitoring.reading.tail_helpers import tail_of

SHORT = lines_of(a_record(0))
# A whole record but for its length, with its newline.
LONG = SHORT[:-2] + b',"extra":"' + b"x" * MAX_LINE_BYTES + b'"}\n'


def by_tail_history(path: Path) -> tuple[int, int]:
    """Read back in time from the log's end; return the records and the lines that are too long."""
    tail, decoder = tail_of(path)
    records = sum(map(len, tail.history(1000)))
    tail.close()
    return records, decoder.broken["too_long"]


def by_tail_poll(path: Path) -> tuple[int, int]:
    """Read what comes to an empty log."""
    data = path.read_bytes()
    path.write_bytes(b"")
    tail, decoder = tail_of(path)
    assert not list(tail.poll())
    path.write_bytes(data)
    records = sum(map(len, tail.poll()))
    tail.close()
    return records, decoder.broken["too_long"]


def by_file(path: Path) -> tuple[int, int]:
    """Read a file that somebody opens."""
    reading = FileReading(path, 1000, 1 << 30)
    assert not any(reading.load())
    return len(reading.view().frame), reading.view().broken["too_long"]


def by_scan(path: Path) -> tuple[int, int]:
    """Count a log's records for the summary."""
    result = scan(path)
    return result.records, result.broken


def by_query(path: Path) -> tuple[int, int]:
    """Ask with SQL, which tells nothing of broken lines."""
    return rows(path, "select count(*) from log")[0][0], 1


@pytest.mark.parametrize("read", [by_tail_history, by_tail_poll, by_file, by_scan, by_query])
def test_a_line_that_is_too_long_is_counted_and_its_neighbours_are_read(
    tmp_path: Path, read: Callable[[Path], tuple[int, int]]
) -> None:
    """Every reader takes the two records around it."""
    path = tmp_path / "qwen.log"
    path.write_bytes(SHORT + LONG + SHORT)
    assert read(path) == (2, 1)


def test_sql_passes_over_a_long_line_of_a_compressed_file(tmp_path: Path) -> None:
    """A compressed file is searched for long lines, too."""
    (tmp_path / "qwen-2023-11-14T22-13-20.000Z.log.gz").write_bytes(gzip.compress(SHORT + LONG))
    (tmp_path / "qwen.log").write_bytes(SHORT)
    assert rows(tmp_path / "qwen.log", "select count(*) from log") == [(2,)]


def test_the_replay_passes_over_a_long_line(tmp_path: Path) -> None:
    """A fault that only a line tells that is too long is no fault."""
    dropped = lines_of(a_record(1, event="log.dropped", dropped=3, response_time_ms=None))
    path = tmp_path / "qwen.log"
    path.write_bytes(SHORT + dropped + SHORT)
    assert list(replay(path, rules(), a_machine()))
    path.write_bytes(SHORT + dropped[:-2] + b',"extra":"' + b"x" * MAX_LINE_BYTES + b'"}\n' + SHORT)
    assert not list(replay(path, rules(), a_machine()))


@pytest.mark.parametrize("read", [by_tail_history, by_file, by_scan])
def test_an_endless_line_is_never_in_memory(tmp_path: Path, read: Callable[[Path], tuple[int, int]]) -> None:
    """Of a line of 64 MiB, no more than some blocks are held at a time."""
    path = tmp_path / "qwen.log"
    with path.open("wb") as file:
        file.write(SHORT + b"{")
        file.truncate(64 << 20)
        file.seek(64 << 20)
        file.write(b"\n" + SHORT)
    tracemalloc.start()
    try:
        assert read(path) == (2, 1)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
