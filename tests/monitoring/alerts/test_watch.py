"""The rules over a running log."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring.alerts.watch import MAX_RECORDS
from monitoring.alerts.watching.rules_on_disk import WRONG_LOOKS
from monitoring.machine import Machine
from monitoring.writing.logger import LOGGER_NAME
from tests.monitoring.alerts.watched import FAILED, FIRED, Watched
from tests.monitoring.helpers import MOMENT, a_record, wait_until
from tests.monitoring.hostile_records import HOSTILE_LINES


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """A log that the app has begun to write at `MOMENT` + 100 s."""
    found = Watched(tmp_path, MOMENT + 100)
    found.live.start()
    yield found
    found.live.stop()


def test_what_comes_fires_and_is_resolved(watched: Watched) -> None:
    """Three failures fire with their requests, a success resolves; each is told once."""
    watched.write(*(a_record(101 + n, **FAILED, request_id=f"{n:032x}") for n in range(3)))
    assert watched.look(3) == [("alert.fired", "failing_task")]
    assert watched.told[0]["requests"] == [f"{n:032x}" for n in range(3)]
    assert watched.told[0]["level"] == "ERROR"
    assert watched.look(3) == []
    watched.write(a_record(105, task_type="sentiment", response_time_ms=10))
    assert watched.look(4) == [("alert.resolved", "failing_task")]


def test_time_goes_on_without_records(watched: Watched) -> None:
    """A slow request is resolved after its minute, a second behind the clock."""
    watched.write(a_record(101, task_type="sentiment", response_time_ms=5000))
    assert watched.look(1) == [("alert.fired", "slow_request")]
    watched.now = MOMENT + 161
    assert watched.look(1) == []
    watched.now = MOMENT + 164
    assert watched.look(1) == [("alert.resolved", "slow_request")]


def test_the_past_is_not_told_again(tmp_path: Path) -> None:
    """What stood in the log before the start fires nothing, but two old failures and a new one do."""
    watched = Watched(tmp_path, MOMENT + 100)
    old = [a_record(n, **FAILED) for n in range(3)]
    watched.write(*old, a_record(50, task_type="sentiment"), a_record(60, **FAILED), a_record(61, **FAILED))
    watched.live.start()
    assert watched.look(6) == []
    watched.write(a_record(101, **FAILED))
    assert watched.look(7) == [("alert.fired", "failing_task")]
    watched.live.stop()


def test_an_alert_that_was_active_before_a_restart_still_is(tmp_path: Path) -> None:
    """Its own record tells; it is not fired again, and is resolved by what comes."""
    watched = Watched(tmp_path, MOMENT + 100)
    watched.write(*(a_record(n, **FAILED) for n in range(3)), a_record(3, **FIRED))
    watched.live.start()
    assert watched.look(4) == []
    watched.write(a_record(101, **FAILED))
    assert watched.look(5) == []
    watched.write(a_record(102, task_type="sentiment"))
    assert watched.look(6) == [("alert.resolved", "failing_task")]
    assert watched.told[0]["since"] == "2023-11-14T22:13:20.000Z"
    watched.live.stop()


def test_a_long_log_is_taken_in_parts(watched: Watched) -> None:
    """One look takes a bounded number of records, so that the model is not kept waiting."""
    watched.write(*(a_record(n / 100) for n in range(MAX_RECORDS + 1)))
    wait_until(lambda: len(watched.live.view().frame) == MAX_RECORDS + 1 and not watched.live.view().loading)
    assert [watched.watch.poll(), watched.watch.poll()] == [True, False]


def test_changed_rules_are_taken_over_and_wrong_ones_are_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A good file counts at once; of a wrong one the line is logged, and the last good rules stay."""
    monkeypatch.setattr(logging.getLogger(LOGGER_NAME), "propagate", True)
    logging.getLogger(LOGGER_NAME).setLevel(logging.INFO)
    rules = tmp_path / "rules.toml"
    rules.write_text("")
    watched = Watched(tmp_path, MOMENT + 100, rules)
    watched.live.start()
    rules.write_text("[failing_task]\nfailures = 1\n")
    for _ in range(WRONG_LOOKS):
        watched.watch._reload()
    watched.write(a_record(101, **FAILED))
    assert watched.look(1) == [("alert.fired", "failing_task")]
    rules.write_text("[failing_task]\nfailures = 'one'\n")
    for _ in range(2 * WRONG_LOOKS):
        watched.watch._reload()
    wrong = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(wrong) == 1
    assert "line 2: failing_task.failures = 'one'" in wrong[0]
    watched.write(a_record(102, task_type="sentiment"), a_record(103, **FAILED))
    assert watched.look(3) == [("alert.resolved", "failing_task"), ("alert.fired", "failing_task")]
    watched.live.stop()


@pytest.mark.parametrize("began", [-1e9, 1e9], ids=["as they come", "from before the start"])
def test_hostile_lines_do_not_stop_the_alerts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, began: float
) -> None:
    """What somebody wrote to break the rules is passed over: failures after it fire, and nothing fails."""
    monkeypatch.setattr(logging.getLogger(LOGGER_NAME), "propagate", True)
    watched = Watched(tmp_path, MOMENT + began)
    watched.config.log_path.write_bytes(b"".join(line + b"\n" for line in HOSTILE_LINES))
    watched.live.start()
    wait_until(lambda: not watched.live.view().loading)
    records = len(watched.live.view().frame)
    assert records > len(HOSTILE_LINES) / 2
    watched.look(records)
    late = max(began, 0) + 1000
    watched.write(*(a_record(late + n, **FAILED) for n in range(3)))
    assert ("alert.fired", "failing_task") in watched.look(records + 3)
    assert not caplog.records
    watched.live.stop()


def test_a_bad_record_is_passed_over(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where a record breaks the engine itself, that is logged once, and the records after it are seen."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Machine, "update", fail)
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr(logging.getLogger(LOGGER_NAME), "propagate", True)
    started = [a_record(101 + n, event="app.started", response_time_ms=None) for n in range(2)]
    watched.write(*started, *(a_record(104 + n, **FAILED) for n in range(3)))
    assert watched.look(5) == [("alert.fired", "failing_task")]
    assert [record.message for record in caplog.records] == ["the alert rules passed over a record"]


def test_the_thread_watches_until_it_is_stopped(watched: Watched) -> None:
    """Started, it looks by itself; stopped, it no longer does."""
    watched.watch.start()
    watched.write(*(a_record(101 + n, **FAILED) for n in range(3)))
    wait_until(lambda: watched.told)
    watched.watch.stop()
    watched.write(a_record(105, task_type="sentiment"))
    wait_until(lambda: len(watched.live.view().frame) == 4)
    assert [record["event"] for record in watched.told] == ["alert.fired"]
