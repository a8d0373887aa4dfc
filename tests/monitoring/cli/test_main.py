"""The command line: what it prints, where, and how it ends."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring.cli.main import main
from monitoring.cli.tables import MAX_WIDTH, width, write_table
from tests.monitoring.helpers import ROOT, a_record, lines_of, refused_requests, wait_until

COMMAND = [sys.executable, "-m", "monitoring"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a small log."""
    log = tmp_path / "qwen.log"
    log.write_bytes(
        lines_of(
            a_record(0, message="对话完成: 正面", seq=1, response_time_ms=1084.0),
            a_record(1, message="done\x1b[31m", seq=20, response_time_ms=2.5, status="error"),
        )
    )
    return log


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """Leave Ctrl-C to pytest after each test."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_table_lines_up(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Chinese takes two columns, numbers stand on the right, and escape codes are shown, not obeyed."""
    sql = "select message, seq, response_time_ms ms, label, timestamp from log"
    assert main(["query", "--log", str(log), sql]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "message         seq    ms  label  timestamp",
        "--------------  ---  ----  -----  -------------------",
        "对话完成: 正面    1  1084  NULL   2023-11-14T22:13:20",
        r"done\u001b[31m   20   2.5  NULL   2023-11-14T22:13:21",
    ]


@pytest.mark.parametrize(
    "command", [["query", "from log", "--log"], ["summary", "--log"], ["alerts", "--replay"]]
)
def test_what_is_named_may_be_a_link(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """Whoever names a log on the command line may name a link to it, also to one in another folder."""
    link = tmp_path / "links" / "current.log"
    link.parent.mkdir()
    link.symlink_to(log)
    main([*command, str(log)])
    wanted = capsys.readouterr().out
    main([*command, str(link)])
    assert capsys.readouterr().out == wanted


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["query", "select count(*) from log", "--log"], 0),
        (["summary", "--log"], 0),
        (["records", "--log"], 0),
        (["alerts", "--replay"], 0),
    ],
)
def test_a_duration_without_a_unit_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], status: int
) -> None:
    """Each command says so beside the requests that there are, with the name to use."""
    log = tmp_path / "structlog.log"
    start = '{"timestamp":"2026-01-21T16:00:00Z","event":"done","level":"info"'
    log.write_text(f'{start},"duration_ms":5}}\n{start},"duration":0.5}}\n{start},"duration":0.7}}\n')
    assert main([*command, str(log)]) == status
    assert (
        "2 records tell a duration whose unit is not known: name it with --map duration:UNIT=response_time_ms"
        in (capsys.readouterr().err)
    )
    assert main([*command, str(log), "--map", "duration:s=response_time_ms"]) == status
    assert "unit" not in capsys.readouterr().err


@pytest.mark.parametrize("style", ["table", "json"])
def test_no_text_turns_the_direction_of_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], style: str
) -> None:
    """Characters that would make a line look like another one are escaped; JSON stays the same JSON."""
    log = tmp_path / "qwen.log"
    log.write_text('{"timestamp":"2026-01-01T00:00:00Z","message":"photo\u202egnp.exe\u200b\x9b"}\n')
    assert main(["query", "--format", style, "--log", str(log), "select message from log"]) == 0
    out = capsys.readouterr().out
    assert r"photo\u202egnp.exe\u200b\u009b" in out
    assert all(character.isprintable() or character == "\n" for character in out)


@pytest.mark.parametrize("command", [["alerts", "--replay"], ["summary", "--log"]])
def test_names_of_the_log_cannot_turn_the_direction_of_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """Nor can the name of a task, in a summary and in a replay."""
    log = tmp_path / "qwen.log"
    log.write_bytes(lines_of(*(a_record(n, task_type="\u202et", status="error") for n in range(5))))
    main([*command, str(log)])
    out = capsys.readouterr().out
    assert r"\u202et" in out
    assert "\u202e" not in out


