"""Commands that are pasted into a terminal: they read the right files, and do nothing else."""

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.analysis.filters import Filter
from monitoring.cli.query import EXAMPLES
from monitoring.history.filter_queries import as_jq, as_logql, as_sql
from monitoring.history.shell import ask_with_sql, read_all, read_one
from tests.monitoring.helpers import ROOT, a_record, lines_of
from tests.monitoring.history.bash import paste_into_bash
from tests.monitoring.hostile_log import TEXTS

HOSTILE_NAMES = (
    "plain",
    "two words",
    "it's",
    'a "quoted" one',
    "$(touch made) `touch made` ${HOME}",
    "*?[a]",
    "back\\slash\\n",
    "two\nlines",
    "日志; touch made #",
    "a & b | c > made",
)
# Each would make a file named `made` if a shell or a terminal acted on it.
HOSTILE_VALUES = (
    "$(touch made)",
    "`touch made`",
    "'; touch made; '",
    '"; touch made; "',
    "\\'; touch made #",
    '\\"; touch made #',
    "' \"$(touch made)\" '",
    "\ntouch made\n",
    "\rtouch made\r",
    "'\ntouch made\n'",
    "\x03touch made\n",
    "\x04\x15touch made\r",
    "\x1b[201~\rtouch made\r",
    "\x16\x03\x00\ntouch made\n",
    "\x85touch made\u2028touch made\u2029",
    "!touch",
    "'!touch'",
    "&& touch made",
    "| touch made #",
    "> made",
    "\\",
    "$$touch made$$",
    "\\(touch made)",
)
# What the shells run in place of jq and python: it notes the last argument, as the shell hands it on.
NOTES = """\
jq() { printf '%s\\0' "$2" >> ../handed_on; }
python() { shift 3; printf '%s\\0' "$1" >> ../handed_on; }
gzip() { :; }
"""
# The history has a command for `!touch` to bring back.
HISTORY = "touch made; rm made"


