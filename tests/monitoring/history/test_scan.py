"""The statistics of a whole log."""

import gzip
import math
import os
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.formats.row_decoder import RowDecoder
from monitoring.history import scan as scan_module
from monitoring.history.rows import Piece, read_lines
from monitoring.history.scan import WANTED, TaskStatistics, pieces, scan, tally
from monitoring.record.schema import MAX_LINE_BYTES
from monitoring.storage.listing import LogChangedError, LogFile, log_files
from tests.monitoring.helpers import a_record, lines_of, refused_requests, stamp

BROKEN = st.sampled_from(
    [
        b'{"task_type":"chat","response_time_ms":1',
        b"no JSON",
        b"[1]",
        b"null",
        b'{"task_type":"\xff"}',
        b"\x00\x00\x00",
        b'{"a":' + b"[" * 5000,
    ]
)
TIMES = st.floats(0, 1e6, allow_nan=False) | st.integers(0, 10**6)
GOOD = st.builds(
    lambda task, status, ms: {
        "timestamp": stamp(),
        "task_type": task,
        "status": status,
        "response_time_ms": ms,
        "event": "task.finished",
    },
    st.sampled_from(["chat", "sentiment", "情感"]),
    st.sampled_from(["ok", "error", "rejected", "cancelled"]),
    TIMES | st.none(),
)
LINES = st.lists(
    GOOD.map(lambda record: lines_of(record)[:-1]) | BROKEN | st.sampled_from([b"", b"  "]), max_size=40
)


def statistics_of(path: Path, *lines: bytes, **options: Any) -> Any:
    """Return the statistics of a log that has these lines."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return scan(path, **options)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return the place of a log that is not there yet."""
    return tmp_path / "qwen.log"


def test_a_task_is_counted_by_how_its_requests_ended(log: Path) -> None:
    """Each status is counted, and percentiles are those of the requests that ended ok."""
    records = [a_record(response_time_ms=ms) for ms in (100, 200, 300.5)]
    others = [
        a_record(status=status, response_time_ms=9999)
        for status in ("error", "error", "rejected", "cancelled")
    ]
    log.write_bytes(lines_of(*records, *others, a_record(event="feedback"), a_record(task_type="sentiment")))
    result = scan(log)
    assert result.tasks["chat"] == TaskStatistics(
        requests=7,
        ok=3,
        errors=2,
        rejected=1,
        cancelled=1,
        timed=3,
        p50_ms=200,
        p95_ms=float(np.percentile([100, 200, 300.5], 95)),
        p99_ms=float(np.percentile([100, 200, 300.5], 99)),
    )
    assert set(result.tasks) == {"chat", "sentiment"}
    assert (result.records, result.broken, result.files) == (9, 0, 1)


