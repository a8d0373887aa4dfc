"""What a view's filter selects: for export, for other tools, and what of it may be shown."""

import csv
import gzip
import io
import json
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from monitoring.analysis.filters import Filter
from monitoring.reading.sources import LIVE
from monitoring.record.encode import to_line
from monitoring.record.schema import FIELDS
from monitoring.window.line_decoder import LineDecoder
from monitoring.window.window import Window
from tests.monitoring.helpers import MOMENT, Record, a_record
from tests.ui.dashboard.helpers import EVERYTHING, config, snapshot_of, view_of, without_lines
from ui.dashboard.selection import MESSAGE_TEXTS, Selection
from ui.view.state import OWN, ViewState

SECRET = a_record(1, message="hello", input_text="my secret", output_text="secret kept", note="n")
UPLOADED = "upload:" + "a" * 32


def selection_of(
    *records: Record,
    state: ViewState = EVERYTHING,
    log_content: Literal["none", "full"] = "full",
    hides_texts: bool = False,
) -> Selection:
    """Return a selection of the records."""
    return Selection(state, snapshot_of(view_of(*records), state), config(log_content), hides_texts)


def jsonl(selection: Selection) -> list[bytes]:
    """Return the exported lines of JSON."""
    return b"".join(selection.jsonl()).splitlines(keepends=True)


def csv_rows(selection: Selection) -> list[dict[str, str]]:
    """Return the exported CSV, as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(b"".join(selection.csv()).decode("utf-8-sig"), newline="")))


def test_jsonl_holds_the_logs_own_lines_in_the_tables_order() -> None:
    """Exported lines are byte for byte those of the log, sorted as the table is, with unknown fields."""
    fast, slow, middle = (a_record(i, response_time_ms=ms, extra=[i]) for i, ms in enumerate((1, 9, 5)))
    by_time = selection_of(fast, slow, middle)
    by_length = selection_of(
        fast, slow, middle, state=ViewState(range="all", sort="response", is_descending=False)
    )
    assert jsonl(by_time) == [to_line(record) for record in (middle, slow, fast)]
    assert jsonl(by_length) == [to_line(record) for record in (fast, middle, slow)]


def test_only_what_the_filter_selects_is_exported() -> None:
    """Records that the filter or the time leaves out are in neither file."""
    records = [a_record(0, status="error"), a_record(1), a_record(2, status="error")]
    state = ViewState(range=OWN, since=MOMENT + 1, filter=Filter(status="error"))
    selection = selection_of(*records, state=state)
    assert jsonl(selection) == [to_line(records[2])]
    assert [row["timestamp"] for row in csv_rows(selection)] == [records[2]["timestamp"]]


def test_records_of_a_wrong_clock_are_exported_with_all_others() -> None:
    """All of a log holds the records outside of the charts' time, too; the queries have no time, either."""
    records = [a_record(timestamp="1970-01-01T00:00:03.000Z"), *(a_record(second) for second in range(20))]
    selection = selection_of(*records)
    assert sorted(jsonl(selection)) == sorted(map(to_line, records))
    assert len(csv_rows(selection)) == len(records)
    assert "2023" not in str(selection.tools())


def test_a_long_selection_is_exported_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fits into memory at the same time, each row comes once, the newest first."""
    monkeypatch.setattr("ui.dashboard.selection.BATCH_BYTES", 1000)
    selection = selection_of(*(a_record(i / 10, seq=i) for i in range(100)))
    assert [json.loads(line)["seq"] for line in selection.jsonl()] == list(range(99, -1, -1))
    assert [int(row["seq"]) for row in csv_rows(selection)] == list(range(99, -1, -1))


def test_csv_has_a_mark_for_spreadsheets_and_the_schemas_columns() -> None:
    """CSV begins with a byte order mark, and has a column for each known field, in the schema's order."""
    text = b"".join(selection_of(a_record(message='你好, "x"\ny', extra=1)).csv())
    assert text.startswith(b"\xef\xbb\xbftimestamp,")
    (row,) = csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""))
    assert tuple(row) == FIELDS
    assert (row["message"], row["label"]) == ('你好, "x"\ny', "")


def test_no_text_is_a_formula() -> None:
    """A text that a spreadsheet would compute gets an apostrophe in front; numbers below 0 do not."""
    record = a_record(message="=1+1", label="x;=1+1", response_time_ms=-5.0)
    (row,) = csv_rows(selection_of(record, state=ViewState(range="all", filter=Filter(kind="all"))))
    assert (row["message"], row["label"]) == ("'=1+1", "x;'=1+1")
    assert float(row["response_time_ms"]) == -5


def test_hidden_texts_are_in_no_export() -> None:
    """Where messages are hidden, exports and `allowed` have all but their texts."""
    selection = selection_of(SECRET, hides_texts=True)
    expected = {name: value for name, value in SECRET.items() if name not in MESSAGE_TEXTS}
    assert [json.loads(line) for line in jsonl(selection)] == [expected]
    assert selection.allowed(SECRET) == expected
    (row,) = csv_rows(selection)
    assert (row["message"], row["input_text"], row["output_text"]) == ("hello", "", "")


def test_shown_texts_are_in_every_export() -> None:
    """Where messages are not hidden, exports and `allowed` have everything."""
    selection = selection_of(SECRET)
    assert jsonl(selection) == [to_line(SECRET)]
    assert selection.allowed(SECRET) == SECRET
    assert [csv_rows(selection)[0][name] for name in MESSAGE_TEXTS] == ["my secret", "secret kept"]