def commands_of(text: str) -> dict[str, str]:
    """Return what the page offers for a filter in which a text stands everywhere."""
    wanted = Filter("all", text=text, label=text, session_id=text, request_id=text)
    return {
        "jq": as_jq(wanted, read_one("qwen.log")),
        "SQL": ask_with_sql(as_sql(wanted)),
        "LogQL": as_logql(wanted),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder in which shells run."""
    made = tmp_path / "empty"
    made.mkdir()
    return made


def shell(command: str, folder: Path) -> bytes:
    """Run a command in a folder; return what it writes, and fail if the command fails."""
    return subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, check=True).stdout


def assert_handed_on(folder: Path) -> None:
    """Fail unless jq and python got each query as it is, and nothing else was done."""
    queries = [q for text in (*TEXTS, *HOSTILE_VALUES) for q in list(commands_of(text).values())[:2]]
    expected = [shlex.split(query)[-1] for query in queries]
    assert (folder.parent / "handed_on").read_text("utf-8").split("\0")[:-1] == expected
    assert not list(folder.iterdir())


@pytest.mark.parametrize("program", [["sh", "-c"], ["bash", "-c"], ["bash", "--norc", "-ic"]])
def test_shells_hand_on_every_query_as_it_is(program: list[str], folder: Path) -> None:
    """jq and SQL are whole commands; of a value in any of the texts, LogQL too, a shell does nothing."""
    lines = [NOTES, *(line for text in (*TEXTS, *HOSTILE_VALUES) for line in commands_of(text).values())]
    subprocess.run([*program, "\n".join(lines)], cwd=folder, capture_output=True, check=False)
    assert_handed_on(folder)


def test_a_terminal_does_nothing_that_stands_in_a_value(folder: Path) -> None:
    """Pasted into an interactive bash, no value ends a command, is a key, or brings back an old command."""
    pasted = (line for text in (*TEXTS, *HOSTILE_VALUES) for line in commands_of(text).values())
    paste_into_bash([*NOTES.splitlines(), HISTORY, *pasted], folder)
    assert_handed_on(folder)


@pytest.mark.parametrize("quoted", [False, True])
def test_the_terminal_of_the_test_does_act_on_values(folder: Path, quoted: bool) -> None:
    """Where values are put into double quotes, the same bash makes the file; so these tests can fail."""
    for value in HOSTILE_VALUES[:4]:
        paste_into_bash([f'true "{value}"' if quoted else value], folder)
    assert [file.name for file in folder.iterdir()] == ["made"]


@given(text=st.text(min_size=1))
def test_every_command_is_one_visible_line(text: str) -> None:
    """Whatever a value holds, all that is copied can be seen, and nothing but a comment ends a line."""
    for command in commands_of(text).values():
        assert command.isprintable()
        assert "!" not in command.replace("!=", "")


@pytest.mark.parametrize(
    "text", [*(file.read_text("utf-8") for file in (ROOT / "docs").glob("*.md")), EXAMPLES]
)
def test_no_document_puts_a_query_into_double_quotes(text: str) -> None:
    """In double quotes, the shell would run a part of what was pasted."""
    assert not re.search(r'(monitoring|qwen-log|%\(prog\)s)( query)?( --?\S+( \S+=\S+)?)* "', text)


@pytest.mark.parametrize("text", ["it's $(touch made)", "!touch `made`\n\t", '\x00\x1b[201~ \\ " 情感 😀'])
def test_the_commands_give_the_record(folder: Path, text: str) -> None:
    """Run as they are, the real jq and the real SQL find the one record that has a hostile value."""
    log = folder.parent / "qwen.log"
    log.write_bytes(lines_of(a_record(0, label="other", seq=1), a_record(1, label=text, seq=2)))
    wanted = Filter("all", label=text)
    commands = [ask_with_sql(as_sql(wanted), "../qwen.log").replace("query", "query --format json", 1)]
    if shutil.which("jq"):
        commands.append(as_jq(wanted, read_one("../qwen.log")))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    for command in commands:
        done = subprocess.run(
            ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, check=True
        )
        (record,) = map(json.loads, done.stdout.splitlines())
        assert (record["seq"], record["label"]) == (2, text)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_all_files_of_a_log_are_read(tmp_path: Path, name: str) -> None:
    """Plain and compressed files of the log are read, whatever its folder is called, and no others."""
    logs = tmp_path / name
    logs.mkdir()
    (logs / "qwen.log").write_bytes(b"torn")
    (logs / "qwen-2023-11-14T22-13-20.000Z.log").write_bytes(b"plain\n")
    (logs / "qwen-2023-11-13T22-13-20.000Z.log.gz").write_bytes(gzip.compress(b"compressed\n"))
    for other in (
        "other.log",
        "qwen-7b.log",
        "qwen-1.5-server-01.log",
        "qwen-2026.log",
        "qwen.log.part",
        ".qwen.log.lock",
        "qwen-2023-11-12T22-13-20.000Z.log.gz.part",
    ):
        (logs / other).write_bytes(b"other\n")
    assert sorted(shell(read_all(name, "qwen"), tmp_path).split()) == [b"compressed", b"plain", b"torn"]
    assert list(tmp_path.iterdir()) == [logs]


@pytest.mark.parametrize("stem", HOSTILE_NAMES[:4])
def test_a_log_may_have_any_name(tmp_path: Path, stem: str) -> None:
    """The files' common name stands in quotes, too."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / f"{stem}.log").write_bytes(b"read\n")
    assert shell(read_all("logs", stem), tmp_path) == b"read\n"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_one_file_is_read(tmp_path: Path, name: str) -> None:
    """A file of any name is read, whether it is compressed or not, and nothing else happens."""
    for written in (b"line\n", gzip.compress(b"line\n")):
        (tmp_path / name).write_bytes(written)
        assert shell(read_one(name), tmp_path) == b"line\n"
    assert list(tmp_path.iterdir()) == [tmp_path / name]
