"""Records that somebody wrote to break what reads them: whatever JSON they hold, nothing raises."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.alerts.observation import of_frame
from monitoring.alerts.replay import replay
from monitoring.analysis.drill_runs import drill_runs
from monitoring.analysis.incidents import alerts, marks
from monitoring.analysis.request_trace import trace
from monitoring.cli.tables import WRITERS
from monitoring.history.scan import scan
from monitoring.history.sql import query
from monitoring.record.encode import to_line
from monitoring.record.schema import FIELDS, MAX_LINE_BYTES
from monitoring.window.frame import Frame
from monitoring.window.line_decoder import LineDecoder
from monitoring.window.window import Window
from tests.monitoring.alerts.helpers import a_machine, rules
from tests.monitoring.frames import summarize
from tests.monitoring.helpers import a_record, lines_of, stamp
from tests.monitoring.history.helpers import rows
from tests.monitoring.hostile_records import EVENTS, HOSTILE_LINES, SPECIAL, VALUES

ANY_VALUE: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(VALUES)
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
ANY_RECORD = st.builds(
    lambda fields, event, time: {**fields, "event": event, "timestamp": time},
    st.dictionaries(st.sampled_from([*FIELDS, *SPECIAL]) | st.text(max_size=5), ANY_VALUE, max_size=8),
    st.sampled_from(EVENTS) | ANY_VALUE,
    st.just(stamp()) | st.floats(-1e11, 1e12) | ANY_VALUE,
)


def frame_of_lines(lines: list[bytes]) -> Frame:
    """Return what a window shows of lines."""
    window = Window(max(1, len(lines)), LineDecoder())
    window.append(LineDecoder().decode(b"\n".join(lines)))
    return window.snapshot()


def look_at_all(frame: Frame) -> None:
    """Let everything that reads whole records read those of a frame."""
    summarize(frame)
    alerts(frame)
    marks(frame, 100)
    drill_runs(frame)
    list(of_frame(frame))
    for request_id in set(frame.texts("request_id")):
        trace(frame, request_id)
    for record in frame.records():
        json.loads(to_line(record))
        json.dumps(record, ensure_ascii=False, allow_nan=False).encode()


@settings(deadline=None, max_examples=200)
@given(st.lists(ANY_RECORD, min_size=1, max_size=4))
def test_any_json_in_a_record_can_be_shown(records: list[dict[str, Any]]) -> None:
    """Alerts, marks, drills, traces and the records themselves are read, whatever the fields hold."""
    look_at_all(frame_of_lines([json.dumps(record).encode() for record in records]))


def test_hostile_lines_can_be_shown() -> None:
    """So are those that `json` would not write: endless numbers, NaN, names that come twice."""
    frame = frame_of_lines(HOSTILE_LINES)
    assert len(frame) > len(HOSTILE_LINES) / 2
    look_at_all(frame)


@pytest.mark.parametrize("block", range(8))
def test_the_command_line_reads_hostile_lines(tmp_path: Path, block: int) -> None:
    """The summary, the replay of the rules and SQL read them, and sound records beside them."""
    path = tmp_path / "qwen.log"
    sound = lines_of(a_record(seq=4711))
    lines = HOSTILE_LINES[block::8]
    path.write_bytes(sound + b"".join(line + b"\n" for line in lines) + sound)
    assert scan(path).records > 2
    list(replay(path, rules(), a_machine()))
    assert rows(path, "select count(*) from log where seq = 4711 and event = 'task.finished'") == [(2,)]
    for write in WRITERS.values():
        answer = query(path, "from log order by timestamp")
        write(io.StringIO(), answer.columns, answer.rows)


def test_a_long_line_changes_nothing_of_an_answer(tmp_path: Path) -> None:
    """SQL reads the lines around one that is too long in another way, to the same rows."""
    path = tmp_path / "qwen.log"
    path.write_bytes(b"".join(line + b"\n" for line in HOSTILE_LINES if len(line) <= MAX_LINE_BYTES))
    wanted = sorted(map(repr, rows(path, "from log")))
    with path.open("ab") as file:
        file.write(b"{" + b"x" * MAX_LINE_BYTES + b"}\n")
    assert sorted(map(repr, rows(path, "from log"))) == wanted
