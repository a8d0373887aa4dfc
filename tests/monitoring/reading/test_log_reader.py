"""From what a program logs to what a page sees: one way through the log."""

import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring import MonitoringConfig
from monitoring.reading.log_reader import LogContents, Reading
from monitoring.record.schema import FIELDS
from monitoring.storage.paths import rotated_files
from monitoring.window.summary import Median
from monitoring.writing.event_log import EventLog
from monitoring.writing.logger import LOGGER_NAME, open_log
from tests.monitoring.helpers import MOMENT, a_record, add, lines_of

RESERVED = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", *FIELDS}
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
EXTRA = st.dictionaries(st.text().filter(lambda name: name not in RESERVED), JSON_VALUES, max_size=5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the place of a log that is not there yet."""
    return tmp_path / "qwen.log"


def whole(reading: Reading) -> Reading:
    """Load all that stands in the log."""
    for _ in reading.load():
        pass
    return reading


def test_an_empty_log_gives_an_empty_view(path: Path) -> None:
    """Without a log there is nothing to see, and nothing wrong."""
    view = whole(Reading(path, 100)).view()
    assert (len(view.frame), view.summary.requests, view.missing, view.loading) == (0, 0, 0, False)
    assert view.broken == {}


def test_records_of_a_wrong_clock_are_counted_as_they_come(path: Path) -> None:
    """Those of the history and those that come later are named, in the live log as in any other."""
    wrong = lines_of(a_record(timestamp="2099-01-01T00:00:00.000Z"))
    add(path, lines_of(*(a_record(second) for second in range(50))) + wrong)
    reading = whole(Reading(path, 100))
    view = reading.view()
    assert (view.odd_times, view.odd_time_examples) == (1, (4_070_908_800.0,))
    add(path, wrong + lines_of(a_record(timestamp="1970-01-01T00:00:03.000Z")))
    reading.poll()
    view = reading.view()
    assert (view.odd_times, view.odd_time_examples) == (3, (3.0, 4_070_908_800.0))


def test_the_newest_records_come_first(path: Path) -> None:
    """While a large log loads, the first view already holds its newest record; the last one the window."""
    add(path, lines_of(*(a_record(number, seq=number, pid=1) for number in range(5000))))
    reading = Reading(path, 4000)
    parts = reading.load()
    next(parts)
    first = reading.view()
    assert first.loading
    assert first.frame["seq"][-1] == 4999
    assert len(first.frame) < 4000
    for _ in parts:
        pass
    assert reading.view().frame["seq"].tolist() == list(range(1000, 5000))
    assert not reading.view().loading


def test_what_comes_is_added_and_the_oldest_leaves(path: Path) -> None:
    """poll() takes in what is new; window, summary and gaps stay in step."""
    add(path, lines_of(*(a_record(number, seq=number, pid=1) for number in range(1, 11))))
    reading = whole(Reading(path, 10))
    add(path, lines_of(a_record(11, seq=14, pid=1, status="error")))
    reading.poll()
    view = reading.view()
    assert view.frame["seq"].tolist() == [*range(2, 11), 14]
    assert (view.summary.requests, view.summary.tasks["chat"].errors, view.missing) == (10, 1, 3)


def test_it_is_noted_when_broken_lines_came(path: Path) -> None:
    """Each time that lines were broken, the moment of a record beside them is kept with their count."""
    add(path, lines_of(a_record(1)) + b"no json\n[]\n" + lines_of(a_record(2)))
    reading = whole(Reading(path, 10))
    assert reading.view().broken_at == ((MOMENT + 2, 2),)
    add(path, lines_of(a_record(3)))
    reading.poll()
    assert reading.view().broken_at == ((MOMENT + 2, 2),)
    add(path, b"{\n" + lines_of(a_record(4)))
    reading.poll()
    assert reading.view().broken_at == ((MOMENT + 2, 2), (MOMENT + 4, 1))


def test_broken_lines_are_noted_with_the_next_record(path: Path) -> None:
    """Lines that come alone are counted at once, and noted when a record tells a time."""
    reading = whole(Reading(path, 10))
    add(path, b"no json\n")
    reading.poll()
    assert (reading.view().broken, reading.view().broken_at) == ({"not_json": 1}, ())
    add(path, b"no json\n" + lines_of(a_record(5)))
    reading.poll()
    assert reading.view().broken_at == ((MOMENT + 5, 2),)


def test_only_the_newest_moments_of_broken_lines_are_kept() -> None:
    """A log of nothing but broken lines takes no endless memory."""
    contents = LogContents(10, max_broken_moments=3)
    for number in range(5):
        contents.append(contents.decoder.decode(b"no json\n" + lines_of(a_record(number))))
    view = contents.view(loading=False)
    assert view.broken_at == tuple((MOMENT + number, 1) for number in (2, 3, 4))
    assert view.broken == {"not_json": 5}


def test_a_live_log_has_no_progress(path: Path) -> None:
    """How far a reading is, is known of files that are read once."""
    assert Reading(path, 10).view().progress is None
    assert whole(Reading(path, 10)).view().progress is None


def test_foreign_names_are_understood(path: Path) -> None:
    """With a mapping, another program's field is ours in columns, summary and records."""
    add(path, lines_of(a_record(first_token=12.5)))
    view = whole(Reading(path, 10, {"first_token": "ttft_ms"})).view()
    assert view.summary.ttft_ms == Median(12.5, 1)
    assert view.frame.records()[0]["ttft_ms"] == 12.5


def test_two_processes_are_seen_as_one_log(path: Path) -> None:
    """Records of several pids stand in one window, and each pid's gaps count for itself."""
    add(path, lines_of(*(a_record(n, pid=1 + n % 2, seq=1 + n // 2) for n in range(10) if n != 4)))
    view = whole(Reading(path, 100)).view()
    assert sorted(set(view.frame["pid"])) == [1, 2]
    assert view.missing == 1


def test_threads_rotation_and_compression_beside_a_reader(tmp_path: Path) -> None:
    """Eight threads log into tiny files that are compressed meanwhile: the reader sees each record once."""
    config = MonitoringConfig(
        log_dir=tmp_path, log_rotate_mb=0.01, log_keep=100_000, log_queue=100_000, sample_seconds=3600
    )
    log, reading = EventLog(config), whole(Reading(config.log_path, 10_000))

    def write(name: int) -> None:
        for number in range(500):
            log.write({"message": f"{name}/{number}"})

    threads = [threading.Thread(target=write, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        reading.poll()
    log.flush()
    reading.poll()
    log.stop()
    view = reading.view()
    assert len(rotated_files(config.log_path)) > 10
    assert view.frame["seq"].tolist() == list(range(1, 4001))
    assert sorted(record["message"] for record in view.frame.records()) == sorted(
        f"{name}/{i}" for name in range(8) for i in range(500)
    )
    assert (view.missing, view.broken, log.dropped) == (0, {}, 0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(), extra=EXTRA)
def test_any_text_and_any_extra_field_survive(
    event_log: EventLog, reading: Reading, text: str, extra: dict[str, Any]
) -> None:
    """What a program logs comes back from the window unchanged, whatever it is."""
    before = len(reading.view().frame)
    logging.getLogger(LOGGER_NAME).info(text, extra={**extra, "request_id": text})
    event_log.flush()
    reading.poll()
    frame = reading.view().frame.tail(1)
    assert len(reading.view().frame) in (before + 1, 1000)
    (record,) = frame.records()
    assert record["message"] == record["request_id"] == text
    assert {name: record.get(name) for name in extra} == extra
    assert record.keys() - FIELDS == {name for name, value in extra.items() if value is not None}
    assert not reading.view().missing


@pytest.fixture
def event_log(config: MonitoringConfig) -> EventLog:
    """Return the log that `logging.getLogger("qwen_monitor")` writes to."""
    return open_log(config)


@pytest.fixture
def reading(event_log: EventLog, config: MonitoringConfig) -> Reading:
    """Return a reading of that log, loaded."""
    return whole(Reading(config.log_path, 1000))