@pytest.mark.parametrize("hides_texts", [True, False])
def test_records_whose_lines_are_gone_are_left_out(hides_texts: bool) -> None:
    """Where the memory for lines did not suffice, an export has no empty rows for those that are gone."""
    view = view_of(a_record())
    view = replace(view, frame=without_lines(view.frame))
    selection = Selection(EVERYTHING, snapshot_of(view), config(), hides_texts)
    assert len(selection.frame()) == 1
    assert jsonl(selection) == []
    assert csv_rows(selection) == []


@pytest.mark.parametrize(("hides_texts", "found"), [(True, 0), (False, 1)])
def test_hidden_texts_are_not_searched(hides_texts: bool, found: int) -> None:
    """A search cannot tell what is in a hidden text, but finds what is shown; so do the other tools."""
    secret, hello = (ViewState(range="all", filter=Filter(text=text)) for text in ("secret", "hello"))
    selection = selection_of(SECRET, state=secret, hides_texts=hides_texts)
    assert len(selection.frame()) == found
    assert len(selection_of(SECRET, state=hello, hides_texts=hides_texts).frame()) == 1
    assert all(("input_text" in query) == (not hides_texts) for query in selection.tools().values())


def test_the_tools_get_the_time_that_is_shown() -> None:
    """jq, LogQL and SQL are offered in this order, each with both ends of the time and the filter."""
    state = ViewState(range=OWN, since=MOMENT, until=MOMENT + 60, filter=Filter(session_id="s-1"))
    tools = selection_of(a_record(), state=state).tools()
    assert list(tools) == ["jq", "LogQL", "SQL"]
    for query in tools.values():
        assert "2023-11-14T22:13:20" in query
        assert "2023-11-14T22:14:20" in query
        assert "s-1" in query
    assert tools["SQL"].startswith("python -m monitoring query 'select * from log where ")


def test_the_sql_command_names_an_opened_file() -> None:
    """A file that somebody opened is asked for where that person has it; the log itself needs no name."""
    opened = selection_of(a_record(), state=ViewState(source=UPLOADED, range="all")).tools()["SQL"]
    assert opened.startswith("python -m monitoring query --log uploaded.log 'select ")


@pytest.mark.parametrize(
    ("source", "read"),
    [
        (LIVE, ["live", "old", "older"]),
        ("file:qwen-2023-11-14T22-13-20.000Z.log", ["old"]),
        ("file:qwen-2023-11-13T22-13-20.000Z.log", ["older"]),
        (UPLOADED, ["uploaded"]),
    ],
)
def test_the_jq_command_reads_the_sources_files(tmp_path: Path, source: str, read: list[str]) -> None:
    """In a shell beside the log's folder, the command reads the files of the source, compressed or not."""
    line = {name: to_line(a_record(message=name)) for name in ("live", "old", "older", "uploaded")}
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/qwen.log").write_bytes(line["live"])
    (tmp_path / "logs/qwen-2023-11-14T22-13-20.000Z.log").write_bytes(line["old"])
    (tmp_path / "logs/qwen-2023-11-13T22-13-20.000Z.log.gz").write_bytes(gzip.compress(line["older"]))
    (tmp_path / "uploaded.log").write_bytes(line["uploaded"])
    command = selection_of(a_record(), state=ViewState(source=source, range="all")).tools()["jq"]
    reading = command.partition(" | jq ")[0]
    done = subprocess.run(["sh", "-c", reading], cwd=tmp_path, capture_output=True, check=True)
    assert sorted(json.loads(text)["message"] for text in done.stdout.splitlines()) == read


# A line of another program, which other tools get as a record of ours.
FOREIGN = b'{"time": "2023-11-14T22:13:20Z", "what it is": "search", "latency_ms": 15}'


def foreign_tools(state: ViewState) -> dict[str, str]:
    """Return what is copied of another program's log."""
    decoder = LineDecoder()
    window = Window(1, decoder)
    window.append(decoder.decode(FOREIGN))
    view = replace(view_of(), frame=window.snapshot())
    return Selection(state, snapshot_of(view, state), config("full"), hides_texts=False).tools()


def test_another_programs_lines_are_read_as_records_of_ours() -> None:
    """jq gets the live log from the command `records`; LogQL, which cannot, is not offered."""
    tools = foreign_tools(ViewState(range="all"))
    assert list(tools) == ["jq", "SQL"]
    assert tools["jq"].startswith("python -m monitoring records | jq ")


def test_the_names_of_the_address_are_in_the_commands() -> None:
    """A mapping in the address stands as `--map` in what is copied for jq and for SQL."""
    state = ViewState(source=UPLOADED, mapping="what it is=task_type", range="all")
    tools = foreign_tools(state)
    assert list(tools) == ["jq", "SQL"]
    options = "--log uploaded.log --map 'what it is=task_type'"
    assert tools["jq"].startswith(f"python -m monitoring records {options} | jq ")
    assert tools["SQL"].startswith(f"python -m monitoring query {options} 'select ")


@pytest.mark.parametrize("name", ["it's $(id)", "a`id`b", "bell\x07", "a!b", "a\nb"])
def test_a_hostile_name_of_a_field_is_one_word_of_the_command(name: str) -> None:
    """Whatever an address holds as a name, the shell takes it for a value of `--map` and runs nothing."""
    state = ViewState(source=UPLOADED, mapping=f"{name}=label", range="all")
    tools = foreign_tools(state)
    assert all(command.isprintable() for command in tools.values())
    command = tools["SQL"]
    assert "!" not in command
    words = shlex.split(command)
    assert words[:6] == ["python", "-m", "monitoring", "query", "--log", "uploaded.log"]
    assert words[6] == "--map"
    assert words[7].endswith("=label")
    assert len(words) == 9
