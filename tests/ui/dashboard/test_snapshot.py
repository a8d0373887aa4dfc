"""A snapshot: when it is outdated, how long it is fresh, and that its parts are made once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from tests.monitoring.helpers import MOMENT, a_record
from tests.ui.dashboard.helpers import snapshot_of, view_of
from ui.dashboard.snapshot import FRESH_SECONDS, MAX_CACHED, MAX_FRESH_SECONDS, LogState
from ui.view.interval import Interval, resolve
from ui.view.state import ViewState

VIEW = view_of(a_record(0), a_record(60), version=1)
HOUR = ViewState(range="1h")
PAGES = 8


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


@pytest.mark.parametrize("log", [LogState(dropped=1), LogState(error=OSError(28, "disk full"))])
def test_the_logs_state_outdates_a_snapshot(log: LogState) -> None:
    """Newly lost records and a failing disk are shown."""
    snapshot = snapshot_of(VIEW, HOUR)
    assert snapshot.is_outdated(VIEW, snapshot.interval, log)
    assert not snapshot_of(VIEW, HOUR, log).is_outdated(VIEW, snapshot.interval, log)


def test_a_part_is_made_once_for_many_pages() -> None:
    """Pages that request a part at the same time get the same bytes, made once."""
    snapshot = snapshot_of(VIEW, HOUR)
    made: list[bytes] = []
    together = Barrier(PAGES)

    def make() -> bytes:
        made.append(bytes([len(made)]) * 10)
        return made[-1]

    def request(_: int) -> bytes:
        together.wait()
        return snapshot.once("part", make)

    with ThreadPoolExecutor(PAGES) as pages:
        got = list(pages.map(request, range(PAGES)))
    assert len(made) == 1
    assert all(part is made[0] for part in got)
    assert snapshot.once("other", make) is made[1]


def test_a_part_that_fails_is_tried_again() -> None:
    """The error reaches the caller; the next caller makes the part."""
    snapshot = snapshot_of(VIEW, HOUR)

    def fail() -> bytes:
        raise MemoryError

    with pytest.raises(MemoryError):
        snapshot.once("part", fail)
    assert snapshot.once("part", lambda: b"made") == b"made"


def test_the_cache_is_bounded() -> None:
    """However many different parts a snapshot makes, the newest stay and the oldest are made again."""
    snapshot = snapshot_of(VIEW, HOUR)
    for number in range(3 * MAX_CACHED):
        snapshot.once(number, lambda: b"first")
    assert len(snapshot._cache) == MAX_CACHED
    assert snapshot.once(3 * MAX_CACHED - 1, lambda: b"second") == b"first"
    assert snapshot.once(0, lambda: b"second") == b"second"


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
