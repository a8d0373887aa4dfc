"""Zones of times that tell none."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import pytest

from monitoring.formats.values.times import microseconds_of, rfc3339
from monitoring.formats.values.zones import MAX_LOOKED_AT, ZonelessTimes, in_zone_of, lacks_zone


@pytest.mark.parametrize(
    ("told", "around", "moment"),
    [
        ("2026-01-22 00:00:04,100", "2026-01-21T16:00:04Z", "2026-01-21T16:00:04.100Z"),
        ("2026/01/22 - 00:00:04", "2026-01-21T16:00:40.000000000Z", "2026-01-21T16:00:04.000Z"),
        ("2026-01-21 21:45:00", "2026-01-22T00:00:00+0800", "2026-01-21T16:00:00.000Z"),
        ("2026-01-21 11:00:00", 1769011200000000, "2026-01-21T16:00:00.000Z"),
        ("2026-01-22T00:00:04Z", "2026-01-21T16:00:04Z", "2026-01-22T00:00:04.000Z"),
        ("2026-01-22 00:00:04", "2026-01-21 16:00:04", "2026-01-22T00:00:04.000Z"),
        ("2026-01-22 00:05:04", "2026-01-21T16:00:04Z", "2026-01-22T00:05:04.000Z"),
        ("2026-01-21 16:00:04", "2026-01-21T16:00:30Z", "2026-01-21T16:00:04.000Z"),
        ("2026-01-21 16:00:04", None, "2026-01-21T16:00:04.000Z"),
        ("2026-01-25 16:00:04", "2026-01-21T16:00:04Z", "2026-01-25T16:00:04.000Z"),
    ],
)
def test_a_wrapper_gives_the_zone_away(told: str, around: object, moment: str) -> None:
    """It does where both times differ by quarter hours, and only the inner one lacks its zone."""
    read = microseconds_of(told)
    assert read is not None
    assert rfc3339(in_zone_of(told, read, around)) == moment


@pytest.mark.parametrize(
    ("told", "lacks"),
    [("2026-01-21 16:00:00", True), ("2026-01-21T16:00:00+08:00", False), (1769011200, False), ("x", False)],
)
def test_a_time_lacks_its_zone(told: object, lacks: bool) -> None:
    """Numbers and texts with a zone are moments by themselves."""
    assert lacks_zone(told) is lacks


@pytest.mark.parametrize(("zone", "example"), [(UTC, "2026-01-21 16:00:00"), (ZoneInfo("UTC"), "")])
def test_times_without_a_zone_are_noticed_unless_a_zone_is_set(zone: tzinfo, example: str) -> None:
    """The first one is kept as an example; where somebody has set a zone, there is nothing to ask."""
    times = ZonelessTimes(zone)
    for told in (1769011200, "2026-01-21T16:00:00Z", "2026-01-21 16:00:00", "2026-01-21 17:00:00"):
        times.look_at(told)
    assert times.example == example


def test_only_the_first_times_are_looked_at() -> None:
    """A program writes all its times alike, and to look at each takes time."""
    times = ZonelessTimes(UTC)
    for _ in range(MAX_LOOKED_AT):
        times.look_at("2026-01-21T16:00:00Z")
    times.look_at("2026-01-21 16:00:00")
    assert times.example == ""
