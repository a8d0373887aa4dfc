"""A filter as a text: how it reads, and what the shell makes of it (what it gives: see the test beside)."""

import gzip
import shlex
import subprocess
from pathlib import Path

import jq
import pytest

from monitoring.analysis.filters import Filter
from monitoring.history.filter_queries import as_jq, as_logql, as_sql, read_all, read_one
from tests.monitoring.helpers import MOMENT

NOTHING = Filter("all")
MANY = Filter(
    "all",
    task_type="chat",
    session_id='a"b',
    since=MOMENT + 0.25,
    over_ms=1500,
    text="Oom.'",
    searched=("message", "error_message"),
)
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


def shell(command: str, folder: Path) -> bytes:
    """Run a command in a folder; return what it writes, and fail if the command fails."""
    return subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, check=True).stdout


def test_a_filter_that_asks_for_nothing_is_short() -> None:
    """There is no condition, no range and no comment."""
    assert as_jq(NOTHING, "cat x") == "cat x | jq -cR 'fromjson? | objects'"
    assert as_sql(NOTHING) == "select * from log order by timestamp desc"
    assert as_logql(NOTHING) == '{app="qwen-all-in-one"} | json'


def test_a_filter_reads_well_in_jq() -> None:
    """Each condition is one of the program's, and the program is one word of the shell."""
    assert shlex.split(as_jq(MANY, "cat x"))[:-1] == ["cat", "x", "|", "jq", "-cR"]
    assert shlex.split(as_jq(MANY, "cat x"))[-1] == (
        'fromjson? | objects | select(.task_type == "chat" and .session_id == "a\\"b"'
        ' and .timestamp >= "2023-11-14T22:13:20.250Z" and .response_time_ms > 1500'
        ' and any(.message, .error_message | strings; ascii_downcase | contains("oom.\'")))'
    )


def test_jq_selects_by_the_names_of_another_program() -> None:
    """Records with either name are found, and are given as they stand in the log."""
    mapping = {"kind": "task_type", "took ms": "response_time_ms"}
    records = [
        {"kind": "embed", "took ms": 7},
        {"kind": "embed", "took ms": 3},
        {"task_type": "embed", "response_time_ms": 9},
        {"kind": "rerank", "took ms": 8},
    ]
    command = as_jq(Filter(task_type="embed", over_ms=5), "cat x", mapping)
    program = jq.compile(shlex.split(command)[-1].removeprefix("fromjson? | objects | "))
    assert [record for record in records if program.input_value(record).all()] == [records[0], records[2]]
    assert program.input_value(records[0]).all() == [records[0]]


def test_a_filter_reads_well_in_logql() -> None:
    """Labels select the stream, the others filter it, and the time is told in a comment."""
    assert as_logql(MANY) == (
        "# time range: 2023-11-14T22:13:20.250Z (included) to … (excluded)\n"
        '{app="qwen-all-in-one", task_type="chat"} | json | session_id="a\\"b" | response_time_ms > 1500'
        ' | message=~"(?s).*[Oo][Oo][Mm]\\\\.\'.*" or error_message=~"(?s).*[Oo][Oo][Mm]\\\\.\'.*"'
    )


def test_a_filter_reads_well_in_sql() -> None:
    """Texts are literals, and moments are timestamps."""
    text = as_sql(MANY)
    assert text.startswith("select * from log where task_type = 'chat' and session_id = 'a\"b' and ")
    assert "timestamp >= '2023-11-14T22:13:20.250'::TIMESTAMP and response_time_ms > 1500 and (" in text
    assert text.count("'oom.''')") == 2


@pytest.mark.parametrize("milliseconds", [0, 1, 7, 57, 250, 999])
def test_a_moment_keeps_its_milliseconds(milliseconds: int) -> None:
    """Whole milliseconds, which are seldom whole in binary, are not cut."""
    moment = f"2023-11-14T22:13:20.{milliseconds:03}"
    for wanted in (Filter(since=MOMENT + milliseconds / 1000), Filter(until=MOMENT + milliseconds / 1000)):
        assert f'"{moment}Z"' in as_jq(wanted, "cat x")
        assert f"'{moment}'" in as_sql(wanted)
        assert f"{moment}Z (" in as_logql(wanted)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_all_files_of_a_log_are_read(tmp_path: Path, name: str) -> None:
    """Plain and compressed files of the log are read, whatever its folder is called, and no others."""
    logs = tmp_path / name
    logs.mkdir()
    (logs / "qwen.log").write_bytes(b"torn")
    (logs / "qwen-20231114T221320Z.log").write_bytes(b"plain\n")
    (logs / "qwen-20231113T221320Z.log.gz").write_bytes(gzip.compress(b"compressed\n"))
    for other in ("other.log", "qwen.log.part", ".qwen.log.lock", "qwen-20231112T221320Z.log.gz.part"):
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
