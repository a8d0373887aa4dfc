"""Drills whose faults are made up: what is told of each, and which may begin."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drills.runner import DrillError
from monitoring.record.encode import complete
from tests.drills.made_up import RESOLVE_SECONDS, RULE, TASK, Drilled, alert
from tests.monitoring.helpers import wait_until


@pytest.fixture
def drilled(tmp_path: Path) -> Iterator[Drilled]:
    """Drills that end with the test."""
    found = Drilled(tmp_path)
    yield found
    found.drills.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for an alert that does not come only for a moment."""
    monkeypatch.setattr("drills.runner.MAX_SECONDS", 0.1)
    monkeypatch.setattr("drills.runner.SLACK_SECONDS", 0.1)
    monkeypatch.setattr("drills.runner.CHECK_SECONDS", 0.01)


def test_a_drill_whose_alert_comes_and_goes_is_passed(drilled: Drilled) -> None:
    """Begin and end are told with the same id, and with what came when."""
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


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "heard",
    [
        [],
        [alert("resolved")],
        [alert("fired", task="chat")],
    ],
)
def test_an_alert_that_does_not_fire_is_told(drilled: Drilled, heard: list[dict[str, Any]]) -> None:
    """One of another task does not count, nor does an end without a begin; the fault ends all the same."""
    drilled.heard_while_faulty = heard
    ended = drilled.run()
    assert (ended["passed"], ended["level"], ended["message"]) == (False, "WARNING", "演练未通过: a_fault")
    assert not {"fired_after_s", "resolved_after_s", "problem"} & ended.keys()
    assert drilled.faults_ended == 1


def test_an_alert_that_fires_late_is_told(drilled: Drilled, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for, and measured, but the drill is not passed."""
    monkeypatch.setattr("drills.runner.FIRE_SECONDS", -1.0)  # whenever it comes, it is later
    ended = drilled.run()
    assert ended["passed"] is False
    assert ended["fired_after_s"] >= 0
    assert "resolved_after_s" in ended


@pytest.mark.usefixtures("hurried")
def test_an_alert_that_is_not_resolved_is_told(drilled: Drilled) -> None:
    """It fired, and the drill is not passed."""
    drilled.heard_after = []
    ended = drilled.run()
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
    """Those that a drill names may fire beside its own; any other one fails it."""
    drilled.heard_while_faulty = [*others, alert("fired")]
    ended = drilled.run()
    told = (ended["passed"], ended["followed"], ended["unrelated"])
    assert told == (passed, followed, unrelated)


@pytest.mark.usefixtures("hurried")
def test_what_was_heard_before_the_fault_does_not_count(drilled: Drilled) -> None:
    """Alerts that fire while nothing is wrong yet are not the fault's."""
    drilled.drills.on_alert(alert("fired", "odd"))
    drilled.prepare = lambda: drilled.drills.on_alert(alert("fired"))
    drilled.heard_while_faulty = []
    ended = drilled.run()
    assert "fired_after_s" not in ended
    assert ended["unrelated"] == []


@pytest.mark.parametrize("what", ["fault", "recover"])
def test_what_goes_wrong_is_told(drilled: Drilled, what: str) -> None:
    """The drill goes on to its end, and is not passed although the alert came and went."""
    drilled.problems = {what: LookupError("broken")}
    drilled.heard_while_faulty = [alert("fired"), alert("resolved")]
    ended = drilled.run()
    assert (ended["passed"], ended["problem"]) == (False, "LookupError: broken")
    assert {"fired_after_s", "resolved_after_s"} <= ended.keys()


def test_an_unknown_drill_is_refused(drilled: Drilled) -> None:
    """The text names those that there are."""
    with pytest.raises(DrillError, match=r"^drill=none: allowed are a_fault, another$"):
        drilled.drills.start("none")
    assert drilled.log.records == []


@pytest.mark.parametrize(
    ("firing", "enabled", "reason", "text"),
    [
        ({(RULE, TASK)}, True, "", r"failing_task \(sentiment\) is firing already"),
        (set(), False, "", "the rule failing_task is off"),
        (set(), True, "the model sleeps", "the model sleeps"),
    ],
)
def test_a_drill_that_could_show_nothing_is_refused(
    drilled: Drilled, firing: set[tuple[str, str]], enabled: bool, reason: str, text: str
) -> None:
    """The text says why; nothing is begun, nor told."""
    drilled.firing, drilled.reason = firing, reason
    rule = drilled.rules.failing_task.model_copy(update={"enabled": enabled})
    drilled.rules = drilled.rules.model_copy(update={RULE: rule})
    with pytest.raises(DrillError, match=f"^{text}$"):
        drilled.drills.start("a_fault")
    assert drilled.log.records == []


def test_an_alert_of_another_task_is_in_no_drills_way(drilled: Drilled) -> None:
    """Only the rule and the task that the drill waits for count."""
    drilled.firing = {(RULE, "chat"), ("slow_request", TASK)}
    assert drilled.run()["passed"] is True


def test_one_drill_runs_at_a_time(drilled: Drilled) -> None:
    """Another one is refused until the first has ended."""
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


def test_closing_ends_the_drill_that_runs(drilled: Drilled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its fault and its requests are stopped, however long its alert may take, and its record says why."""
    monkeypatch.setattr("drills.runner.MAX_SECONDS", 3600)
    drilled.heard_while_faulty = []
    drilled.drills.start("a_fault")
    drilled.drills.close()
    assert (drilled.faults_ended, drilled.closed) == (1, 1)
    ended = drilled.log.records[-1]
    assert (ended["event"], ended["passed"], ended["problem"]) == ("drill.ended", False, "the app stopped")


def test_closing_while_the_end_of_an_alert_is_waited_for(
    drilled: Drilled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fired is told; what was not resolved yet does not keep the app from stopping."""
    monkeypatch.setattr("drills.runner.SLACK_SECONDS", 3600)
    drilled.heard_after = []
    drilled.drills.start("a_fault")
    wait_until(lambda: drilled.faults_ended)
    drilled.drills.close()
    ended = drilled.log.records[-1]
    assert (ended["passed"], ended["problem"]) == (False, "the app stopped")
    assert {"fired_after_s", "resolved_after_s"} & ended.keys() == {"fired_after_s"}


def test_closing_without_a_drill_stops_only_the_requests(drilled: Drilled) -> None:
    """Nothing is told."""
    drilled.drills.close()
    assert (drilled.closed, drilled.log.records) == (1, [])


def assert_set(event: threading.Event) -> None:
    """Wait for an event; fail where it does not come."""
    assert event.wait(30)


def test_without_its_preparation_no_fault_is_made(drilled: Drilled) -> None:
    """What went wrong is told at once."""
    drilled.problems["prepare"] = RuntimeError("no")
    ended = drilled.run()
    assert (ended["passed"], ended["problem"]) == (False, "RuntimeError: no")
    assert drilled.faults_ended == 0
    assert "fired_after_s" not in ended


def test_a_fault_that_cannot_be_made_is_not_waited_for(drilled: Drilled) -> None:
    """Its alert cannot come: the drill ends before the time for it is over."""
    drilled.heard_while_faulty = []
    drilled.problems["fault"] = RuntimeError("no")
    assert drilled.run()["problem"] == "RuntimeError: no"  # in less than what the test waits for an end
