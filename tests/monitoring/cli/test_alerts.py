"""The command line's alerts: what they print, where, and how they end."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from monitoring.cli.main import main
from tests.monitoring.helpers import ROOT, a_record, lines_of

CALM = lines_of(*(a_record(second) for second in range(20)))
SLOW = lines_of(a_record(0), a_record(10, request_id="slow", ttft_ms=9000.0), a_record(200))


@pytest.fixture(autouse=True)
def no_rules_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the shipped rules, whatever the environment says."""
    monkeypatch.delenv("ALERT_RULES", raising=False)


def written(path: Path, data: bytes) -> str:
    """Write a file; return its path."""
    path.write_bytes(data)
    return str(path)


def test_nothing_fired_is_status_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A calm log has a report of one line."""
    assert main(["alerts", "--replay", written(tmp_path / "a.log", CALM)]) == 0
    assert capsys.readouterr() == ("records: 20, alerts fired: 0\n", "")


def test_what_fired_is_a_line_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each change stands on a line of its own, with when, what, how bad and which requests."""
    assert main(["alerts", "--replay", written(tmp_path / "a.log", SLOW)]) == 1
    printed = capsys.readouterr()
    alert = "slow_request (chat): time to first token, ms: 9,000, limit 2,000  requests slow"
    assert printed.out.splitlines() == [
        f"2023-11-14 22:13:30 fired    {alert}",
        f"2023-11-14 22:14:30 resolved {alert}",
        "records: 3, alerts fired: 1",
    ]
    assert printed.err == ""


def test_jumps_of_the_clock_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the result, each with its size and the time after it; of many, the first ones."""
    records, second = [a_record(0)], 0.0
    for _ in range(7):
        second += 3605
        records.append(a_record(second, event="log", clock_jump_s=3600.0, status=None))
    assert main(["alerts", "--replay", written(tmp_path / "a.log", lines_of(*records))]) == 0
    told = capsys.readouterr().err.splitlines()
    text = "note: the clock jumped by +3,600 s to 2023-11-14T23:13:25.000Z; for the rules, no time passed"
    assert told[0] == text
    assert told[5:] == ["note: ... and 2 more jumps of the clock"]


def test_json_is_an_alert_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The objects are those that the log would hold, and there is nothing else; the status is the same."""
    assert main(["alerts", "--json", "--replay", written(tmp_path / "a.log", SLOW)]) == 1
    fired, resolved = map(json.loads, capsys.readouterr().out.splitlines())
    assert (fired["event"], fired["rule"], fired["task_type"]) == ("alert.fired", "slow_request", "chat")
    assert (fired["value"], fired["limit"], fired["requests"]) == (9000, 2000, ["slow"])
    assert (fired["decided"], resolved["decided"]) == ("2023-11-14T22:13:30.000Z", "2023-11-14T22:14:30.000Z")
    assert resolved["event"] == "alert.resolved"
    assert main(["alerts", "--json", "--replay", written(tmp_path / "b.log", CALM)]) == 0
    assert capsys.readouterr().out == ""


def test_a_compressed_log_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that was put aside says what it said before."""
    assert main(["alerts", "--replay", written(tmp_path / "a.log.gz", gzip.compress(SLOW))]) == 1
    assert capsys.readouterr().out.endswith("alerts fired: 1\n")


def test_other_rules_say_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--rules` counts more than ALERT_RULES, and that more than the shipped ones."""
    log = written(tmp_path / "a.log", SLOW)
    patient = written(tmp_path / "patient.toml", b"slow_request.chat_ttft_ms = 9001")
    strict = written(tmp_path / "strict.toml", b"slow_request.chat_ttft_ms = 8999")
    assert main(["alerts", "--replay", log, "--rules", patient]) == 0
    monkeypatch.setenv("ALERT_RULES", patient)
    assert main(["alerts", "--replay", log]) == 0
    assert main(["alerts", "--replay", log, "--rules", strict]) == 1
    assert "limit 8,999" in capsys.readouterr().out


