"""The standard streams of the command line: closed, full, and of another encoding than UTF-8."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.monitoring.helpers import ROOT, a_record, lines_of

FULL = Path("/dev/full")
COMMANDS = [
    ["query", "select message from log", "--log"],
    ["summary", "--log"],
    ["records", "--log"],
    ["alerts", "--replay"],
]
# More than one buffer of output, so that the first part is written while the log is read.
MANY = 2000


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a log with a Chinese text and a picture."""
    log = tmp_path / "qwen.log"
    log.write_bytes(lines_of(a_record(message="完成 😀", task_type="情感")))
    return log


def in_shell(command: list[str], redirection: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command whose streams a shell redirects."""
    words = [sys.executable, "-m", "monitoring", *command]
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *words],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        encoding=variables.get("PYTHONIOENCODING", "utf-8"),
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_output_is_a_sentence_and_status_2(log: Path, command: list[str]) -> None:
    """There is no traceback, and no file takes the place of the output."""
    ended = in_shell([*command, str(log)], ">&-")
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        "error: the standard output is closed: leave it open, or send it to a file or a pipe"
    ]
    assert log.read_bytes() == lines_of(a_record(message="完成 😀", task_type="情感"))


@pytest.mark.parametrize("command", [*COMMANDS, ["query", "-", "--log"]])
def test_a_closed_input_is_a_sentence_and_status_2(log: Path, command: list[str]) -> None:
    """Whatever was to be read from it, the log or a query."""
    ended = in_shell([*command, "-" if "-" not in command else str(log)], "<&-")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: the standard input is closed")
    assert len(ended.stderr.splitlines()) == 1


def test_a_closed_error_output_puts_no_notes_into_the_answer(log: Path) -> None:
    """What is printed is the records alone."""
    log.write_bytes(log.read_bytes() + b"torn\n")
    ended = in_shell(["records", "--log", str(log)], "2>&-")
    assert ended.returncode == 0
    assert [json.loads(line)["task_type"] for line in ended.stdout.splitlines()] == ["情感"]


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("count", "unbuffered"), [(1, ""), (MANY, ""), (1, "1")])
def test_a_full_output_is_not_blamed_on_the_log(
    log: Path, command: list[str], count: int, unbuffered: str
) -> None:
    """One sentence says that it is the output, once."""
    log.write_bytes(lines_of(*(a_record(second, seq=second) for second in range(count))))
    ended = in_shell([*command, str(log)], f">{FULL}", PYTHONUNBUFFERED=unbuffered)
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == ["error: the output cannot be written: No space left on device"]


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "latin-1"])
@pytest.mark.parametrize("style", ["table", "json", "csv"])
def test_what_an_encoding_lacks_is_an_escape(log: Path, encoding: str, style: str) -> None:
    """All else is printed as it is; JSON stays the same JSON."""
    sql = "select message from log"
    ended = in_shell(["query", sql, "--format", style, "--log", str(log)], "", PYTHONIOENCODING=encoding)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert r"\ud83d\ude00" in ended.stdout
    if style == "json":
        assert json.loads(ended.stdout) == {"message": "完成 😀"}


def test_a_summary_shows_its_table_in_any_terminal(log: Path) -> None:
    """A name in Chinese hides nothing."""
    ended = in_shell(["summary", "--log", str(log)], "", PYTHONIOENCODING="ascii")
    assert ended.returncode == 0
    assert r"\u60c5\u611f" in ended.stdout
    assert ended.stdout.splitlines()[-1] == "records: 1, broken lines: 0, files: 1"
