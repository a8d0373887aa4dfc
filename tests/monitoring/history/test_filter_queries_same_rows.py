"""A filter's texts for other tools give the records that the filter gives, whatever they hold."""

import json
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.analysis.filters import KINDS, Filter, Kind
from monitoring.history.filter_queries import as_jq, as_logql, as_sql
from monitoring.history.shell import read_all
from monitoring.history.sql import query
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import stamp
from tests.monitoring.history.logql import select
from tests.monitoring.hostile_log import COMPARED, LINES, MOMENTS, OUR_LINES, RECORDS, SEARCHED, TEXTS

FRAME = frame_of(*RECORDS)
VALUES = {
    name: sorted({str(record[name]) for record in RECORDS if record.get(name)} | {"", "nowhere"})
    for name in ("task_type", "status", "level", *COMPARED)
}


@st.composite
def parts_of_texts(draw: st.DrawFn) -> str:
    """Draw a part of a hostile text, perhaps in other case, or anything."""
    text = draw(st.sampled_from(TEXTS))
    start = draw(st.integers(0, len(text)))
    part = text[start : draw(st.integers(start, len(text)))]
    return draw(st.sampled_from([part, part.swapcase(), draw(st.text("aA'\"\\$%.[\n情\x00", max_size=4))]))


FILTERS = st.builds(
    Filter,
    kind=st.sampled_from(KINDS),
    since=st.none() | st.sampled_from(MOMENTS),
    until=st.none() | st.sampled_from(MOMENTS),
    over_ms=st.none() | st.sampled_from([0.0, 12.5, 99.999, 100.0, 100.001, 1e9, -1.0]),
    text=st.just("") | parts_of_texts(),
    searched=st.sampled_from([SEARCHED, ("message", "error_message"), ("message",)]),
    **{name: st.just("") | st.sampled_from(values) for name, values in VALUES.items()},
)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the hostile log as a file."""
    path = tmp_path_factory.mktemp("logs") / "qwen.log"
    path.write_bytes(b"".join(LINES))
    return path


def program_of(command: str) -> str:
    """Return the jq program of a shell command, as the shell would hand it on."""
    words = shlex.split(command)
    assert words[-4:-1] == ["|", "jq", "-cR"]
    return words[-1]


def by_filter(wanted: Filter) -> list[int]:
    """Return the `seq` of the records that the filter itself gives."""
    return [int(number) for number in wanted.select(FRAME)["seq"]]


def by_jq(wanted: Filter) -> list[int]:
    """Return those that jq gives."""
    program = jq.compile(program_of(as_jq(wanted, "cat qwen.log")))
    return [record["seq"] for record in program.input_values([line.decode() for line in OUR_LINES]).all()]


def by_sql(filters: Sequence[Filter], log: Path) -> list[list[int]]:
    """Return for each filter those that the SQL gives, oldest first; one look at the log is for all."""
    parts = [f"select {n} as filter, seq from ({as_sql(wanted)})" for n, wanted in enumerate(filters)]
    found: list[list[int]] = [[] for _ in filters]
    for number, seq in query(log, " union all ".join(parts)).rows:
        found[number].append(seq)
    return [sorted(numbers) for numbers in found]


def by_logql(wanted: Filter) -> list[int]:
    """Return those that LogQL gives."""
    return [record["seq"] for record in select(as_logql(wanted), OUR_LINES)]


def filter_of(name: str, value: str) -> Filter:
    """Return a filter that compares one field."""
    fields: dict[str, Any] = {name: value}
    return Filter("all", **fields)


def assert_same(log: Path, *filters: Filter) -> None:
    """Fail unless all tools give the same records for each filter."""
    for wanted, in_sql in zip(filters, by_sql(filters, log), strict=True):
        expected = by_filter(wanted)
        assert by_jq(wanted) == expected, wanted
        assert by_logql(wanted) == expected, wanted
        assert in_sql == expected, wanted


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(filters=st.lists(FILTERS, min_size=1, max_size=8))
def test_any_filter_gives_the_same_records_everywhere(log: Path, filters: list[Filter]) -> None:
    """Any combination of what a filter can ask gives the same records in the page, jq, SQL and LogQL."""
    assert_same(log, *filters)


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_are_the_same_everywhere(log: Path, kind: Kind) -> None:
    """Requests, events and all records, of other programs too, with nothing else and with something else."""
    filters = [
        Filter(kind),
        Filter(kind, over_ms=100),
        Filter(kind, text="EVENT"),
        Filter(kind, level="WARNING"),
    ]
    assert all(map(by_filter, filters))
    assert_same(log, *filters, Filter(kind, status="error"))


def test_hostile_texts_are_found_everywhere(log: Path) -> None:
    """Quotes, backslashes, shell and SQL marks, newlines, Chinese, HTML, regular expressions are text."""
    filters = [Filter("all", text=text) for text in TEXTS]
    assert all(map(by_filter, filters))
    assert_same(log, *filters, *(Filter("all", text=text.swapcase()) for text in TEXTS))


@pytest.mark.parametrize("name", COMPARED)
def test_hostile_values_are_compared_everywhere(log: Path, name: str) -> None:
    """A label, a session or an id may be any text."""
    filters = [filter_of(name, text) for text in TEXTS]
    assert any(map(by_filter, filters))
    assert_same(log, *filters)


@pytest.mark.parametrize("name", ["task_type", "level"])
def test_loki_labels_are_compared_everywhere(log: Path, name: str) -> None:
    """Task and level select the stream in Loki, and the field elsewhere."""
    values = ("chat", "sentiment", "info", "INFO", "WARNING", 'it\'s "a" \\ $(b) {c}', "nowhere")
    assert_same(log, *(filter_of(name, value) for value in values))


def test_times_are_the_same_everywhere(log: Path) -> None:
    """The begin is included, the end is not, to the millisecond."""
    ends = (None, *MOMENTS)
    assert_same(log, *(Filter("all", since=since, until=until) for since in ends for until in ends))


def test_longer_than_is_the_same_everywhere(log: Path) -> None:
    """Records without a time, and those of just this time, are nowhere."""
    limits = (0.0, 12.5, 99.999, 100.0, 1e8, 0.1 + 0.2)
    assert_same(log, *(Filter("all", over_ms=limit) for limit in limits))


def test_hidden_texts_are_searched_nowhere(log: Path) -> None:
    """Where messages are hidden, no tool's text names their fields."""
    hidden = Filter("all", text="a", searched=("message", "error_message"))
    for text in (as_jq(hidden, "cat x"), as_sql(hidden), as_logql(hidden)):
        assert "input_text" not in text
        assert "output_text" not in text
    assert_same(log, hidden)
    assert by_filter(hidden) != by_filter(replace(hidden, searched=SEARCHED))


