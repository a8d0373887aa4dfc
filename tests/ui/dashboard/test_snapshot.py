"""A snapshot: when it is outdated, how long it is fresh, and that its parts are made once."""

import time
from dataclasses import replace

import pytest

from monitoring.analysis.time_range import TimeRange
from monitoring.storage.write_error import WriteError
from tests.monitoring.helpers import MOMENT, a_record
from tests.ui.dashboard.helpers import HEALTHY, snapshot_of, view_of
from ui.dashboard.made_parts import MadeParts
from ui.dashboard.snapshot import FRESH_SECONDS, MAX_FRESH_SECONDS, LogState, Snapshot
from ui.view.interval import Interval, resolve
from ui.view.state import ViewState

VIEW = view_of(a_record(0), a_record(60), version=1)
HOUR = ViewState(range="1h")


def later(seconds: float) -> Interval:
    """Return the hour before a moment after `MOMENT`."""
    return resolve(HOUR, VIEW, MOMENT + seconds)


def test_without_changes_a_snapshot_is_not_outdated() -> None:
    """While the shown records are the same, a later interval changes nothing."""
    snapshot = snapshot_of(VIEW, HOUR)
    assert not snapshot.is_outdated(VIEW, snapshot.interval, LogState())
    assert not snapshot.is_outdated(VIEW, later(3599), LogState())


def test_a_new_version_outdates_a_snapshot() -> None:
    """A source that has changed is shown anew, even with the same number of records."""
    snapshot = snapshot_of(VIEW, HOUR)
    assert snapshot.is_outdated(replace(VIEW, version=2), snapshot.interval, LogState())


def test_records_that_leave_the_interval_outdate_a_snapshot() -> None:
    """A record that is older than the shown hour must disappear."""
    snapshot = snapshot_of(VIEW, HOUR)
    assert snapshot.is_outdated(VIEW, later(3601), LogState())
    assert len(snapshot_of(VIEW, HOUR).time_range.all) == 2


def test_another_range_outdates_a_snapshot() -> None:
    """An automatic range that changes is shown."""
    snapshot = snapshot_of(VIEW, HOUR)
    assert snapshot.is_outdated(VIEW, replace(snapshot.interval, range="24h"), LogState())


@pytest.mark.parametrize(
    "log", [LogState(dropped=1), LogState(error=WriteError("/logs", "disk full", "full"))]
)
def test_the_logs_state_outdates_a_snapshot(log: LogState) -> None:
    """Newly lost records and a failing disk are shown."""
    snapshot = snapshot_of(VIEW, HOUR)
    assert snapshot.is_outdated(VIEW, snapshot.interval, log)
    assert not snapshot_of(VIEW, HOUR, log).is_outdated(VIEW, snapshot.interval, log)


def test_parts_of_two_snapshots_are_not_mixed_up() -> None:
    """Snapshots share the memory for their parts, but each has its own."""
    parts = MadeParts()
    first, second = (
        Snapshot.take(serial, 0.0, VIEW, resolve(HOUR, VIEW, MOMENT), HEALTHY, parts) for serial in (1, 2)
    )
    assert first.once("part", lambda: b"first") == b"first"
    assert second.once("part", lambda: b"second") == b"second"
    assert first.once("part", lambda: b"third") == b"first"


def test_nothing_computed_stays_once_the_parts_are_made() -> None:
    """What the charts have computed is given back; the records are still those of the interval."""
    snapshot = snapshot_of(VIEW, HOUR)

    def make() -> bytes:
        while_made.append(snapshot.time_range)
        assert snapshot.time_range.requests["response_time_ms"] is not None
        return b"made"

    while_made: list[TimeRange] = []
    snapshot.once("part", make)
    assert snapshot.time_range is not while_made[0]
    assert snapshot.time_range.all.time.tolist() == while_made[0].all.time.tolist()


def test_a_part_that_is_made_beside_another_keeps_what_is_computed() -> None:
    """Only when no part is being made any more, what was computed is given back."""
    snapshot = snapshot_of(VIEW, HOUR)
    before = snapshot.time_range

    def outer() -> bytes:
        snapshot.once("inner", lambda: b"inner")
        assert snapshot.time_range is before
        return b"outer"

    snapshot.once("outer", outer)
    assert snapshot.time_range is not before


def test_making_parts_costs() -> None:
    """The processor time of each part is added up, also of one that fails; a kept part costs nothing."""
    snapshot = snapshot_of(VIEW, HOUR)

    def work() -> bytes:
        start = time.thread_time()
        while time.thread_time() - start < 0.01:
            pass
        return b"made"

    snapshot.once("part", work)
    cost = snapshot.cost
    assert cost >= 0.01
    snapshot.once("part", work)
    assert snapshot.cost == cost


@pytest.mark.parametrize(
    ("cost", "seconds"), [(0, FRESH_SECONDS), (0.01, FRESH_SECONDS), (0.05, 5), (60, MAX_FRESH_SECONDS)]
)
def test_a_costly_snapshot_is_fresh_for_longer(cost: float, seconds: float) -> None:
    """Refreshing takes at most a hundredth of a core, unless the snapshot would become too old."""
    snapshot = snapshot_of(VIEW, HOUR)
    snapshot.cost = cost
    assert snapshot.is_fresh(snapshot.taken + 0.99 * seconds)
    assert not snapshot.is_fresh(snapshot.taken + 1.01 * seconds)


def test_the_cost_is_the_time_of_making_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost is the processor time of all parts that were made; cached parts cost nothing."""
    times = iter([0.0, 0.5, 1.0, 1.25])
    monkeypatch.setattr("ui.dashboard.snapshot.time.thread_time", lambda: next(times))
    snapshot = snapshot_of(VIEW, HOUR)
    for key in ("cards", "table", "cards"):
        snapshot.once(key, lambda: b"made")
    assert snapshot.cost == 0.75
