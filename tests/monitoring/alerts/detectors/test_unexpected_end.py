"""Processes that were killed, or crashed."""

from typing import Any

from monitoring.alerts.observation import Observation
from tests.monitoring.alerts.helpers import engine_of, feed, short, told
from tests.monitoring.helpers import MOMENT


def ended(second: float, **fields: Any) -> Observation:
    """Return the record that tells of a process's unexpected end."""
    return told(second, "unexpected_end", ended_instance="a", **fields)


def test_an_unexpected_end_is_an_alert() -> None:
    """It counts them, and names the last memory and the requests that were lost."""
    (change,) = feed(engine_of("unexpected_end"), [ended(0, last_memory_mb=1612.4, lost=2)])
    assert (change.event, change.task, change.level) == ("alert.fired", "system", "ERROR")
    assert (change.value, change.limit) == (1, 0)
    assert change.measure == "unexpected ends in 600 s, memory at last 1,612 MiB, requests lost 2"


def test_what_is_not_known_is_not_named() -> None:
    """A process may have died before its first sample; odd values are none."""
    engine = engine_of("unexpected_end")
    (change,) = feed(engine, [ended(0, last_memory_mb="much", lost=None)])
    assert change.measure == "unexpected ends in 600 s"


def test_a_crash_loop_is_one_alert_with_a_rising_count() -> None:
    """Each further end is told as an update of it, and it ends when none came for long enough."""
    engine = engine_of("unexpected_end", resolve_seconds=600)
    changes = feed(engine, [ended(second) for second in (0, 60, 120, 180)])
    assert short(changes) == [
        ("fired", "system", 0),
        ("updated", "system", 60),
        ("updated", "system", 120),
        ("updated", "system", 180),
    ]
    assert [change.value for change in changes] == [1, 2, 3, 4]
    assert {change.since for change in changes} == {MOMENT}
    (resolved,) = engine.advance(MOMENT + 1000)
    assert (short([resolved]), resolved.value) == ([("resolved", "system", 780)], 4)


def test_only_the_window_counts() -> None:
    """Ends that come now and then do not add up, and a count that does not rise is not told again."""
    engine = engine_of("unexpected_end", window_seconds=100, resolve_seconds=600)
    changes = feed(engine, [ended(second) for second in (0, 90, 180, 270, 300)])
    assert [(change.event, change.value) for change in changes] == [("alert.fired", 1), ("alert.updated", 2)]
