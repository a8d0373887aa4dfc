"""One reader thread, one window, one view for every page."""

import errno
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest

from monitoring import LiveLog, MonitoringConfig
from monitoring.reading.log_reader import Reading
from monitoring.reading.tail import LogTail
from monitoring.window.line_decoder import Batch
from tests.monitoring.frames import seconds, summarize
from tests.monitoring.helpers import a_record, lines_of, wait_until


def a_live_log(
    config: MonitoringConfig, new_tail: type[LogTail] = LogTail, retry_seconds: float = 0.005
) -> LiveLog:
    """Return a reader that looks at the log every few milliseconds, and is not started."""
    return LiveLog(config, 0.005, retry_seconds, partial(Reading, new_tail=new_tail))


@pytest.fixture
def path(config: MonitoringConfig) -> Path:
    """Return the log's place, in a folder that is there."""
    config.log_dir.mkdir()
    return config.log_path


@pytest.fixture
def live(config: MonitoringConfig) -> Iterator[LiveLog]:
    """Return a reader that is not started, and stop it at the end."""
    live = a_live_log(config)
    yield live
    live.stop()


def add(path: Path, data: bytes) -> None:
    """Append bytes to the log."""
    with path.open("ab") as file:
        file.write(data)


def loaded(live: LiveLog) -> None:
    """Start the reader, and wait until all history is there."""
    live.start()
    wait_until(lambda: not live.view().loading)


def _last_is(live: LiveLog, second: float) -> bool:
    return seconds(live.view().frame.tail(1)) == [second]


def counted(number: int, **fields: object) -> dict[str, Any]:
    """Return a record as one process writes them."""
    return a_record(number, response_time_ms=float(number), pid=7, seq=number, **fields)


def test_building_one_reads_nothing(path: Path, live: LiveLog) -> None:
    """Before start() the window is empty, whatever stands in the log."""
    add(path, lines_of(a_record()))
    assert (live.view().version, len(live.view().frame), live.view().summary.requests) == (0, 0, 0)
    assert (live.view().broken, live.view().missing) == ({}, 0)


def test_what_stands_there_and_what_comes_is_read(path: Path, live: LiveLog) -> None:
    """The log's records are in the window after start(), new ones soon after they are written."""
    add(path, lines_of(a_record(1), a_record(2)))
    loaded(live)
    assert seconds(live.view().frame) == [1, 2]
    add(path, lines_of(a_record(3)))
    wait_until(lambda: len(live.view().frame) == 3)
    assert seconds(live.view().frame) == [1, 2, 3]


def test_rotated_files_come_first(path: Path, live: LiveLog) -> None:
    """After a restart the charts show what was before, in order."""
    for number in range(3):
        add(path.with_name(f"qwen-2026-01-0{number + 1}T00-00-00.000Z.log"), lines_of(a_record(number)))
    add(path, lines_of(a_record(3)))
    loaded(live)
    assert seconds(live.view().frame) == [0, 1, 2, 3]


def test_the_log_may_come_later(config: MonitoringConfig, live: LiveLog) -> None:
    """Without a log folder the reader waits for one."""
    live.start()
    config.log_dir.mkdir()
    add(config.log_path, lines_of(a_record()))
    wait_until(lambda: len(live.view().frame) == 1)


class CountingTail(LogTail):
    """A tail that counts how often it was polled."""

    polls = 0

    def poll(self) -> Iterator[Batch]:
        """Count, and yield what has come."""
        CountingTail.polls += 1
        return super().poll()


def test_calls_without_news_get_the_same_view(path: Path, config: MonitoringConfig) -> None:
    """A view is made once for all pages; the version tells when there is a new one."""
    live = a_live_log(config, CountingTail)
    add(path, lines_of(a_record()))
    loaded(live)
    first = live.view()
    polls = CountingTail.polls
    wait_until(lambda: CountingTail.polls > polls + 3)
    assert live.view() is first
    add(path, lines_of(a_record(1)))
    wait_until(lambda: live.view().version > first.version)
    assert live.view() is not first
    live.stop()


def test_the_parts_of_a_view_belong_together(path: Path, config: MonitoringConfig) -> None:
    """While records come and leave, the summary is always that of the records beside it."""
    live = a_live_log(config.model_copy(update={"window_records": 100}))
    add(path, lines_of(*(counted(number) for number in range(1, 151))))
    live.start()
    for number in range(151, 400, 3):
        new = (counted(n, status="error" if n % 5 else "ok") for n in range(number, number + 3))
        add(path, lines_of(*new))
        wait_until(partial(_last_is, live, number + 2))
        view = live.view()
        assert view.summary == summarize(view.frame)
    live.stop()
    assert seconds(live.view().frame) == list(range(300, 400))
    assert live.view().summary == summarize(live.view().frame)
    assert live.view().missing == 0


def test_broken_lines_are_counted_by_kind(path: Path, live: LiveLog) -> None:
    """Lines that are no records raise the version, so that a page shows their count."""
    add(path, b'no json\n{"message":"no time"}\n[]\n' + lines_of(a_record()))
    loaded(live)
    assert live.view().broken == {"not_json": 1, "no_time": 1, "not_object": 1}
    version = live.view().version
    add(path, b'{"half\n')
    wait_until(lambda: live.view().version > version)
    assert live.view().broken == {"not_json": 1, "no_time": 1, "not_object": 1, "torn": 1}
    assert len(live.view().frame) == 1


