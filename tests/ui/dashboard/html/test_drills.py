"""The panel of drills, and the addresses that start them."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from drills.runner import Drill, Drills
from monitoring import MonitoringConfig, Recorder
from monitoring.alerts.rules_file import load_rules
from monitoring.analysis.drill_runs import DrillRun
from tests.monitoring.helpers import MOMENT, KeepingLog, Record, a_record, wait_until
from tests.ui.dashboard.helpers import HOSTILE, NOW, Elements, dashboard_of, live, same_structure
from ui.dashboard.html.drills import MAX_RUNS, drill_panel
from ui.dashboard.routes import routes
from ui.texts.page import EN, ZH
from ui.texts.words import Words
from ui.view.interval import Interval

NAMES = ("slow_model", "failing_sentiments", "memory_leak", "full_log_disk", "stalled_queue")
SHOWN = Interval("1h", MOMENT, NOW)
RUNNING = DrillRun("a", "slow_model", "slow_request", MOMENT + 1)
PASSED = DrillRun("b", "slow_model", "slow_request", MOMENT + 1, True, True, 2.54, 61.0)
FAILED = DrillRun(
    "c",
    "memory_leak",
    "memory_growth",
    MOMENT + 1,
    has_ended=True,
    followed=("memory_limit",),
    unrelated=("odd", "silent"),
    problem="LookupError: broken",
)


def panel(*runs: DrillRun, names: tuple[str, ...] = NAMES, words: Words = EN) -> str:
    """Return the panel as it is shown at the end of the shown time."""
    return drill_panel(names, runs, SHOWN, words)


def rows(markup: str) -> list[str]:
    """Return what a reader sees of each run."""
    return [" ".join(Elements(row).text.split()) for row in markup.split("<li")[1:]]


def test_without_drills_there_is_no_panel() -> None:
    """Where none may be started, nor was one in the shown time."""
    assert panel(names=()) == ""
    before = DrillRun("a", "slow_model", "slow_request", MOMENT - 1, True)
    after = DrillRun("a", "slow_model", "slow_request", NOW + 1, True)
    assert panel(before, after, names=()) == ""


@pytest.mark.parametrize("words", [EN, ZH])
def test_each_drill_has_a_button(words: Words) -> None:
    """It bears the drill's name in the reader's language, tells what it does, and may be pressed."""
    shown = Elements(panel(words=words))
    buttons = [attributes for tag, attributes in shown.found if tag == "button"]
    assert [button["data-drill"] for button in buttons] == list(NAMES)
    assert [button["title"] for button in buttons] == [words[f"drill_{name}_help"] for name in NAMES]
    assert all(words[f"drill_{name}"] in shown.texts for name in NAMES)
    assert words["drills_help"] in shown.texts
    assert not any("disabled" in button for button in buttons)


@pytest.mark.parametrize("since", [MOMENT + 1, MOMENT - 1])
def test_while_one_runs_no_other_can_be_started(since: float) -> None:
    """All buttons are disabled, also where it began before the shown time."""
    running = DrillRun("a", "slow_model", "slow_request", since)
    shown = Elements(panel(running, PASSED))
    buttons = [attributes for tag, attributes in shown.found if tag == "button"]
    assert len(buttons) == len(NAMES)
    assert all("disabled" in button for button in buttons)


def test_runs_without_buttons_are_shown() -> None:
    """A file's drills, or an earlier start's, are told where none may be started."""
    markup = panel(PASSED, names=())
    assert Elements(markup).values("data-drill") == []
    assert EN["drills_help"] not in markup
    assert len(rows(markup)) == 1


@pytest.mark.parametrize(
    ("run", "state", "text"),
    [
        (RUNNING, "running", "running Slow model: waiting for slow_request to fire and to be resolved"),
        (
            PASSED,
            "passed",
            "passed Slow model: slow_request fired after 2.5 s; resolved 61.0 s after the fault ended",
        ),
        (
            FAILED,
            "failed",
            "NOT PASSED Memory leak: memory_growth did not fire; was not resolved; "
            "also fired for the same fault: memory_limit; should not have fired: odd, silent; "
            "LookupError: broken",
        ),
    ],
)
def test_a_run_tells_how_it_stands(run: DrillRun, state: str, text: str) -> None:
    """ViewState, drill, what its alert did, and since when."""
    markup = panel(run)
    assert state in Elements(markup).values("class")
    (row,) = rows(markup)
    assert text in row
    assert row.endswith("since 2023-11-14 22:13:21 UTC")


@pytest.mark.parametrize("run", [RUNNING, PASSED, FAILED])
def test_chinese_readers_get_the_same(run: DrillRun) -> None:
    """The same elements with other words."""
    english, chinese = panel(run), panel(run, words=ZH)
    assert same_structure(english, chinese)
    assert [tag for tag, _ in Elements(english).found] == [tag for tag, _ in Elements(chinese).found]
    assert ZH[f"drill_{run.drill}"] in rows(chinese)[0]
    assert rows(english) != rows(chinese)


def test_the_newest_runs_come_first() -> None:
    """Not more than a few."""
    runs = [DrillRun(f"{n}", f"drill {n}.", "odd", MOMENT + n, True) for n in range(MAX_RUNS + 2)]
    shown = rows(panel(*runs))
    assert len(shown) == MAX_RUNS
    for place, row in enumerate(shown):
        assert f"drill {MAX_RUNS + 1 - place}." in row


@pytest.mark.parametrize("has_ended", [False, True])
def test_hostile_runs_are_text(has_ended: bool) -> None:
    """Whatever a log says of a drill, no element comes of it."""
    said = (HOSTILE,)
    hostile = DrillRun(HOSTILE, HOSTILE, HOSTILE, MOMENT, has_ended, False, None, None, said, said, HOSTILE)
    assert same_structure(panel(RUNNING), panel(hostile) if not has_ended else panel(RUNNING, hostile))
    assert "alert(1)" in Elements(panel(hostile)).text


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
        self.client = TestClient(Starlette(routes=routes(dashboard)))

    def _fault(self, stop: threading.Event) -> None:
        self.faulty.set()
        assert stop.wait(30)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """A dashboard whose live log tells of one run."""
    fields = {"run": "r", "drill": "a_fault", "rule": "failing_task"}
    found = Started(
        tmp_path,
        a_record(1, event="drill.started", **fields),
        a_record(9, event="drill.ended", **fields, passed=True, fired_after_s=1.5, followed=["error_rate"]),
    )
    yield found
    found.drills.close()


def test_drills_that_are_off_are_not_there() -> None:
    """The text says how to allow them."""
    client = TestClient(Starlette(routes=routes(dashboard_of(live()))))
    for answer in (client.get("/dashboard/drills"), client.post("/dashboard/drills?drill=slow_model")):
        assert answer.status_code == 404
        assert "DRILLS=1" in answer.text


def test_who_asks_gets_names_and_runs(started: Started) -> None:
    """As JSON, with all that is known of a run."""
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
    """The answer holds the id that its records bear; the refusal says why."""
    answer = started.client.post("/dashboard/drills?drill=a_fault")
    assert answer.status_code == 202
    assert started.faulty.wait(30)
    assert [record["run"] for record in started.log.records] == [answer.json()["run"]]
    refused = started.client.post("/dashboard/drills?drill=another")
    assert (refused.status_code, refused.text) == (409, "another drill runs; wait for its end")


@pytest.mark.parametrize("query", ["", "?drill=", "?drill=none"])
def test_an_unknown_drill_is_refused(started: Started, query: str) -> None:
    """The text names those that there are."""
    refused = started.client.post(f"/dashboard/drills{query}")
    assert refused.status_code == 409
    assert "allowed are a_fault, another" in refused.text


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_other_pages_may_start_none(started: Started, site: str) -> None:
    """A form elsewhere must not make a fault here; a page of our own may."""
    address = "/dashboard/drills?drill=a_fault"
    assert started.client.post(address, headers={"sec-fetch-site": site}).status_code == 403
    assert started.log.records == []
    assert started.client.post(address, headers={"sec-fetch-site": "same-origin"}).status_code == 202
    wait_until(lambda: started.log.records)


def test_looking_and_starting_are_all_that_can_be_done(started: Started) -> None:
    """Another method is none of the address's."""
    assert started.client.delete("/dashboard/drills").status_code == 405
