"""A watch whose clock jumps, and records that a wrong clock dated."""

import logging
from typing import Any

import pytest

from monitoring.alerts.rules_file import load_rules
from monitoring.alerts.watch import AlertWatch
from monitoring.alerts.watching.clock_jumps import ClockJumps
from monitoring.machine import Machine
from monitoring.reading.log_reader import LogContents
from monitoring.record.timestamps import moment_of
from monitoring.writing.logger import LOGGER_NAME
from tests.monitoring.alerts.watched import FAILED, FIRED
from tests.monitoring.helpers import MOMENT, Record, a_record, lines_of

YEAR = 365.0 * 86400
JUMPS = [3600.0, YEAR, -3600.0, -YEAR]


class Running:
    """A machine whose wall clock jumps, and an app that writes a sample each five seconds; all in memory."""

    def __init__(self, began: float = MOMENT) -> None:
        self.now, self.steady = began, 0.0
        self.told: list[dict[str, Any]] = []
        self._contents = LogContents(10_000)
        self.watch = AlertWatch(
            lambda: self._contents.view(loading=False),
            load_rules(),
            None,
            Machine(2, 8000),
            [self.told.append],
            lambda: self.now,
            jumps=ClockJumps(lambda: self.now, lambda: self.steady, lambda: self.steady),
        )

    def jump(self, seconds: float) -> None:
        """Set the wall clock."""
        self.now += seconds

    def run(self, seconds: float) -> list[tuple[str, str]]:
        """Let time pass, with samples; return what was told."""
        told = []
        for _ in range(round(seconds / 5)):
            self.steady += 5
            self.now += 5
            told += self.put(self.sample())
        return told

    def put(self, *records: Record) -> list[tuple[str, str]]:
        """Write records, and look; return what was told: event and rule."""
        if records:
            self._contents.append(self._contents.decoder.decode(lines_of(*records)))
        before = len(self.told)
        while self.watch.poll():
            pass
        return [(record["event"], record["rule"]) for record in self.told[before:]]

    def sample(self) -> Record:
        """Return a sample of now."""
        quiet = {"task_type": "system", "status": None, "response_time_ms": None}
        return a_record(self.now - MOMENT, event="resource.sample", **quiet)

    def failure(self) -> Record:
        """Return a failure of now."""
        return a_record(self.now - MOMENT, **FAILED)


@pytest.fixture
def machine() -> Running:
    """A machine that runs for half a minute already."""
    found = Running()
    assert found.run(30) == []
    return found


@pytest.mark.parametrize("seconds", JUMPS)
def test_a_jump_makes_no_alert(machine: Running, seconds: float) -> None:
    """No silence, whichever way it goes; a real one after it is told when it has lasted for its time."""
    machine.jump(seconds)
    assert machine.put() == []
    assert machine.run(300) == []
    machine.now, machine.steady = machine.now + 70, machine.steady + 70
    assert machine.put() == [("alert.fired", "silent")]
    assert machine.run(5) == [("alert.resolved", "silent")]


@pytest.mark.parametrize("seconds", JUMPS)
def test_a_record_of_the_new_time_may_come_before_the_jump_is_noticed(
    machine: Running, seconds: float
) -> None:
    """And one of the old time after it."""
    before = machine.sample()
    machine.jump(seconds)
    assert machine.put(machine.sample()) == []
    assert machine.put(before, machine.sample()) == []
    assert machine.run(120) == []


@pytest.mark.parametrize("seconds", JUMPS)
def test_a_jump_ends_no_alert_and_doubles_none(machine: Running, seconds: float) -> None:
    """An alert that waits for a time waits for it by a clock that does not jump."""
    slow = a_record(machine.now - MOMENT, task_type="chat", response_time_ms=9000.0)
    assert machine.put(slow) == [("alert.fired", "slow_request")]
    machine.jump(seconds)
    assert machine.run(40) == []
    assert machine.run(60) == [("alert.resolved", "slow_request")]
    decided = moment_of(machine.told[-1]["decided"])
    assert decided is not None
    assert abs(decided - machine.now) < 60


@pytest.mark.parametrize("seconds", [3600.0, -YEAR])
def test_a_jump_is_told_once(
    machine: Running, seconds: float, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a warning, with the seconds."""
    monkeypatch.setattr(logging.getLogger(LOGGER_NAME), "propagate", True)
    machine.jump(seconds)
    machine.run(60)
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert f"the clock jumped by {seconds:+,.0f} s" in record.getMessage()
    assert (record.__dict__["clock_jump_s"], record.__dict__["task_type"]) == (seconds, "system")


def test_records_of_the_future_before_the_start_are_not_told_again() -> None:
    """Failures that a wrong clock dated an hour and a year later are of the past, and so is their alert."""
    machine = Running(MOMENT + 100)
    future = [a_record(ahead + n, **FAILED) for ahead in (3600, YEAR) for n in range(3)]
    told = [a_record(ahead + 3, **FIRED) for ahead in (3600, YEAR)]
    assert machine.put(*future, *told, *(a_record(50 + n) for n in range(3))) == []
    assert machine.watch.firing == {("failing_task", "sentiment")}
    assert machine.put(a_record(101, task_type="sentiment")) == [("alert.resolved", "failing_task")]


def test_a_record_of_the_future_is_seen_as_one_of_now(machine: Running) -> None:
    """One wrong clock among the writers neither makes nor hides an alert."""
    odd = [a_record(YEAR + n, **FAILED) for n in range(3)]
    assert machine.put(*odd) == [("alert.fired", "failing_task")]
    assert machine.run(120) == []
    assert machine.put(a_record(machine.now - MOMENT, task_type="sentiment")) == [
        ("alert.resolved", "failing_task")
    ]


@pytest.mark.parametrize("seconds", [-600.0, -YEAR])
def test_a_record_of_the_past_is_seen_as_one_of_now(machine: Running, seconds: float) -> None:
    """One that was held, or comes from a clock that is behind, ends no alert and makes no silence."""
    slow = a_record(machine.now - MOMENT, task_type="chat", response_time_ms=9000.0)
    assert machine.put(slow) == [("alert.fired", "slow_request")]
    old = machine.now - MOMENT + seconds
    sampled = {"event": "resource.sample", "task_type": "system", "status": None}
    assert machine.put(a_record(old), a_record(old, **sampled)) == []
    assert machine.run(40) == []
    assert machine.run(60) == [("alert.resolved", "slow_request")]


def test_a_start_before_the_clock_was_set_learns_nothing_wrong() -> None:
    """A machine without a clock of its own begins in 1970: what stands in the log is no present."""
    machine = Running(5.0)
    slow = [a_record(n, task_type="chat", response_time_ms=9000.0) for n in range(20)]
    assert machine.put(*slow) == []
    assert machine.run(30) == []
    machine.jump(MOMENT + 1000)
    assert machine.run(120) == []