@settings(max_examples=60, deadline=None)
@given(records=st.lists(GOOD, max_size=60))
def test_the_answers_are_those_of_a_plain_loop(
    records: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Counts and percentiles agree with a loop over the records and numpy's linear percentile."""
    log = tmp_path_factory.mktemp("logs") / "qwen.log"
    log.write_bytes(lines_of(*records))
    result = scan(log)
    assert set(result.tasks) == {record["task_type"] for record in records}
    for task, found in result.tasks.items():
        mine = [record for record in records if record["task_type"] == task]
        times = [
            r["response_time_ms"] for r in mine if r["status"] == "ok" and r["response_time_ms"] is not None
        ]
        assert (found.requests, found.timed) == (len(mine), len(times))
        for percent, value in ((50, found.p50_ms), (95, found.p95_ms), (99, found.p99_ms)):
            assert value == (pytest.approx(float(np.percentile(times, percent))) if times else None)


@settings(max_examples=150, deadline=None)
@given(lines=LINES, size=st.integers(20, 4000), ended=st.booleans(), read=st.sampled_from([7, 64, 1 << 20]))
def test_splitting_never_loses_or_doubles_a_line(
    lines: list[bytes], size: int, ended: bool, read: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However a file is cut into pieces, each line is in exactly one of them, and in order."""
    log = tmp_path_factory.mktemp("logs") / "qwen.log"
    log.write_bytes(b"\n".join(lines) + (b"\n" if ended and lines else b""))
    [file] = log_files(log)
    parts = [bytes(part) for piece in pieces(file, size) for part in read_lines(piece, read, 1 << 14)]
    found = b"".join(parts)
    assert found == log.read_bytes()


@settings(max_examples=100, deadline=None)
@given(lines=LINES, size=st.integers(20, 4000))
def test_splitting_never_changes_an_answer(
    lines: list[bytes], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Records and broken lines of all pieces are those of the lines, each decoded for itself."""
    log = tmp_path_factory.mktemp("logs") / "qwen.log"
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    decoder = RowDecoder(WANTED)
    good = sum(len(decoder.rows(line + b"\n")) for line in lines)
    [file] = log_files(log)
    tallies = [tally(piece, max_line_bytes=1 << 14) for piece in pieces(file, size)]
    assert sum(group.count for each in tallies for group in each.groups.values()) == good
    assert sum((each.notes.broken for each in tallies), Counter()) == +decoder.broken
    assert good + decoder.broken.total() == sum(1 for line in lines if line.strip())


def test_refused_requests_without_a_record_are_requests(log: Path) -> None:
    """They are rejected ones of their task in every file of the log, whatever their record's status is."""
    rotated = log.parent / "qwen-2023-11-14T22-13-20.000Z.log"
    rotated.write_bytes(lines_of(a_record(), refused_requests(1, 49), refused_requests(2, 0)))
    log.write_bytes(lines_of(refused_requests(3, 1, status="ok", response_time_ms=5.0, task_type=None)))
    result = scan(log)
    found = {name: (task.requests, task.ok, task.rejected) for name, task in result.tasks.items()}
    assert found == {"chat": (50, 1, 49), "unknown": (1, 0, 1)}
    assert (result.tasks["unknown"].timed, result.records) == (0, 4)


def test_a_foreign_name_may_tell_the_refused(log: Path) -> None:
    """A mapped name of the field counts as ours does."""
    line = b'{"timestamp":0,"event":"requests.rejected","task_type":"chat","turned_away":12}'
    assert statistics_of(log, line, mapping={"turned_away": "rejected"}).tasks["chat"].rejected == 12


def test_workers_give_the_same_answer(log: Path) -> None:
    """Several processes count what one counts."""
    records = [
        a_record(second, response_time_ms=second, task_type=f"task{second % 3}") for second in range(300)
    ]
    records += [refused_requests(second, second) for second in range(300)]
    log.write_bytes(lines_of(*records) + b"torn\n")
    assert len(pieces(log_files(log)[0], 1000)) > 20
    several = scan(log, workers=3, piece_bytes=1000)
    assert several == scan(log, workers=1)
    assert several.broken == 1
    assert several.tasks["chat"].rejected == sum(range(300))


def test_all_files_of_a_log_are_counted(log: Path) -> None:
    """Rotated and compressed files belong to the log, other files do not."""
    line = lines_of(a_record())
    log.write_bytes(line)
    (log.parent / "qwen-2023-11-14T22-13-20.000Z.log").write_bytes(line * 2)
    (log.parent / "qwen-2023-11-13T22-13-20.000Z.log.gz").write_bytes(gzip.compress(line * 4))
    (log.parent / "qwen-2023-11-13T22-13-20.000Z.log.gz.part").write_bytes(line * 8)
    (log.parent / "other.log").write_bytes(line * 16)
    result = scan(log)
    assert (result.records, result.files) == (7, 3)


def test_a_missing_log_has_no_records(log: Path) -> None:
    """Without a file, and with an empty one, there is nothing, and no error."""
    assert scan(log).records == 0
    log.touch()
    assert scan(log).tasks == {}


def test_values_of_a_wrong_type_do_not_lose_the_record(log: Path) -> None:
    """A record whose time is a word is a request without a time; numbers in quotes are numbers."""
    finished = b'"timestamp":0,"event":"task.finished","task_type":"chat","status":"ok"'
    values = (b'"slow"', b'"250"', b"true", b"[1]", b"NaN", b"null", b"300")
    result = statistics_of(log, *(b'{%s,"response_time_ms":%s}' % (finished, value) for value in values))
    chat = result.tasks["chat"]
    assert (chat.requests, chat.timed, chat.p50_ms, result.broken) == (7, 2, 275, 0)


def test_foreign_names_are_mapped(log: Path) -> None:
    """A foreign log is counted by its own names; where a record has ours too, the foreign one counts."""
    lines = (
        b'{"timestamp":0,"kind":"search","latency":10}',
        b'{"timestamp":0,"kind":"search","latency":30,"response_time_ms":99}',
        b'{"timestamp":0,"kind":"search","response_time_ms":20}',
        b'{"timestamp":0,"kind":"search","note":"no time: this is no request"}',
    )
    result = statistics_of(log, *lines, mapping={"latency": "response_time_ms", "kind": "task_type"})
    assert result.tasks["search"].p50_ms == 20
    assert (result.tasks["search"].requests, result.tasks["search"].ok, result.records) == (3, 3, 4)


def test_a_name_that_means_something_else_is_not_ours(log: Path) -> None:
    """Where `event` holds another log's task, it is no event."""
    result = statistics_of(
        log, b'{"timestamp":0,"event":"search","response_time_ms":10}', mapping={"event": "task_type"}
    )
    assert result.tasks["search"].requests == 1


def test_a_line_that_is_too_long_is_one_broken_line(log: Path) -> None:
    """A line of more than 64 KiB is counted once, and those around it are read."""
    line = lines_of(a_record())
    for size in (MAX_LINE_BYTES + 1, 3 * MAX_LINE_BYTES):
        log.write_bytes(line + b"x" * size + b"\n" + line)
        result = scan(log)
        assert (result.records, result.broken) == (2, 1)
    padding = b'{"timestamp":0,"x":"%s"}' % (b"x" * (MAX_LINE_BYTES - 22))
    assert statistics_of(log, padding, line[:-1]).records == 2


def test_a_damaged_file_is_read_as_far_as_it_goes(log: Path) -> None:
    """What stands before the damage of a compressed file counts; the damage is one broken line."""
    records = [a_record(second, response_time_ms=math.sqrt(second)) for second in range(5000)]
    whole = gzip.compress(lines_of(*records))
    (log.parent / "qwen-2023-11-13T22-13-20.000Z.log.gz").write_bytes(whole[: len(whole) // 2])
    log.write_bytes(lines_of(a_record()))
    result = scan(log)
    assert 1 < result.records < 5001
    assert result.notes.broken == {"damaged": 1}
    (damage,) = result.notes.damages
    assert (damage.packing, damage.reason, damage.size) == ("gzip", "", len(whole) // 2)


def test_links_that_lead_out_of_the_folder_are_not_followed(log: Path) -> None:
    """A link to a file elsewhere is no file of the log; a second name of the same file is not read again."""
    log.parent.joinpath("logs").mkdir()
    inside = log.parent / "logs" / "qwen.log"
    inside.write_bytes(lines_of(a_record()))
    log.write_bytes(lines_of(a_record()) * 5)
    (inside.parent / "qwen-2023-11-13T22-13-20.000Z.log").symlink_to(log)
    (inside.parent / "qwen-latest.log").symlink_to(inside)
    (inside.parent / "qwen-2023-11-12T22-13-20.000Z.log").symlink_to("qwen-2023-11-12T22-13-20.000Z.log")
    os.mkfifo(inside.parent / "qwen-2023-11-11T22-13-20.000Z.log")
    (inside.parent / "qwen-2023-11-10T22-13-20.000Z.log").mkdir()
    assert scan(inside).records == 1


def with_trouble(monkeypatch: pytest.MonkeyPatch, trouble: Callable[[], object], times: int) -> None:
    """Let something happen to the files between listing and reading, the first `times` times."""
    listed = iter(range(2 * times))
    original = scan_module._tallies

    def tallies(files: list[LogFile], *others: Any) -> Any:
        if next(listed, None) is not None:
            trouble()
        return original(files, *others)

    monkeypatch.setattr(scan_module, "_tallies", tallies)


def test_a_file_that_is_compressed_meanwhile_is_found_again(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a file has another name by the time it is read, the files are listed anew."""
    rotated = log.parent / "qwen-2023-11-14T22-13-20.000Z.log"
    rotated.write_bytes(lines_of(a_record()))
    log.write_bytes(lines_of(a_record()))

    def compress() -> None:
        if rotated.exists():
            Path(f"{rotated}.gz").write_bytes(gzip.compress(rotated.read_bytes()))
            rotated.unlink()

    with_trouble(monkeypatch, compress, 1)
    assert (scan(log).records, scan(log).files) == (2, 2)


def test_a_rotation_meanwhile_loses_no_record(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another file stands at the log's path by the time it is read, the files are listed anew."""
    log.write_bytes(lines_of(a_record()) * 10)

    def rotate() -> None:
        if log.stat().st_size > 1000:
            log.rename(log.parent / "qwen-2023-11-14T22-13-20.000Z.log")
            log.write_bytes(lines_of(a_record()))

    with_trouble(monkeypatch, rotate, 1)
    assert scan(log).records == 11


def test_a_log_that_never_stands_still_is_an_error(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than a wrong answer there is an error after some tries."""

    versions = count()

    def replace() -> None:
        other = log.parent / "other"
        other.write_bytes(b"%d" % next(versions))
        other.replace(log)

    log.write_bytes(b"")
    with_trouble(monkeypatch, replace, 1000)
    with pytest.raises(LogChangedError, match="change faster"):
        scan(log)


def test_a_piece_of_a_file_that_shrank_ends_with_it(log: Path) -> None:
    """A file that is cut short while it is read has the lines that are left."""
    log.write_bytes(lines_of(a_record()))
    assert list(read_lines(Piece(log, 10**6, 2 * 10**6))) == []


def test_each_of_many_tasks_has_its_own_numbers(tmp_path: Path) -> None:
    """Their statuses and times are not mixed, and counts of refused requests go to their task."""
    records = [
        record
        for number in range(300)
        for record in (
            a_record(task_type=f"t{number}", response_time_ms=float(number)),
            a_record(task_type=f"t{number}", status="error"),
            *([refused_requests(0, number, task_type=f"t{number}")] if number else []),
        )
    ]
    tasks = statistics_of(tmp_path / "qwen.log", lines_of(*records)).tasks
    assert len(tasks) == 300
    for number in range(300):
        ms = float(number)
        assert tasks[f"t{number}"] == TaskStatistics(number + 2, 1, 1, number, 0, 1, ms, ms, ms)
