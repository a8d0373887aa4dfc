"""The rules over a log whose clock jumped, or that has records of a wrong clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring.alerts.replay import replay
from monitoring.alerts.watching.recorded_jumps import Dated
from tests.monitoring.alerts.helpers import a_machine, rules, short
from tests.monitoring.helpers import Record, a_record, lines_of

YEAR = 365 * 86_400.0
JUMPS = (3600.0, -3600.0, YEAR, -YEAR, 40.0, -40.0)
QUIET = {"task_type": "system", "status": None, "response_time_ms": None}


def a_sample(second: float) -> Record:
    """Return a look at the machine."""
    return a_record(second, event="resource.sample", **QUIET)


def samples(begin: float, end: float) -> Iterator[Record]:
    """Yield a look at the machine each five seconds."""
    yield from (a_sample(begin + second) for second in range(0, round(end - begin), 5))


def jumped(second: float, seconds: float, **fields: float) -> Record:
    """Return the record that the app writes when it has noticed that the clock jumped."""
    return a_record(second, event="log", level="WARNING", clock_jump_s=seconds, **{**QUIET, **fields})


def replayed(folder: Path, *records: Record) -> list[tuple[str, str, float]]:
    """Return what the shipped rules tell of a log."""
    path = folder / "some.log"
    path.write_bytes(lines_of(*records))
    return short(replay(path, rules(), a_machine()))


@pytest.mark.parametrize("late", [0.2, 7.0], ids=["told at once", "told after the next sample"])
@pytest.mark.parametrize("seconds", JUMPS)
def test_a_jump_that_the_log_tells_makes_no_alert(tmp_path: Path, seconds: float, late: float) -> None:
    """No silence, whichever way it goes; a real one after it is told."""
    after = sorted(
        [*samples(300 + seconds, 600 + seconds), jumped(300 + seconds + late, seconds)],
        key=lambda record: str(record["timestamp"]),
    )
    assert replayed(tmp_path, *samples(0, 300), *after) == []
    again = replayed(tmp_path, *samples(0, 300), *after, a_sample(700 + seconds))
    assert [(event, task) for event, task, _ in again] == [("fired", "system"), ("resolved", "system")]
    assert again[1][2] == 700 + seconds


def test_a_suspended_machine_was_not_silent(tmp_path: Path) -> None:
    """Its clock went on while nothing ran, as the log tells when it wakes."""
    slept = jumped(7200.1, 6895.0, suspended_s=6895.0)
    assert replayed(tmp_path, *samples(0, 300), slept, *samples(7201, 7500)) == []


@pytest.mark.parametrize("seconds", JUMPS)
def test_a_jump_ends_no_alert_and_doubles_none(tmp_path: Path, seconds: float) -> None:
    """An alert that waits for a time waits for it by a clock that does not jump."""
    slow = a_record(290, task_type="chat", response_time_ms=9000.0)
    after = [
        a_sample(300 + seconds),
        jumped(300.2 + seconds, seconds),
        *samples(305 + seconds, 600 + seconds),
    ]
    found = replayed(tmp_path, *samples(0, 290), slow, a_sample(295), *after)
    assert found == [("fired", "chat", 290), ("resolved", "chat", 350 + seconds)]


@pytest.mark.parametrize("wrong", [YEAR, 3600.0, -3600.0, -YEAR])
@pytest.mark.parametrize("count", [1, 3])
def test_a_record_of_a_wrong_clock_moves_no_time(tmp_path: Path, wrong: float, count: int) -> None:
    """Neither silence nor the end of an alert comes of it; it counts at its place in the log."""
    slow = a_record(290, task_type="chat", response_time_ms=9000.0)
    strays = [a_record(291 + wrong + number / 10) for number in range(count)]
    found = replayed(tmp_path, *samples(0, 290), slow, *strays, *samples(295, 600))
    assert found == [("fired", "chat", 290), ("resolved", "chat", 350)]


def test_a_stopped_process_was_silent(tmp_path: Path) -> None:
    """A gap of which the log tells no jump is one, also where another time it tells of one."""
    records = [*samples(0, 300), jumped(3900.2, 3600.0), *samples(3901, 4200), *samples(7800, 7900)]
    assert [event for event, _, _ in replayed(tmp_path, *records)] == ["fired", "resolved"]


def test_each_jump_is_told_once(tmp_path: Path) -> None:
    """With its place in time and its size; what is told of no leap is none."""
    path = tmp_path / "some.log"
    records = [*samples(0, 300), jumped(3900.2, 3600.0), jumped(3900.4, 3600.0), *samples(3901, 4200)]
    path.write_bytes(lines_of(*records))
    jumps: list[Dated] = []
    assert list(replay(path, rules(), a_machine(), jumps=jumps)) == []
    assert [jump.jump for jump in jumps] == [3600.0]


@pytest.mark.parametrize("told", [float("nan"), "much", None, True, [], 1e300])
def test_a_damaged_jump_is_none(tmp_path: Path, told: object) -> None:
    """Whatever the field holds, the records keep their times."""
    odd = a_record(300, event="log", clock_jump_s=told, **QUIET)
    assert replayed(tmp_path, *samples(0, 300), odd, *samples(305, 600)) == []