def test_hostile_times_do_not_end_the_reader(path: Path, live: LiveLog) -> None:
    """A record whose time cannot be shown is skipped; the thread reads on."""
    hostile = ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59")
    add(path, lines_of(*({"timestamp": timestamp} for timestamp in hostile), a_record()))
    loaded(live)
    assert len(live.view().frame) == 1
    assert live.view().broken == {"no_time": 2}


def test_lost_records_are_counted(path: Path, live: LiveLog) -> None:
    """Gaps in `seq` are found within a file, between files, and between history and what comes."""
    add(path.with_name("qwen-2026-01-01T00-00-00.000Z.log"), lines_of(counted(1), counted(3)))
    add(path, lines_of(counted(5)))
    loaded(live)
    assert live.view().missing == 2
    add(path, lines_of(counted(8)))
    wait_until(lambda: len(live.view().frame) == 4)
    assert live.view().missing == 4


def test_the_window_is_bounded(path: Path, config: MonitoringConfig) -> None:
    """Only the newest records stay in memory, and in the summary."""
    add(path, lines_of(*(a_record(second) for second in range(150))))
    live = a_live_log(config.model_copy(update={"window_records": 100}))
    loaded(live)
    live.stop()
    assert seconds(live.view().frame) == list(range(50, 150))
    assert live.view().summary.requests == 100


class PausingTail(LogTail):
    """A tail whose history stops after its first batch until `go_on` is set."""

    go_on = threading.Event()

    def history(self, wanted: int) -> Iterator[Batch]:
        """Yield the history, with a pause."""
        for batch in super().history(wanted):
            yield batch
            self.go_on.wait(20)


def test_new_records_show_while_older_ones_still_come(path: Path, config: MonitoringConfig) -> None:
    """The newest history is there at once; `loading` tells that older records follow."""
    live = a_live_log(config, PausingTail)
    add(path.with_name("qwen-2026-01-01T00-00-00.000Z.log"), lines_of(counted(1)))
    add(path, lines_of(counted(2)))
    live.start()
    wait_until(lambda: seconds(live.view().frame) == [2])
    assert live.view().loading
    add(path, lines_of(counted(3)))
    PausingTail.go_on.set()
    wait_until(lambda: not live.view().loading)
    wait_until(lambda: len(live.view().frame) == 3)
    assert seconds(live.view().frame) == [1, 2, 3]
    assert live.view().summary == summarize(live.view().frame)
    assert live.view().missing == 0
    live.stop()


class FailingTail(LogTail):
    """A tail that raises what `failures` holds before it reads on."""

    failures: ClassVar[list[Exception]] = []

    def poll(self) -> Iterator[Batch]:
        """Fail, or yield what has come."""
        yield from super().poll()
        if self.failures:
            raise self.failures.pop(0)


def test_after_a_failure_nothing_is_counted_twice(
    path: Path, config: MonitoringConfig, caplog: pytest.LogCaptureFixture
) -> None:
    """The log is read afresh: records, broken lines and gaps are what they are; each failure is told once."""
    refused, damaged = OSError(errno.EIO, "Input/output error"), EOFError("damaged")
    FailingTail.failures = [refused, refused, damaged, refused]
    live = a_live_log(config, FailingTail)
    add(path, b"broken\n" + lines_of(counted(1), counted(3)))
    with caplog.at_level("ERROR", logger="qwen_monitor"):
        live.start()
        wait_until(lambda: not live.view().loading and not FailingTail.failures)
    live.stop()
    assert seconds(live.view().frame) == [1, 3]
    assert (live.view().broken, live.view().missing, live.view().summary.requests) == ({"not_json": 1}, 1, 2)
    assert live.view().error is None
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [refused, damaged]


def test_an_unreadable_log_is_tried_again(
    path: Path, config: MonitoringConfig, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the log cannot be read, that is logged and shown, and stop() does not wait for the next try."""
    live = a_live_log(config, retry_seconds=3600)
    path.mkdir()  # A folder stands in the place of the file.
    with caplog.at_level("ERROR", logger="qwen_monitor"):
        live.start()
        wait_until(lambda: "cannot be read" in caplog.text)
    live.stop()
    assert live.view().error == "IsADirectoryError: Is a directory: qwen.log"  # without its path
    assert len(live.view().frame) == 0


def test_what_was_read_stays_in_view_while_the_log_cannot_be_read(
    path: Path, config: MonitoringConfig
) -> None:
    """A failure does not empty the dashboard, and the records come back as soon as it is over."""
    FailingTail.failures = []
    live = a_live_log(config, FailingTail, retry_seconds=3600)
    add(path, lines_of(counted(1)))
    loaded(live)
    FailingTail.failures.append(OSError(errno.EIO, "Input/output error"))
    wait_until(lambda: live.view().error)
    assert seconds(live.view().frame) == [1]
    live.stop()


def test_stop_works_before_start_and_twice(config: MonitoringConfig) -> None:
    """A reader that never ran, or has ended, can be stopped."""
    live = a_live_log(config)
    live.stop()
    started = a_live_log(config)
    started.start()
    started.stop()
    started.stop()


def test_each_reading_has_a_number(path: Path, config: MonitoringConfig) -> None:
    """Views of one reading have one number; after a failure the log is read afresh, with the next number."""
    FailingTail.failures = []
    live = a_live_log(config, FailingTail)
    add(path, lines_of(counted(1)))
    loaded(live)
    assert live.view().reading == 1
    add(path, lines_of(counted(2)))
    wait_until(lambda: len(live.view().frame) == 2)
    assert live.view().reading == 1
    FailingTail.failures.append(OSError(errno.EIO, "Input/output error"))
    wait_until(lambda: live.view().reading == 2 and not live.view().loading)
    live.stop()
    assert seconds(live.view().frame) == [1, 2]
