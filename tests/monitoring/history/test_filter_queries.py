"""A filter as a text: how it reads (what it gives: see the test beside)."""

import shlex

import pytest

from monitoring.analysis.filters import Filter
from monitoring.history.filter_queries import as_jq, as_logql, as_sql
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
        ' and (.timestamp | rtrimstr("Z")) >= "2023-11-14T22:13:20.25" and .response_time_ms > 1500'
        ' and any(.message, .error_message | strings; ascii_downcase | contains("oom.\\u0027")))'
    )


def test_a_filter_reads_well_in_logql() -> None:
    """Labels select the stream, the others filter it, and the time is told in a comment."""
    assert as_logql(MANY) == (
        "# time range: 2023-11-14T22:13:20.250Z (included) to … (excluded)\n"
        '{app="qwen-all-in-one", task_type="chat"} | json | session_id="a\\"b" | response_time_ms > 1500'
        ' | message=~"(?s).*[Oo][Oo][Mm]\\\\.\\u0027.*" or error_message=~"(?s).*[Oo][Oo][Mm]\\\\.\\u0027.*"'
    )


def test_a_filter_reads_well_in_sql() -> None:
    """Texts are literals without single quotes, and moments are timestamps."""
    text = as_sql(MANY)
    assert text.startswith('select * from log where task_type = $$chat$$ and session_id = $$a"b$$ and ')
    assert "timestamp >= $$2023-11-14T22:13:20.250$$::TIMESTAMP and response_time_ms > 1500 and (" in text
    assert text.count("($$oom.$$ || chr(39))") == 2
    assert "'" not in text


@pytest.mark.parametrize("milliseconds", [0, 1, 7, 57, 250, 999])
def test_a_moment_keeps_its_milliseconds(milliseconds: int) -> None:
    """Whole milliseconds, which are seldom whole in binary, are not cut."""
    moment = f"2023-11-14T22:13:20.{milliseconds:03}"
    for wanted in (Filter(since=MOMENT + milliseconds / 1000), Filter(until=MOMENT + milliseconds / 1000)):
        assert f'"{moment.rstrip("0").rstrip(".")}"' in as_jq(wanted, "cat x")
        assert f"$${moment}$$" in as_sql(wanted)
        assert f"{moment}Z (" in as_logql(wanted)