def test_foreign_names_can_be_mapped_here_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log of another program fires by its own names."""
    line = b'{"timestamp":"2023-11-14T22:13:20Z","kind":"sentiment","latency":5000}\n'
    options = ["--map", "latency=response_time_ms", "--map", "kind=task_type"]
    assert main(["alerts", *options, "--replay", written(tmp_path / "foreign.log", line)]) == 1
    assert "slow_request (sentiment)" in capsys.readouterr().out


def test_rules_can_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` reads no log: it says that the rules are fine."""
    assert main(["alerts", "--check"]) == 0
    assert main(["alerts", "--check", "--rules", written(tmp_path / "own.toml", b"[odd]\nscore = 9\n")]) == 0
    assert capsys.readouterr().out == "the rules are fine\n" * 2


@pytest.mark.parametrize("what", [["--check"], ["--replay", "log"]])
def test_wrong_rules_are_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Place, value and what is allowed are told on stderr, and nothing was replayed."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "log", SLOW)
    written(tmp_path / "own.toml", b"[odd]\n\nscore = 0\n")
    assert main(["alerts", *what, "--rules", "own.toml"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "error: own.toml, line 3: odd.score = 0: Input should be greater than 0\n"


@pytest.mark.parametrize(
    ("rules", "reason"), [(b"score 5", "is no TOML"), (b"# \xff", "is no TOML"), (None, "cannot be read")]
)
def test_rules_that_are_none_are_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rules: bytes | None, reason: str
) -> None:
    """A file that is no TOML, or is not there, is told by its name."""
    path = tmp_path / "own.toml"
    if rules is not None:
        path.write_bytes(rules)
    assert main(["alerts", "--check", "--rules", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"error: {path} {reason}")


def test_a_damaged_log_is_read_up_to_the_damage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What stands before it is told, and where it is; only a log of which nothing can be read is status 2."""
    data = gzip.compress(SLOW) + gzip.compress(CALM)[:-9]
    path = written(tmp_path / "a.log.gz", data)
    assert main(["alerts", "--replay", path]) == 1
    printed = capsys.readouterr()
    assert f"the gzip file ends too early, after {len(data):,} bytes" in printed.err
    assert "slow_request (chat)" in printed.out
    assert printed.out.splitlines()[-1] == "records: 23, alerts fired: 2"
    assert main(["alerts", "--replay", written(tmp_path / "b.log.gz", data[:5])]) == 2
    assert "the gzip file ends too early, after 5 bytes" in capsys.readouterr().err


def test_a_log_that_is_not_compressed_but_says_so_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a file holds counts, not its name: a plain file named `.gz` is plain."""
    assert main(["alerts", "--replay", written(tmp_path / "a.log.gz", SLOW)]) == 1
    assert "slow_request (chat)" in capsys.readouterr().out


def test_a_log_that_cannot_be_read_is_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file and a folder are told by name and reason: 1 is for alerts."""
    assert main(["alerts", "--replay", str(tmp_path / "none.log")]) == 2
    assert "none.log is missing: there are no records" in capsys.readouterr().err
    assert main(["alerts", "--replay", str(tmp_path)]) == 2
    assert "is a folder; name a file in it" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["alerts"], ["alerts", "--check", "--replay", "x"], ["alerts", "--replay"]]
)
def test_it_must_be_said_what_to_do(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    """One of `--replay FILE` and `--check` is needed, and not both."""
    with pytest.raises(SystemExit) as end:
        main(command)
    assert end.value.code == 2
    assert "python -m monitoring alerts" in capsys.readouterr().err


def test_a_closed_pipe_is_not_an_unreadable_log(tmp_path: Path) -> None:
    """`| head` ends a long report in silence."""
    slow = lines_of(*(a_record(100 * number, ttft_ms=9000.0) for number in range(3000)))
    command = [sys.executable, "-m", "monitoring", "alerts", "--replay", written(tmp_path / "a.log", slow)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0
