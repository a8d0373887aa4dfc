"""Drills that are run from elsewhere, against a server that answers as the app does."""

from dataclasses import asdict
from functools import partial

import pytest

from monitoring.cli.drill_client import DrillClientError, describe, names_of, run_drills
from tests.monitoring.cli.drill_server import NAMES, NOWHERE, PASSED, DrillServer

run = partial(run_drills, poll_seconds=0.01)


def test_one_drill_is_run_to_its_end(drill_server: DrillServer) -> None:
    """Only that one; its result is yielded once it has ended."""
    told: list[str] = []
    (result,) = run(drill_server.url, "failing_sentiments", told.append)
    assert drill_server.started == ["failing_sentiments"]
    assert (result["drill"], result["has_ended"], result["passed"]) == ("failing_sentiments", True, True)
    assert told == ["failing_sentiments: the fault is made; waiting for its alert and the alert's end"]


def test_all_drills_are_run_one_after_the_other(drill_server: DrillServer) -> None:
    """The next one is started when the last one's end was taken."""
    runs = run(f"{drill_server.url}/", "all")
    assert next(runs)["drill"] == NAMES[0]
    assert drill_server.started == NAMES[:1]
    assert [run["drill"] for run in runs] == NAMES[1:]
    assert drill_server.started == NAMES


def test_an_earlier_run_of_the_same_drill_is_not_taken_for_it(drill_server: DrillServer) -> None:
    """Each run has its own id."""
    first, second = (next(run(drill_server.url, "slow_model"))["run"] for _ in range(2))
    assert first != second


def test_an_unknown_drill_is_not_asked_for(drill_server: DrillServer) -> None:
    """The text says which there are."""
    text = "there is no drill 'none'; allowed are slow_model, failing_sentiments, and all"
    with pytest.raises(DrillClientError, match=f"^{text}$"):
        next(run(drill_server.url, "none"))
    assert drill_server.started == []


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        ((409, "another drill runs; wait for its end"), "another drill runs; wait for its end"),
        ((500, ""), "the app answers with status 500"),
    ],
)
def test_a_refusal_is_told_in_the_apps_words(
    drill_server: DrillServer, refusal: tuple[int, str], text: str
) -> None:
    """Where it has none, the status is told."""
    drill_server.refusal = refusal
    with pytest.raises(DrillClientError, match=f"^{text}$"):
        next(run(drill_server.url, "slow_model"))


def test_an_app_that_allows_no_drills_says_how_to_allow_them(drill_server: DrillServer) -> None:
    """Neither are they listed, nor run."""
    drill_server.is_off = True
    with pytest.raises(DrillClientError, match="start the app with DRILLS=1"):
        names_of(drill_server.url)
    with pytest.raises(DrillClientError, match="start the app with DRILLS=1"):
        next(run(drill_server.url, "all"))


def test_nobody_answers() -> None:
    """The text says where, and what to do."""
    with pytest.raises(DrillClientError, match=rf"no app answers at {NOWHERE}/dashboard/ .* with DRILLS=1"):
        names_of(NOWHERE)


@pytest.mark.parametrize("url", ["http://127.0.0.1:abc", "http://[::1", "no address", ""])
def test_a_wrong_address_is_told(url: str) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(DrillClientError, match=r"address|answers"):
        names_of(url)


@pytest.mark.parametrize("body", ["<html>", "{}", "[]", "5", "\udcff"])
def test_another_server_is_no_app(
    drill_server: DrillServer, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    """What answers, but not as the app does, is told as such."""
    monkeypatch.setattr(drill_server, "answer", lambda method, address: (200, body))
    with pytest.raises(DrillClientError, match="is not this app"):
        names_of(drill_server.url)


def test_a_drill_that_does_not_end_is_given_up(drill_server: DrillServer) -> None:
    """The error says after which time."""
    drill_server.never_ends = True
    with pytest.raises(DrillClientError, match="has not ended within 0 s; see the app's log"):
        next(run(drill_server.url, "slow_model", max_seconds=0.1))


def test_the_names_are_the_apps(drill_server: DrillServer) -> None:
    """In its order."""
    assert names_of(drill_server.url) == NAMES


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "passed: slow_request fired after 2.5 s; was resolved 61.0 s after the fault's end"),
        (
            {"followed": ("slow_task", "odd")},
            "passed: slow_request fired after 2.5 s; was resolved 61.0 s after the fault's end; "
            "of the same fault: slow_task, odd",
        ),
        (
            {"passed": False, "fired_after_s": None, "resolved_after_s": None, "problem": "the app stopped"},
            "NOT PASSED: slow_request did not fire; was not resolved; the app stopped",
        ),
        (
            {"passed": False, "resolved_after_s": None, "unrelated": ("silent",)},
            "NOT PASSED: slow_request fired after 2.5 s; was not resolved; should not have fired: silent",
        ),
    ],
)
def test_a_result_is_a_sentence(changes: dict[str, object], text: str) -> None:
    """What is to be known stands in it, and nothing else."""
    run = {**asdict(PASSED), "drill": "slow_model", **changes}
    assert describe(run) == f"slow_model: {text}"
