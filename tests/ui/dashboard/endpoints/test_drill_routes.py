"""The HTTP address of the drills: GET lists them, POST starts one."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drills.runner import Drill, Drills
from monitoring import MonitoringConfig, Recorder
from monitoring.alerts.rules_file import load_rules
from tests.monitoring.helpers import MOMENT, KeepingLog, Record, a_record
from tests.ui.dashboard.helpers import client_of, dashboard_of, live


class Started:
    """A dashboard's addresses, with drills of which one runs until the test ends."""

    def __init__(self, folder: Path, *records: Record) -> None:
        self.log = KeepingLog()
        self.faulty = threading.Event()
        drill = Drill("failing_task", "sentiment", self._fault)
        self.drills = Drills(
            {"a_fault": drill, "another": drill},
            lambda: None,
            Recorder(self.log, MonitoringConfig(log_dir=folder)),
            load_rules,
            set,
        )
        dashboard = dashboard_of(live(*records))
        dashboard.drills = self.drills
        self.client = client_of(dashboard)

    def _fault(self, stop: threading.Event) -> None:
        self.faulty.set()
        assert stop.wait(30)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """A dashboard whose live log holds one run."""
    fields = {"run": "r", "drill": "a_fault", "rule": "failing_task"}
    found = Started(
        tmp_path,
        a_record(1, event="drill.started", **fields),
        a_record(9, event="drill.ended", **fields, passed=True, fired_after_s=1.5, followed=["error_rate"]),
    )
    yield found
    found.drills.close()


def test_drills_that_are_off_are_not_found() -> None:
    """The answer says how to allow them."""
    client = client_of(dashboard_of(live()))
    for answer in (client.get("/dashboard/drills"), client.post("/dashboard/drills?drill=slow_model")):
        assert answer.status_code == 404
        assert "DRILLS=1" in answer.text


def test_names_and_runs_are_listed(started: Started) -> None:
    """The list is JSON with all fields of each run, and reading it changes nothing."""
    answer = started.client.get("/dashboard/drills")
    assert answer.status_code == 200
    assert answer.json() == {
        "names": ["a_fault", "another"],
        "runs": [
            {
                "run": "r",
                "drill": "a_fault",
                "rule": "failing_task",
                "since": MOMENT + 1,
                "has_ended": True,
                "passed": True,
                "fired_after_s": 1.5,
                "resolved_after_s": None,
                "followed": ["error_rate"],
                "unrelated": [],
                "problem": "",
            }
        ],
    }
    assert started.log.records == []


def test_a_drill_is_started_and_a_second_one_refused(started: Started) -> None:
    """The answer holds the id of the run; a second start is refused with the reason."""
    answer = started.client.post("/dashboard/drills?drill=a_fault")
    assert answer.status_code == 202
    assert started.faulty.wait(30)
    assert [record["run"] for record in started.log.records] == [answer.json()["run"]]
    refused = started.client.post("/dashboard/drills?drill=another")
    assert (refused.status_code, refused.text) == (409, "another drill runs; wait for its end")


@pytest.mark.parametrize("query", ["", "?drill=", "?drill=none"])
def test_an_unknown_drill_is_refused(started: Started, query: str) -> None:
    """The answer names the drills that exist."""
    refused = started.client.post(f"/dashboard/drills{query}")
    assert refused.status_code == 409
    assert "allowed are a_fault, another" in refused.text


def test_other_methods_are_refused(started: Started) -> None:
    """Only GET and POST are allowed."""
    assert started.client.delete("/dashboard/drills").status_code == 405