def test_json_is_one_object_a_line(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Values of every type are JSON, null included."""
    sql = """select seq, message, label, timestamp, 1.5 as half, 'nan'::double as none, [1, 2] as list,
             sum(seq) over () as sum, true as yes from log limit 1"""
    assert main(["query", "--format", "json", "--log", str(log), sql]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {
            "seq": 1,
            "message": "对话完成: 正面",
            "label": None,
            "timestamp": "2023-11-14T22:13:20",
            "half": 1.5,
            "none": None,
            "list": [1, 2],
            "sum": 21,
            "yes": True,
        }
    ]


def test_csv_is_quoted_where_it_must_be(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CSV has a header, and texts with commas, quotes and line breaks come back as they were."""
    sql = "select seq, 'a,\"b\"' || chr(10) || 'c' as text, label, true as yes from log limit 1"
    assert main(["query", "--format", "csv", "--log", str(log), sql]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows == [["seq", "text", "label", "yes"], ["1", 'a,"b"\nc', "", "true"]]


def test_csv_begins_no_formula(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Texts and names of columns that a spreadsheet would compute get an apostrophe, numbers below 0 none."""
    sql = "select '=1+1' as \"=2+2\", -5 as number from log limit 1"
    assert main(["query", "--format", "csv", "--log", str(log), sql]) == 0
    assert capsys.readouterr().out == "'=2+2,number\n'=1+1,-5\n"


def test_a_new_csv_file_has_the_mark_of_spreadsheets(log: Path, tmp_path: Path) -> None:
    """A file begins with a byte order mark, once; a pipe has none."""
    command = [*COMMAND, "query", "--format", "csv", "--log", str(log), "select '正面' as label"]
    piped = subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout
    assert piped.decode() == "label\n正面\n"
    for expected in (piped, piped + piped):
        with (tmp_path / "labels.csv").open("ab") as file:
            subprocess.run(command, stdout=file, check=True, cwd=ROOT)
        assert (tmp_path / "labels.csv").read_bytes() == b"\xef\xbb\xbf" + expected


def test_long_texts_are_cut_in_a_table() -> None:
    """A cell of a table has at most so many columns, whatever the text."""
    for text in ("x" * 1000, "正" * 1000, "正" * 31, "e\u0301" * 5000):
        out = io.StringIO()
        write_table(out, ["text"], [[text]])
        cell = out.getvalue().splitlines()[2]
        assert cell.endswith("…")
        assert width(cell) <= MAX_WIDTH


def test_a_table_needs_no_rows() -> None:
    """Without rows there is the header; rows beyond the measured ones are written too."""
    out = io.StringIO()
    write_table(out, ["a", "b"], [])
    assert out.getvalue() == "a  b\n-  -\n"
    out = io.StringIO()
    write_table(out, ["a"], ([number] for number in range(3000)))
    assert out.getvalue().split()[2:] == [str(number) for number in range(3000)]


def test_a_summary_is_a_table_or_json(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both forms say the same figures."""
    with log.open("ab") as file:
        file.write(lines_of(refused_requests(1, 49)) + b"torn\n")
    assert main(["summary", "--log", str(log)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "task  requests  ok  errors  rejected  cancelled  p50_ms  p95_ms  p99_ms",
        "----  --------  --  ------  --------  ---------  ------  ------  ------",
        "chat        51   1       1        49          0    1084    1084    1084",
        "records: 3, broken lines: 1, files: 1",
    ]
    assert main(["summary", "--json", "--log", str(log)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["tasks"]["chat"]["p95_ms"] == 1084
    assert (found["records"], found["broken"], found["files"]) == (3, 1, 1)


def test_foreign_names_can_be_mapped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--map` may be repeated, in both commands."""
    log = tmp_path / "other.log"
    log.write_bytes(b'{"timestamp":1700000000,"kind":"search","latency":5}\n')
    options = ["--log", str(log), "--map", "latency=response_time_ms", "--map", "kind=task_type"]
    assert main(["query", *options, "--format", "csv", "select task_type, response_time_ms from log"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "search,5"
    assert main(["summary", *options, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tasks"]["search"]["p50_ms"] == 5


def test_the_log_of_the_settings_is_the_default(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `--log` it is the file that the app writes to."""
    monkeypatch.setenv("LOG_DIR", str(log.parent))
    assert main(["query", "--format", "csv", "select count(*) as n from log"]) == 0
    assert capsys.readouterr().out == "n\n2\n"


def test_a_query_may_come_from_the_standard_input(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `-` for the query, no shell has to quote it."""
    monkeypatch.setattr("sys.stdin", io.StringIO("select 'it''s $(x)' as text\n"))
    assert main(["query", "--format", "csv", "--log", str(log), "-"]) == 0
    assert capsys.readouterr().out == "text\nit's $(x)\n"


@pytest.mark.parametrize("command", [["query", "select seq from log"], ["summary"]])
def test_an_empty_log_is_a_hint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """There are columns without rows, a hint on stderr, and no error."""
    (tmp_path / "qwen.log").touch()
    assert main([*command, "--log", str(tmp_path / "qwen.log")]) == 0
    printed = capsys.readouterr()
    assert "no records" in printed.err
    assert len(printed.err.splitlines()) == 1
    assert "seq" in printed.out or "task" in printed.out


@pytest.mark.parametrize("command", [["query", "select seq from log"], ["summary"], ["records"]])
def test_a_missing_log_is_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """Nothing is said of a log that is not there but that."""
    assert main([*command, "--log", str(tmp_path / "qwen.log")]) == 1
    assert capsys.readouterr() == (
        "",
        f"error: {tmp_path / 'qwen.log'} is missing: there are no records; name a file that is there\n",
    )


@pytest.mark.parametrize("command", [["query", "select seq from log"], ["summary"], ["records"]])
def test_a_log_of_which_nothing_can_be_read_is_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """The error says why its lines are no records."""
    (tmp_path / "qwen.log").write_bytes(b"no record\n" * 3)
    assert main([*command, "--log", str(tmp_path / "qwen.log")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "3 neither JSON nor a text that is known" in printed.err


@pytest.mark.parametrize("command", [["query", "from log"], ["summary"], ["records"]])
def test_a_mapping_of_a_name_that_no_record_has_is_status_2(
    log: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """The error names it."""
    assert main([*command, "--map", "took=response_time_ms", "--log", str(log)]) == 2
    assert "no such field in the log: took; its fields are timestamp, " in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["query", "selec 1"],
        ["query", "select 1; select 2"],
        ["query", "copy log to 'x'"],
        ["query", "select nothing from log"],
        ["query", "--map", "latency=nothing", "from log"],
        ["query", "--map", "latency", "from log"],
        ["summary", "--map", "latency=nothing"],
    ],
)
def test_a_wrong_query_is_one_line_and_status_2(
    log: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """A mistake is told on stderr in one line; nothing is printed."""
    assert main([*command, "--log", str(log)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert len(printed.err.splitlines()) == 1


@pytest.mark.parametrize("command", [[], ["nothing"], ["query"], ["query", "--format", "xml", "from log"]])
def test_wrong_usage_is_status_2(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    """argparse says how it is used, by the name that works."""
    with pytest.raises(SystemExit) as end:
        main(command)
    assert end.value.code == 2
    assert "python -m monitoring" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["query", "summary"])
def test_help_teaches_by_examples(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Help shows commands that can be copied."""
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert f"python -m monitoring {command}" in capsys.readouterr().out.split("examples:")[1]


def test_a_file_that_cannot_be_read_is_status_1(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operating system's reason is told in one line."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(log))

    monkeypatch.setattr("monitoring.history.rows.open_regular", refuse)
    assert main(["summary", "--log", str(log)]) == 1
    assert "Permission denied" in capsys.readouterr().err


def start(*arguments: str) -> "subprocess.Popen[bytes]":
    """Start a command as a process of its own."""
    return subprocess.Popen([*COMMAND, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_closed_pipe_is_no_traceback(log: Path) -> None:
    """`| head` ends the command in silence."""
    with start("query", "--log", str(log), "--format", "csv", "from range(3000000)") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_ctrl_c_ends_a_query_quietly(log: Path) -> None:
    """An interrupted query prints nothing, and ends at once by the signal."""
    endless = "select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = -1"
    with start("query", "--log", str(log), endless) as process:
        try:
            wait_until(lambda: busy(process.pid), 120)
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == -signal.SIGINT
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.read() + process.stderr.read() == b""
        finally:
            process.kill()  # an endless query would hold the cores for good


def busy(pid: int) -> bool:
    """Tell whether a process has computed for a while: longer than it takes to start."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") > 3


def test_ctrl_c_ends_a_summary_quietly(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupted summary prints nothing, and ends as shells expect."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("monitoring.history.scan.tally", interrupt)
    assert main(["summary", "--log", str(log)]) == 130
    assert capsys.readouterr() == ("", "")
