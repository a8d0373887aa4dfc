"""What a watch knows after a restart, and what it withdraws."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monitoring.alerts.watching.rules_on_disk import SETTLED_LOOKS
from tests.monitoring.alerts.watched import FAILED, FIRED, Watched
from tests.monitoring.helpers import MOMENT, Record, a_record, stamp

OFF = "[failing_task]\nenabled = false\n"


@contextmanager
def watching(
    folder: Path, *past: Record, rules: Path | None = None, began: float = 100.0
) -> Iterator[Watched]:
    """A log with these records from before the start, which is so many seconds after `MOMENT`."""
    folder.mkdir(exist_ok=True)
    found = Watched(folder, MOMENT + began, rules)
    found.write(*past)
    found.live.start()
    yield found
    found.live.stop()


def unexpected_end(second: float, **fields: Any) -> Record:
    """Return the record of a process that was killed."""
    told = {"ended_instance": "abc", "last_memory_mb": 1612.0, "lost": 1, "last_seen": stamp(second - 9)}
    quiet = {"task_type": "system", "status": None, "response_time_ms": None, "level": "ERROR"}
    return a_record(second, event="unexpected_end", **{**quiet, **told, **fields})


def test_a_rule_that_is_switched_off_takes_its_alert_with_it(tmp_path: Path) -> None:
    """The alert is withdrawn, once; the rule that is on again fires again."""
    rules = tmp_path / "rules.toml"
    rules.write_text("")
    with watching(tmp_path, rules=rules) as watched:
        watched.write(*(a_record(101 + n, **FAILED) for n in range(3)))
        assert watched.look(3) == [("alert.fired", "failing_task")]
        watched.now = MOMENT + 105
        rules.write_text(OFF)
        for _ in range(SETTLED_LOOKS):
            watched.watch._reload()
        assert watched.look(3) == [("alert.withdrawn", "failing_task")]
        assert (watched.told[-1]["task_type"], watched.told[-1]["level"]) == ("sentiment", "INFO")
        assert watched.look(3) == []
        assert watched.watch.firing == set()
        rules.write_text("")
        for _ in range(SETTLED_LOOKS):
            watched.watch._reload()
        assert watched.look(3) == []
        watched.write(a_record(110, **FAILED))
        assert watched.look(4) == [("alert.fired", "failing_task")]


def test_rules_that_stay_keep_their_alerts_when_the_file_changes(tmp_path: Path) -> None:
    """Also where the alert's own record was not read yet when the rules were taken over."""
    rules = tmp_path / "rules.toml"
    rules.write_text("")
    with watching(tmp_path, rules=rules) as watched:
        watched.write(*(a_record(101 + n, **FAILED) for n in range(3)))
        assert watched.look(3) == [("alert.fired", "failing_task")]
        watched.now = MOMENT + 105
        rules.write_text("[slow_request]\nresponse_ms = 5000\n")
        for _ in range(SETTLED_LOOKS):
            watched.watch._reload()
        assert watched.look(3) == []
        assert watched.watch.firing == {("failing_task", "sentiment")}
        watched.write(a_record(110, task_type="sentiment"))
        assert watched.look(4) == [("alert.resolved", "failing_task")]


def test_a_rule_that_was_switched_off_while_the_app_was_down(tmp_path: Path) -> None:
    """Its active alert is withdrawn at the start, and not again at the next one."""
    rules = tmp_path / "rules.toml"
    rules.write_text(OFF)
    with watching(tmp_path, a_record(3, **FIRED), rules=rules) as watched:
        assert watched.look(1) == [("alert.withdrawn", "failing_task")]
        told = watched.told[0]
    withdrawn = {**told, "timestamp": stamp(101)}
    with watching(
        tmp_path / "again", a_record(3, **FIRED), a_record(101, **withdrawn), rules=rules, began=300
    ) as watched:
        assert watched.look(2) == []


def test_an_alert_of_a_rule_that_there_is_no_more_is_withdrawn(tmp_path: Path) -> None:
    """As after an update that renamed it; alerts of other rules stay as they are."""
    renamed = a_record(4, **{**FIRED, "rule": "failing_tasks"})
    with watching(tmp_path, a_record(3, **FIRED), renamed) as watched:
        assert watched.look(2) == [("alert.withdrawn", "failing_tasks")]
        assert watched.watch.firing == {("failing_task", "sentiment")}


def test_the_end_of_the_former_process_is_told_by_the_start_that_found_it(tmp_path: Path) -> None:
    """Once: at the next start its record is of the past."""
    with watching(tmp_path, a_record(3)) as watched:
        watched.write(unexpected_end(101))
        assert watched.look(2) == [("alert.fired", "unexpected_end")]
        assert "memory at last 1,612 MiB, requests lost 1" in watched.told[0]["message"]
    with watching(tmp_path / "again", a_record(3), unexpected_end(50)) as watched:
        assert watched.look(2) == []


def test_what_is_written_before_the_watch_is_made_counts(tmp_path: Path) -> None:
    """The log is opened first, and tells of a killed process at once."""
    found = Watched(tmp_path, MOMENT + 100, opened=MOMENT + 99)
    found.write(a_record(3), unexpected_end(99.5))
    found.live.start()
    assert found.look(2) == [("alert.fired", "unexpected_end")]
    found.live.stop()


def test_a_crash_loop_goes_on_over_restarts(tmp_path: Path) -> None:
    """The alert of the last start gets a higher count, in place of a second alert."""
    fired = a_record(51, event="alert.fired", rule="unexpected_end", task_type="system", value=1, limit=0)
    with watching(tmp_path, unexpected_end(50), fired) as watched:
        watched.write(unexpected_end(101))
        assert watched.look(3) == [("alert.updated", "unexpected_end")]
        assert (watched.told[0]["value"], watched.told[0]["level"]) == (2, "ERROR")
    with watching(tmp_path / "again", unexpected_end(10), unexpected_end(50), fired) as watched:
        watched.write(unexpected_end(101))
        assert watched.look(4) == [("alert.updated", "unexpected_end")]
        assert watched.told[0]["value"] == 3


def test_a_process_that_was_down_for_long_was_not_silent(tmp_path: Path) -> None:
    """That no samples came while nothing ran is told by the end of the process, not by a second alert."""
    sampled = {"event": "resource.sample", "task_type": "system", "status": None, "response_time_ms": None}
    started = {**sampled, "event": "app.started"}
    with watching(tmp_path, a_record(-3600, **sampled)) as watched:
        watched.write(a_record(101, **started), unexpected_end(102), a_record(106, **sampled))
        watched.now = MOMENT + 107
        assert watched.look(4) == [("alert.fired", "unexpected_end")]
        watched.now = MOMENT + 200
        assert watched.look(4) == [("alert.fired", "silent")]
