"""Which drills were run, as a log tells."""

from typing import Any

import pytest

from monitoring.analysis.drill_runs import MAX_RECORDS, DrillRun, drill_runs
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import MOMENT, Record, a_record

RULE = "slow_request"
RESULT = {
    "passed": True,
    "fired_after_s": 2.5,
    "resolved_after_s": 61.0,
    "followed": ["slow_task"],
    "unrelated": [],
}


def started(second: float, run: object, **fields: object) -> Record:
    """Return the record of a drill's begin."""
    return a_record(second, event="drill.started", run=run, drill="slow_model", rule=RULE, **fields)


def ended(second: float, run: object, **fields: object) -> Record:
    """Return the record of a drill's end."""
    return a_record(second, event="drill.ended", run=run, drill="slow_model", rule=RULE, **fields)


def the_run(*records: Record) -> DrillRun:
    """Return the one run of which records tell."""
    (run,) = drill_runs(frame_of(*records))
    return run


def test_a_log_without_drills_has_no_runs() -> None:
    """Nor has an empty one, nor one with only the end of a run."""
    assert drill_runs(frame_of()) == []
    assert drill_runs(frame_of(a_record(), a_record(1, event="app.started"))) == []
    assert drill_runs(frame_of(ended(1, "a", **RESULT))) == []


def test_a_drill_runs_until_its_end_is_told() -> None:
    """What else is logged meanwhile changes nothing."""
    run = the_run(started(3, "a"), a_record(4), a_record(5, event="alert.fired", rule=RULE))
    assert run == DrillRun("a", "slow_model", RULE, MOMENT + 3)
    assert not run.has_ended


def test_an_end_brings_the_result() -> None:
    """It is taken over as it was told."""
    run = the_run(started(3, "a"), ended(9, "a", **RESULT))
    assert run == DrillRun(
        "a", "slow_model", RULE, MOMENT + 3, True, True, 2.5, 61.0, followed=("slow_task",)
    )


def test_a_drill_that_was_not_passed_tells_why() -> None:
    """What is not told of it, as it is None, is None."""
    told = {"passed": False, "followed": [], "unrelated": ["odd", "silent"], "problem": "LookupError: broken"}
    run = the_run(started(3, "a"), ended(9, "a", **told))
    assert (run.passed, run.fired_after_s, run.resolved_after_s) == (False, None, None)
    assert (run.unrelated, run.problem) == (("odd", "silent"), "LookupError: broken")


@pytest.mark.parametrize("event", ["drill.started", "drill.ended"])
def test_a_record_that_tells_no_run_is_passed_over(event: str) -> None:
    """As one whose line is no longer kept: no run without an end comes of it."""
    assert drill_runs(frame_of(a_record(1, event=event))) == []


def test_runs_are_told_apart_by_their_ids() -> None:
    """They come in the order of their begins, whichever ends first."""
    records = [started(1, "a"), started(2, "b"), ended(3, "b", **RESULT)]
    runs = drill_runs(frame_of(*records))
    assert [(run.run, run.has_ended) for run in runs] == [("a", False), ("b", True)]


def test_a_start_of_the_app_ends_what_ran() -> None:
    """It is not passed, and says why; what had ended before stays as it was, and later ones run."""
    records = [
        started(1, "a"),
        ended(2, "a", **RESULT),
        started(3, "b"),
        a_record(4, event="app.started"),
        started(5, "c"),
    ]
    runs = drill_runs(frame_of(*records))
    assert [(run.has_ended, run.passed) for run in runs] == [(True, True), (True, False), (False, False)]
    assert [run.problem for run in runs] == ["", "the app stopped", ""]


@pytest.mark.parametrize(
    ("told", "field", "expected"),
    [
        ({"passed": "yes"}, "passed", False),
        ({"passed": 1}, "passed", False),
        ({"fired_after_s": "2.5"}, "fired_after_s", 2.5),
        ({"fired_after_s": "soon"}, "fired_after_s", None),
        ({"fired_after_s": [1]}, "fired_after_s", None),
        ({"resolved_after_s": "inf"}, "resolved_after_s", None),
        ({"resolved_after_s": True}, "resolved_after_s", None),
        ({"followed": "slow_task"}, "followed", ()),
        ({"unrelated": [3, None, ["odd"]]}, "unrelated", ("3", "None", "['odd']")),
        ({"unrelated": {"odd": 1}}, "unrelated", ()),
        ({"problem": 5}, "problem", "5"),
        ({"problem": False}, "problem", ""),
    ],
)
def test_odd_values_are_taken_for_what_they_may_mean(
    told: dict[str, Any], field: str, expected: object
) -> None:
    """Whatever a log says of an end, it has a result."""
    run = the_run(started(1, "a"), ended(2, "a", **{**RESULT, **told}))
    assert run.has_ended
    assert getattr(run, field) == expected


@pytest.mark.parametrize("run_id", [7, ["a"], {"a": 1}])
def test_odd_ids_are_ids_all_the_same(run_id: object) -> None:
    """Begin and end that bear the same one belong together."""
    run = the_run(started(1, run_id), ended(2, run_id, **RESULT))
    assert (run.run, run.has_ended, run.passed) == (str(run_id), True, True)


def test_a_begin_that_tells_only_its_id_is_a_run() -> None:
    """Its parts are texts whatever they are in the log."""
    run = the_run(a_record(1, event="drill.started", run="a", drill=["x"]))
    assert (run.run, run.drill, run.rule) == ("a", "['x']", "None")


def test_only_the_newest_are_looked_at() -> None:
    """However many drills a log tells of, the work is bounded."""
    count = MAX_RECORDS // 2 + 1
    records = [
        record
        for n in range(count)
        for record in (started(2 * n, f"run {n}"), ended(2 * n + 1, f"run {n}", **RESULT))
    ]
    runs = drill_runs(frame_of(*records))
    assert [run.run for run in runs] == [f"run {n}" for n in range(1, count)]
