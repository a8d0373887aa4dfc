"""Tests of `drills.runner`, with made-up faults."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drills.runner import DrillError, Timing
from monitoring.record.encode import complete
from tests.drills.made_up import RESOLVE_SECONDS, RULE, TASK, Drilled, alert
from tests.monitoring.helpers import wait_until

MakeDrills = Callable[[Timing], Drilled]
# The wait for an alert that does not come is short.
HURRIED = Timing(give_up=0.1, slack=0.1, check=0.01)


@pytest.fixture
def make_drills(tmp_path: Path) -> Iterator[MakeDrills]:
    """A function that makes drills with their times; the drills end with the test."""
    made = []

    def make(timing: Timing) -> Drilled:
        made.append(Drilled(tmp_path, timing))
        return made[-1]

    yield make
    for drilled in made:
        drilled.drills.close()


@pytest.fixture
def drilled(make_drills: MakeDrills) -> Drilled:
    """Drills with a long wait for each alert, and short pauses between two checks."""
    return make_drills(Timing(check=0.01))


@pytest.fixture
def hurried(make_drills: MakeDrills) -> Drilled:
    """Drills that give up after a moment."""
    return make_drills(HURRIED)


def test_a_drill_whose_alert_comes_and_goes_is_passed(drilled: Drilled) -> None:
    """The records of start and end have the same id, and the end has the times of the alert."""
    run = drilled.drills.start("a_fault")
    ended = drilled.end()
    started = drilled.log.records[0]
    common = {"task_type": TASK, "drill": "a_fault", "run": run, "rule": RULE, "level": "INFO"}
    assert started == complete({**common, "event": "drill.started", "message": "演练开始: a_fault"})
    assert 0 <= ended.pop("fired_after_s") < 10
    assert isinstance(ended.pop("resolved_after_s"), float)
    expected = {
        **common,
        "event": "drill.ended",
        "message": "演练通过: a_fault",
        "passed": True,
        "resolve_seconds": RESOLVE_SECONDS,
        "followed": [],
        "unrelated": [],
    }
    assert ended == complete(expected)
    assert drilled.faults_ended == 1
    assert len(drilled.log.records) == 2


@pytest.mark.parametrize(
    "heard",
    [
        [],
        [alert("resolved")],
        [alert("fired", task="chat")],
    ],
)
def test_an_alert_that_does_not_fire_is_told(hurried: Drilled, heard: list[dict[str, Any]]) -> None:
    """An alert of another task does not count, nor does an end without a begin; the fault ends anyway."""
    hurried.heard_while_faulty = heard
    ended = hurried.run()
    assert (ended["passed"], ended["level"], ended["message"]) == (False, "WARNING", "演练未通过: a_fault")
    assert not {"fired_after_s", "resolved_after_s", "problem"} & ended.keys()
    assert hurried.faults_ended == 1


def test_an_alert_that_fires_late_is_told(make_drills: MakeDrills) -> None:
    """The drill waits for the alert, and measures its time, but it does not pass."""
    ended = make_drills(Timing(fire=-1.0)).run()
    assert ended["passed"] is False
    assert ended["fired_after_s"] >= 0
    assert "resolved_after_s" in ended


def test_an_alert_that_is_not_resolved_is_told(hurried: Drilled) -> None:
    """The alert fired, but the drill does not pass."""
    hurried.heard_after = []
    ended = hurried.run()
    assert ended["passed"] is False
    assert {"fired_after_s", "resolved_after_s", "problem"} & ended.keys() == {"fired_after_s"}


@pytest.mark.parametrize(
    ("others", "passed", "followed", "unrelated"),
    [
        ([alert("fired", "error_rate")], True, ["error_rate"], []),
        ([alert("fired", "silent"), alert("fired", "odd")], False, [], ["odd", "silent"]),
        ([alert("fired", "odd"), alert("fired", "error_rate")], False, ["error_rate"], ["odd"]),
        ([alert("resolved", "odd")], True, [], []),
    ],
)
def test_other_alerts_are_of_the_same_fault_or_not(
    drilled: Drilled, others: list[dict[str, Any]], passed: bool, followed: list[str], unrelated: list[str]
) -> None:
    """Rules that the drill names in `follows` may fire too; any other rule makes it fail."""
    drilled.heard_while_faulty = [*others, alert("fired")]
    ended = drilled.run()
    told = (ended["passed"], ended["followed"], ended["unrelated"])
    assert told == (passed, followed, unrelated)


def test_what_was_heard_before_the_fault_does_not_count(hurried: Drilled) -> None:
    """Alerts that fire before the fault are not those of the fault."""
    hurried.drills.on_alert(alert("fired", "odd"))
    hurried.prepare = lambda: hurried.drills.on_alert(alert("fired"))
    hurried.heard_while_faulty = []
    ended = hurried.run()
    assert "fired_after_s" not in ended
    assert ended["unrelated"] == []


@pytest.mark.parametrize("what", ["fault", "recover"])
def test_what_goes_wrong_is_told(drilled: Drilled, what: str) -> None:
    """The drill goes on to its end, and fails although its alert fired and was resolved."""
    drilled.problems = {what: LookupError("broken")}
    drilled.heard_while_faulty = [alert("fired"), alert("resolved")]
    ended = drilled.run()
    assert (ended["passed"], ended["problem"]) == (False, "LookupError: broken")
    assert {"fired_after_s", "resolved_after_s"} <= ended.keys()


def test_an_unknown_drill_is_refused(drilled: Drilled) -> None:
    """The error names the existing drills."""
    with pytest.raises(DrillError, match=r"^drill=none: allowed are a_fault, another$"):
        drilled.drills.start("none")
    assert drilled.log.records == []


@pytest.mark.parametrize(
    ("firing", "enabled", "obstacle", "text"),
    [
        ({(RULE, TASK)}, True, None, r"failing_task \(sentiment\) is firing already"),
        (set(), False, None, "the rule failing_task is off"),
        (set(), True, "the model sleeps", "the model sleeps"),
    ],
)
def test_a_drill_that_could_show_nothing_is_refused(
    drilled: Drilled, firing: set[tuple[str, str]], enabled: bool, obstacle: str | None, text: str
) -> None:
    """The error says why; no drill starts, and no record is written."""
    drilled.firing, drilled.obstacle = firing, obstacle
    rule = drilled.rules.failing_task.model_copy(update={"enabled": enabled})
    drilled.rules = drilled.rules.model_copy(update={RULE: rule})
    with pytest.raises(DrillError, match=f"^{text}$"):
        drilled.drills.start("a_fault")
    assert drilled.log.records == []


def test_an_alert_of_another_task_is_in_no_drills_way(drilled: Drilled) -> None:
    """A drill may start while other rules, or the same rule for other tasks, are firing."""
    drilled.firing = {(RULE, "chat"), ("slow_request", TASK)}
    assert drilled.run()["passed"] is True


def test_one_drill_runs_at_a_time(drilled: Drilled) -> None:
    """A second drill is refused until the first has ended."""
    free = threading.Event()
    drilled.prepare = lambda: assert_set(free)
    drilled.drills.start("a_fault")
    for name in drilled.drills.names:
        with pytest.raises(DrillError, match=r"^another drill runs; wait for its end$"):
            drilled.drills.start(name)
    free.set()
    drilled.end()
    thread = drilled.drills._thread
    assert thread is not None
    thread.join(30)
    drilled.drills.start("a_fault")
    wait_until(lambda: len(drilled.log.records) == 4)
    assert len({record["run"] for record in drilled.log.records}) == 2


def test_closing_ends_the_drill_that_runs(make_drills: MakeDrills) -> None:
    """Its fault and its requests stop, however long its alert may take, and its record says why."""
    drilled = make_drills(Timing(give_up=3600))
    drilled.heard_while_faulty = []
    drilled.drills.start("a_fault")
    drilled.drills.close()
    assert (drilled.faults_ended, drilled.closed) == (1, 1)
    ended = drilled.log.records[-1]
    assert (ended["event"], ended["passed"], ended["problem"]) == ("drill.ended", False, "the app stopped")


def test_closing_while_the_end_of_an_alert_is_waited_for(make_drills: MakeDrills) -> None:
    """The record has the time at which the alert fired; an alert that lasts does not delay the app's end."""
    drilled = make_drills(Timing(slack=3600))
    drilled.heard_after = []
    drilled.drills.start("a_fault")
    wait_until(lambda: drilled.faults_ended)
    drilled.drills.close()
    ended = drilled.log.records[-1]
    assert (ended["passed"], ended["problem"]) == (False, "the app stopped")
    assert {"fired_after_s", "resolved_after_s"} & ended.keys() == {"fired_after_s"}


def test_closing_without_a_drill_stops_only_the_requests(drilled: Drilled) -> None:
    """No record is written."""
    drilled.drills.close()
    assert (drilled.closed, drilled.log.records) == (1, [])


def assert_set(event: threading.Event) -> None:
    """Wait for an event; fail if it is not set."""
    assert event.wait(30)


def test_without_its_preparation_no_fault_is_made(drilled: Drilled) -> None:
    """A problem in the preparation ends the drill at once."""
    drilled.problems["prepare"] = RuntimeError("no")
    ended = drilled.run()
    assert (ended["passed"], ended["problem"]) == (False, "RuntimeError: no")
    assert drilled.faults_ended == 0
    assert "fired_after_s" not in ended


def test_a_fault_that_cannot_be_made_is_not_waited_for(make_drills: MakeDrills) -> None:
    """If the fault fails, its alert cannot fire: the drill does not wait for it."""
    drilled = make_drills(Timing(give_up=3600))
    drilled.heard_while_faulty = []
    drilled.problems["fault"] = RuntimeError("no")
    assert drilled.run()["problem"] == "RuntimeError: no"
