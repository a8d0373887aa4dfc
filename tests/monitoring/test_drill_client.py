"""Drills that are run from elsewhere, against a server that answers as the app does."""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from monitoring.drill_client import DrillClientError, describe, names_of, run_drills
from monitoring.drill_runs import DrillRun

NAMES = ["slow_model", "failing_sentiments"]
NOWHERE = "http://127.0.0.1:9"
PASSED = DrillRun("", "", "slow_request", 1.0, True, True, 2.54, 61.0)


@dataclass
class DrillServer:
    """Answer what the app answers: each drill runs until it was looked at once more."""

    results: dict[str, DrillRun] = field(default_factory=dict)  # how each ends; else it is passed
    refusal: tuple[int, str] | None = None  # of a start
    is_off: bool = False
    never_ends: bool = False
    started: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._runs: list[DrillRun] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(server.answer("GET", self.path))

            def do_POST(self) -> None:
                self._answer(server.answer("POST", self.path))

            def _answer(self, answer: tuple[int, str]) -> None:
                body = answer[1].encode(errors="surrogateescape")
                self.send_response(answer[0])
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, method: str, address: str) -> tuple[int, str]:
        """Return status and text."""
        parts = urlsplit(address)
        if parts.path != "/dashboard/drills":
            return 404, "Not Found"
        if self.is_off:
            return 404, "drills are off; start the app with DRILLS=1 to allow them"
        if method == "GET":
            runs = [asdict(run) for run in self._runs]
            if not self.never_ends:
                self._runs = [replace(run, has_ended=True) for run in self._runs]
            return 200, json.dumps({"names": NAMES, "runs": runs})
        if self.refusal is not None:
            return self.refusal
        name = parse_qs(parts.query)["drill"][0]
        self.started.append(name)
        run = replace(self.results.get(name, PASSED), run=f"{len(self.started):032x}", drill=name)
        self._runs.append(replace(run, has_ended=False))
        return 202, json.dumps({"run": run.run})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DrillServer]:
    """A server that is asked without pauses."""
    monkeypatch.setattr("monitoring.drill_client.LOOK_SECONDS", 0.01)
    found = DrillServer()
    yield found
    found.close()


def test_one_drill_is_run_to_its_end(server: DrillServer) -> None:
    """Only that one; its result is yielded once it has ended."""
    told: list[str] = []
    (run,) = run_drills(server.url, "failing_sentiments", told.append)
    assert server.started == ["failing_sentiments"]
    assert (run["drill"], run["has_ended"], run["passed"]) == ("failing_sentiments", True, True)
    assert told == ["failing_sentiments: the fault is made; waiting for its alert and the alert's end"]


def test_all_drills_are_run_one_after_the_other(server: DrillServer) -> None:
    """The next one is started when the last one's end was taken."""
    runs = run_drills(f"{server.url}/", "all")
    assert next(runs)["drill"] == NAMES[0]
    assert server.started == NAMES[:1]
    assert [run["drill"] for run in runs] == NAMES[1:]
    assert server.started == NAMES


def test_an_earlier_run_of_the_same_drill_is_not_taken_for_it(server: DrillServer) -> None:
    """Each run has its own id."""
    first, second = (next(run_drills(server.url, "slow_model"))["run"] for _ in range(2))
    assert first != second


def test_an_unknown_drill_is_not_asked_for(server: DrillServer) -> None:
    """The text says which there are."""
    text = "there is no drill 'none'; allowed are slow_model, failing_sentiments, and all"
    with pytest.raises(DrillClientError, match=f"^{text}$"):
        next(run_drills(server.url, "none"))
    assert server.started == []


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        ((409, "another drill runs; wait for its end"), "another drill runs; wait for its end"),
        ((500, ""), "the app answers with status 500"),
    ],
)
def test_a_refusal_is_told_in_the_apps_words(
    server: DrillServer, refusal: tuple[int, str], text: str
) -> None:
    """Where it has none, the status is told."""
    server.refusal = refusal
    with pytest.raises(DrillClientError, match=f"^{text}$"):
        next(run_drills(server.url, "slow_model"))


def test_an_app_that_allows_no_drills_says_how_to_allow_them(server: DrillServer) -> None:
    """Neither are they listed, nor run."""
    server.is_off = True
    with pytest.raises(DrillClientError, match="start the app with DRILLS=1"):
        names_of(server.url)
    with pytest.raises(DrillClientError, match="start the app with DRILLS=1"):
        next(run_drills(server.url, "all"))


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
def test_another_server_is_no_app(server: DrillServer, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """What answers, but not as the app does, is told as such."""
    monkeypatch.setattr(server, "answer", lambda method, address: (200, body))
    with pytest.raises(DrillClientError, match="is not this app"):
        names_of(server.url)


def test_a_drill_that_does_not_end_is_given_up(server: DrillServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a long time, which is told."""
    monkeypatch.setattr("monitoring.drill_client.MOST_SECONDS", 0.1)
    server.never_ends = True
    with pytest.raises(DrillClientError, match="has not ended within 0 s; see the app's log"):
        next(run_drills(server.url, "slow_model"))


def test_the_names_are_the_apps(server: DrillServer) -> None:
    """In its order."""
    assert names_of(server.url) == NAMES


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
