"""The command line's drills: what they print, where, and how they end."""

import json
from dataclasses import replace

import pytest

from monitoring.cli.main import main
from tests.monitoring.cli.drill_server import NAMES, NOWHERE, PASSED, DrillServer

WAITS = "the fault is made; waiting for its alert and the alert's end"


def test_a_passed_drill_is_a_line_and_status_0(
    drill_server: DrillServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it waits for is told aside."""
    assert main(["drill", "slow_model", "--url", drill_server.url]) == 0
    printed = capsys.readouterr()
    assert printed.out == (
        "slow_model: passed: slow_request fired after 2.5 s; was resolved 61.0 s after the fault's end\n"
    )
    assert printed.err == f"note: slow_model: {WAITS}\n"


@pytest.mark.parametrize("failing", NAMES)
def test_one_that_is_not_passed_is_status_1(
    drill_server: DrillServer, capsys: pytest.CaptureFixture[str], failing: str
) -> None:
    """All are run all the same, whichever it is."""
    drill_server.results = {failing: replace(PASSED, passed=False, unrelated=("silent",))}
    assert main(["drill", "all", "--url", drill_server.url]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == NAMES
    assert [": NOT PASSED: " in line for line in lines] == [name == failing for name in NAMES]


def test_json_is_a_drill_a_line(drill_server: DrillServer, capsys: pytest.CaptureFixture[str]) -> None:
    """The objects are those of the app, and there is nothing else."""
    assert main(["drill", "all", "--json", "--url", drill_server.url]) == 0
    runs = list(map(json.loads, capsys.readouterr().out.splitlines()))
    assert [run["drill"] for run in runs] == drill_server.started == NAMES
    assert all(run["passed"] is True and run["fired_after_s"] == 2.54 for run in runs)
    assert all(run["unrelated"] == [] for run in runs)


def test_without_a_name_the_drills_are_listed(
    drill_server: DrillServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """One a line; none is run."""
    assert main(["drill", "--url", drill_server.url]) == 0
    assert capsys.readouterr() == ("slow_model\nfailing_sentiments\n", "")
    assert drill_server.started == []


def test_a_drill_that_cannot_be_run_is_status_2(
    drill_server: DrillServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown name, a refusal, an app without drills: the reason goes to stderr."""
    assert main(["drill", "none", "--url", drill_server.url]) == 2
    drill_server.refusal = (409, "another drill runs; wait for its end")
    assert main(["drill", "slow_model", "--url", drill_server.url]) == 2
    drill_server.is_off = True
    assert main(["drill", "slow_model", "--url", drill_server.url]) == 2
    assert main(["drill", "--url", drill_server.url]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    off = "error: drills are off; start the app with DRILLS=1 to allow them"
    assert printed.err.splitlines() == [
        "error: there is no drill 'none'; allowed are slow_model, failing_sentiments, and all",
        "error: another drill runs; wait for its end",
        off,
        off,
    ]


@pytest.mark.parametrize("url", [NOWHERE, "no address"])
def test_where_no_app_answers_is_status_2(capsys: pytest.CaptureFixture[str], url: str) -> None:
    """The text names the address, and how to start the app."""
    assert main(["drill", "all", "--url", url]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"error: no app answers at {url.replace(' ', '%20')}/dashboard/")
    assert "DRILLS=1" in printed.err
