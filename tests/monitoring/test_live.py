"""One reader thread, one window, one snapshot for every page."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring import LiveLog, MonitoringConfig
from monitoring import live as live_module
from monitoring.rotation import RotatingFile
from tests.monitoring.helpers import MOMENT, a_record, lines_of, wait_until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the log every few milliseconds."""
    monkeypatch.setattr(live_module, "POLL_SECONDS", 0.005)


@pytest.fixture
def path(config: MonitoringConfig) -> Path:
    """Return the log's place, in a folder that is there."""
    config.log_dir.mkdir()
    return config.log_path


@pytest.fixture
def live(config: MonitoringConfig) -> Iterator[LiveLog]:
    """Return a reader that is not started, and stop it at the end."""
    live = LiveLog(config)
    yield live
    live.stop()


def add(path: Path, data: bytes) -> None:
    """Append bytes to the log."""
    with path.open("ab") as file:
        file.write(data)


def test_building_one_reads_nothing(path: Path, live: LiveLog) -> None:
    """Before start() the window is empty, whatever stands in the log."""
    add(path, lines_of(a_record()))
    assert (live.version, len(live.snapshot())) == (0, 0)


def test_what_stands_there_and_what_comes_is_read(path: Path, live: LiveLog) -> None:
    """The log's records are in the window after start(), new ones soon after they are written."""
    add(path, lines_of(a_record(1), a_record(2)))
    live.start()
    wait_until(lambda: len(live.snapshot()) == 2)
    add(path, lines_of(a_record(3)))
    wait_until(lambda: len(live.snapshot()) == 3)
    assert (live.snapshot().time - MOMENT).tolist() == [1, 2, 3]


def test_rotated_files_come_first(path: Path, live: LiveLog) -> None:
    """After a restart the charts show what was before, in order."""
    file = RotatingFile(path, 1, 10**9, 100)
    for second in range(4):
        file.append(lines_of(a_record(second)), MOMENT + second)
    live.start()
    wait_until(lambda: len(live.snapshot()) == 4)
    assert (live.snapshot().time - MOMENT).tolist() == [0, 1, 2, 3]


def test_the_log_may_come_later(config: MonitoringConfig, live: LiveLog) -> None:
    """Without a log folder the reader waits for one."""
    live.start()
    config.log_dir.mkdir()
    add(config.log_path, lines_of(a_record()))
    wait_until(lambda: len(live.snapshot()) == 1)


def test_calls_without_news_get_the_same_frame(path: Path, live: LiveLog) -> None:
    """A snapshot is copied once for all pages; the version tells when there is a new one."""
    add(path, lines_of(a_record()))
    live.start()
    wait_until(lambda: live.version == 1)
    first = live.snapshot()
    assert live.snapshot() is first
    add(path, lines_of(a_record(1)))
    wait_until(lambda: live.version == 2)
    assert live.snapshot() is not first


def test_broken_and_undated_lines_are_counted(path: Path, live: LiveLog) -> None:
    """Lines that are no records raise the version, so that a page shows their count."""
    add(path, b'torn\n{"message":"no time"}\n' + lines_of(a_record()))
    live.start()
    wait_until(lambda: live.version == 3)
    assert (live.broken, len(live.snapshot())) == (2, 1)


def test_hostile_times_do_not_end_the_reader(path: Path, live: LiveLog) -> None:
    """A record whose time cannot be shown is skipped; the thread reads on."""
    hostile = ("0001-01-01T00:00:00", "9999-12-31T23:59:59-23:59")
    add(path, lines_of(*({"timestamp": timestamp} for timestamp in hostile), a_record()))
    live.start()
    wait_until(lambda: len(live.snapshot()) == 1)
    assert live.broken == 2


def test_the_window_is_bounded(path: Path, config: MonitoringConfig) -> None:
    """Only the newest records stay in memory."""
    add(path, lines_of(*(a_record(second) for second in range(150))))
    live = LiveLog(config.model_copy(update={"window_records": 100}))
    live.start()
    wait_until(lambda: live.version == 150)
    live.stop()
    assert (live.snapshot().time - MOMENT).tolist() == list(range(50, 150))


def test_stop_works_before_start_and_twice(config: MonitoringConfig) -> None:
    """A reader that never ran, or has ended, can be stopped."""
    live = LiveLog(config)
    live.stop()
    started = LiveLog(config)
    started.start()
    started.stop()
    started.stop()


def test_an_unreadable_log_is_tried_again(
    path: Path, live: LiveLog, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the log cannot be read, that is logged, and stop() does not wait for the next try."""
    path.mkdir()  # a folder in the file's place
    with caplog.at_level("ERROR", logger="qwen_monitor"):
        live.start()
        wait_until(lambda: "cannot be read" in caplog.text)
    live.stop()
    assert len(live.snapshot()) == 0
