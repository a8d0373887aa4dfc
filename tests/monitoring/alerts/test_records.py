"""An alert as a record, and as a line for a person."""

import json
import math
from dataclasses import replace

from monitoring.alerts.condition import Change
from monitoring.alerts.records import describe, line_of, record_of, text_of
from monitoring.record.encode import to_line
from tests.monitoring.helpers import MOMENT, stamp

FIRED = Change(
    "alert.fired",
    "slow_task",
    "chat",
    "ERROR",
    MOMENT + 2.5,
    MOMENT,
    "p95, ms",
    2345.678912,
    2000.0,
    ("a", "b"),
    False,
)
RESOLVED = replace(FIRED, event="alert.resolved", time=MOMENT + 90, is_silenced=True)


def test_a_fired_alert_is_a_record_of_its_level() -> None:
    """It tells what, how bad, since when, when that was decided, and which requests made it."""
    record = record_of(FIRED)
    assert record.pop("message").startswith("告警: slow_task (chat): p95, ms")
    assert record == {
        "level": "ERROR",
        "task_type": "chat",
        "event": "alert.fired",
        "rule": "slow_task",
        "measure": "p95, ms",
        "value": 2345.6789,
        "limit": 2000.0,
        "since": stamp(),
        "decided": stamp(2.5),
        "requests": ["a", "b"],
        "silenced": False,
    }


def test_a_resolved_alert_is_no_warning() -> None:
    """Whatever the rule's level, its end is information, and says that it was silenced."""
    record = record_of(RESOLVED)
    assert (record["level"], record["event"], record["silenced"]) == ("INFO", "alert.resolved", True)
    assert record["message"].startswith("告警解除: slow_task (chat)")
    assert (record["since"], record["decided"]) == (stamp(), stamp(90))


def test_a_line_tells_when_what_and_which_requests() -> None:
    """A report's line stands alone; times are in UTC."""
    assert line_of(FIRED) == (
        "2023-11-14 22:13:22 fired    slow_task (chat): p95, ms: 2,346, limit 2,000  requests a, b"
    )
    assert line_of(replace(RESOLVED, requests=())) == (
        "2023-11-14 22:14:50 resolved slow_task (chat): p95, ms: 2,346, limit 2,000"
    )


def test_a_record_needs_no_numbers() -> None:
    """Values that are unknown are left out of the line, as everywhere in the log."""
    for unknown in (math.nan, math.inf):
        record = json.loads(to_line(record_of(replace(FIRED, value=unknown, limit=unknown))))
        assert {"value", "limit"}.isdisjoint(record)
        assert record["rule"] == "slow_task"


def test_a_records_text_is_what_was_described() -> None:
    """The text of a record is read without the prefix of its message, whether it fired or was resolved."""
    for change in (FIRED, RESOLVED):
        assert text_of(record_of(change)) == describe(change)
    assert text_of({"message": "of another program"}) == "of another program"
    assert text_of({}) == text_of({"message": None}) == ""


HOSTILE = replace(FIRED, task="\x1b[2J\nalert: " + "x" * 50_000, requests=("r" * 50_000,) * 30)


def test_a_record_of_hostile_names_is_bounded() -> None:
    """A message has 500 characters, and ten requests are named, each by so much of its id."""
    record = record_of(HOSTILE)
    assert len(record["message"]) <= 500
    assert len(record["task_type"]) == 200
    assert [len(request) for request in record["requests"]] == [200] * 10
    assert len(to_line(record)) < 5000


def test_a_line_of_hostile_names_is_one_visible_line() -> None:
    """No terminal obeys a name, and no name looks like another line of the report."""
    line = line_of(HOSTILE)
    assert line.isprintable()
    assert len(line) < 3000
    assert record_of(HOSTILE)["message"].isprintable()