def test_broken_lines_do_not_end_jq() -> None:
    """jq passes over lines that are no JSON object, as the window does."""
    program = jq.compile(program_of(as_jq(Filter("all"), "cat x")))
    lines = ["no json", "[1]", "5", '{"torn": ', "", '{"seq": 1}', "null", '"text"']
    assert program.input_values(lines).all() == [{"seq": 1}]


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_the_whole_command_runs_where_jq_is(tmp_path: Path) -> None:
    """With an installed jq, the command reads all files of a log; a torn last line spoils no other."""
    folder = tmp_path / "it's a $(folder)"
    folder.mkdir()
    (folder / "qwen.log").write_bytes(b"".join(LINES[10:]) + b'{"torn')
    (folder / "qwen-2023-11-14T22-13-20.000Z.log").write_bytes(b"".join(LINES[:10]))
    subprocess.run(["gzip", str(folder / "qwen-2023-11-14T22-13-20.000Z.log")], check=True)
    wanted = Filter("all", text="'", until=MOMENTS[-1])
    command = as_jq(wanted, read_all(str(folder), "qwen"))
    output = subprocess.run(["sh", "-c", command], capture_output=True, check=True).stdout
    assert sorted(json.loads(line)["seq"] for line in output.splitlines()) == by_filter(wanted)


def test_the_newest_record_is_sqls_first(log: Path) -> None:
    """SQL gives the records in the order of the page's table."""
    answer = query(log, as_sql(Filter("all")))
    moments = [row[answer.columns.index("timestamp")] for row in answer.rows]
    assert moments == sorted(moments, reverse=True)
    assert f"{moments[-1]:%Y-%m-%dT%H:%M:%S}" == stamp(0)[:19]
