"""Which records are requests, and which stand for some: one definition, whoever asks."""

import math
import re
from pathlib import Path

import pytest

from monitoring.alerts.observation import of_frame
from monitoring.analysis.measures import at_a_glance
from monitoring.analysis.time_range import TimeRange
from monitoring.history.scan import scan
from monitoring.reading.log_reader import Reading, View
from monitoring.reading.whole_file import FileReading
from monitoring.record.vocabulary import EVENTS, FINISHED, MAX_REFUSED, REFUSED, SAMPLED, refused_requests
from monitoring.window.masks import is_request as request_mask
from monitoring.window.masks import request_counts
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import MOMENT, ROOT, a_record, add, lines_of

CASES = [
    (FINISHED, 5.0, True),
    (FINISHED, None, True),
    (None, 5.0, True),
    ("", 5.0, True),
    (None, None, False),
    ("", None, False),
    (SAMPLED, None, False),
    (SAMPLED, 5.0, False),
    ("log", 5.0, False),
    ("of another program", 5.0, True),
    ("of another program", None, False),
    (REFUSED, 5.0, False),
]
# The JSON of the field `rejected`, and how many refused requests a record with it stands for.
REFUSED_CASES = [
    ("1", 1),
    ("49", 49),
    ("3.0", 3),
    ('"7"', 7),
    ("1000000", MAX_REFUSED),
    ("1000001", MAX_REFUSED),
    ("18446744073709551616", MAX_REFUSED),
    ("1" + "0" * 30, MAX_REFUSED),
    ("1e300", MAX_REFUSED),
    ("0", 0),
    ("-5", 0),
    ("2.5", 0),
    ("0.5", 0),
    ("1e999", 0),
    ("-1e999", 0),
    ("NaN", 0),
    ("Infinity", 0),
    ('"NaN"', 0),
    ("9" * 5000, 0),
    ("null", 0),
    ("true", 0),
    ("[7]", 0),
    ('{"a":7}', 0),
    ('"many"', 0),
]


def test_everybody_agrees_on_what_a_request_is(tmp_path: Path) -> None:
    """The window's mask, the alert rules and the scan of a whole log select the same records.

    A finished task is a request, and so is a record that tells a response time, and no event of ours.
    """
    records = [
        {**a_record(number), "event": event, "response_time_ms": response_time}
        for number, (event, response_time, _) in enumerate(CASES)
    ]
    expected = [is_request for *_, is_request in CASES]
    frame = frame_of(*records)
    assert request_mask(frame).tolist() == expected
    assert [seen.event == FINISHED for seen in of_frame(frame)] == expected
    log = tmp_path / "qwen.log"
    log.write_bytes(lines_of(*records))
    assert scan(log).tasks["chat"].requests == sum(expected)


def test_the_events_are_those_that_are_described() -> None:
    """docs/log-record.md names each event of ours, and no other one."""
    (row,) = re.findall(
        r"^\| `event` \| string \| (.*) \|$", (ROOT / "docs/log-record.md").read_text("utf-8"), re.M
    )
    assert set(re.findall("`([^`]+)`", row)) == EVENTS


def refused(second: float, rejected: str) -> bytes:
    """Return the line of a record of refused chats, whose field `rejected` is this JSON."""
    fields: dict[str, object] = {"event": REFUSED, "status": "rejected", "rejected": 0}
    line = lines_of(a_record(second, **fields))
    assert line.count(b'"rejected":0') == 1
    return line.replace(b'"rejected":0', b'"rejected":%b' % rejected.encode())


@pytest.mark.parametrize(
    ("rejected", "expected"),
    [
        (None, 0),
        (1, 1),
        (2.5, 0),
        (-5, 0),
        (math.nan, 0),
        (10**30, MAX_REFUSED),
        (MAX_REFUSED + 1.0, MAX_REFUSED),
    ],
)
def test_a_number_of_refused_requests_is_whole_and_bounded(rejected: float | None, expected: int) -> None:
    """What is no positive whole number stands for none, and an endless one for the most that is allowed."""
    assert refused_requests(rejected) == expected


@pytest.mark.parametrize(("rejected", "expected"), REFUSED_CASES)
def test_everybody_agrees_on_how_many_were_refused(rejected: str, expected: int, tmp_path: Path) -> None:
    """The window's counts, its summary, the cards and the scan of a whole log are equal, whatever is told."""
    log = tmp_path / "qwen.log"
    log.write_bytes(lines_of(a_record(0), a_record(1, status="rejected")) + refused(2, rejected))
    view = all_of(FileReading(log, 100, 1 << 20))
    assert request_counts(view.frame).tolist() == [1, 1, expected]
    chat, scanned = view.summary.tasks["chat"], scan(log).tasks["chat"]
    assert (chat.requests, chat.rejected) == (2 + expected, 1 + expected)
    assert (scanned.requests, scanned.rejected, scanned.ok) == (2 + expected, 1 + expected, 1)
    share = 100 * (1 + expected) / (2 + expected)
    assert cards_of(view) == {"requests": 2 + expected, "rejected": pytest.approx(share)}


def all_of(reading: FileReading | Reading) -> View:
    """Read all that stands in a file."""
    for _ in reading.load():
        pass
    return reading.view()


def cards_of(view: View) -> dict[str, float | None]:
    """Return the values of the cards that count refused requests."""
    now, past = (
        TimeRange(view.frame, MOMENT + since, MOMENT + until) for since, until in ((0, 60), (-60, 0))
    )
    measures = at_a_glance(now, past, (), ())
    return {each.name: each.value for each in measures if each.name in ("requests", "rejected")}


def test_a_live_log_and_a_file_count_the_same(tmp_path: Path) -> None:
    """A window that old records leave while new ones come says what a file of the same records says."""
    lines = [
        each
        for second in range(0, 40, 2)
        for each in (lines_of(a_record(second)), refused(second + 1, "1e999" if second % 3 else f"{second}"))
    ]
    path, file = tmp_path / "qwen.log", tmp_path / "other.log"
    add(path, b"".join(lines[:6]))
    live = Reading(path, 10)
    all_of(live)
    for line in lines[6:]:
        add(path, line)
        live.poll()
    file.write_bytes(b"".join(lines[-10:]))
    expected = all_of(FileReading(file, 10, 1 << 20))
    assert live.view().summary == expected.summary
    assert cards_of(live.view()) == cards_of(expected)
    assert expected.summary.tasks["chat"].requests == 5 + 30 + 36
    assert scan(file).tasks["chat"].rejected == expected.summary.tasks["chat"].rejected == 30 + 36
    live.close()
