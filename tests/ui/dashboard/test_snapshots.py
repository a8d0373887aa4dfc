"""The cache of snapshots: shared while they are fresh, bounded, and without sources that are gone."""

import pytest

from monitoring.reading.sources import LIVE, UnknownSourceError
from tests.monitoring.helpers import a_record
from tests.ui.dashboard.helpers import NOW, FakeSources, live, view_of
from ui.dashboard.snapshot import LogState
from ui.dashboard.snapshots import MAX_SNAPSHOTS, Snapshots
from ui.view.state import ViewState


def snapshots_of(sources: FakeSources) -> Snapshots:
    """Return the cache of a log that can be written, at a time that stands still."""
    return Snapshots(sources, LogState, lambda: NOW)


def test_a_fresh_snapshot_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that show the same source and time range share a snapshot, and the source is read once."""
    monkeypatch.setattr("ui.dashboard.snapshot.FRESH_SECONDS", 3600)
    monkeypatch.setattr("ui.dashboard.snapshot.MAX_FRESH_SECONDS", 3600)
    sources = live(a_record())
    snapshots = snapshots_of(sources)
    first = snapshots.of(ViewState(range="all"))
    sources.show(a_record(), a_record(1))
    assert snapshots.of(ViewState(range="all", page=2)) is first
    assert sources.reads == 1


def test_a_snapshot_is_replaced_only_when_something_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot that is no longer fresh stays while the source is the same; new records make a new one."""
    monkeypatch.setattr("ui.dashboard.snapshot.MAX_FRESH_SECONDS", 0)
    sources = live(a_record())
    snapshots = snapshots_of(sources)
    first = snapshots.of(ViewState(range="all"))
    assert snapshots.of(ViewState(range="all")) is first
    sources.show(a_record(), a_record(1))
    second = snapshots.of(ViewState(range="all"))
    assert second.serial > first.serial
    assert len(second.view.frame) == 2


def test_a_bounded_number_of_snapshots_is_kept() -> None:
    """However many views are requested, the least recently requested snapshots are dropped."""
    sources = live(a_record())
    sources.views |= {f"upload:{number}": view_of(a_record()) for number in range(2 * MAX_SNAPSHOTS)}
    snapshots = snapshots_of(sources)
    first = snapshots.of(ViewState())
    for name in sources.views:
        snapshots.of(ViewState(source=name))
    assert len(snapshots) == MAX_SNAPSHOTS
    assert snapshots.of(ViewState()) is not first


def test_a_snapshot_nobody_requests_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute after its last request a snapshot gives its window's memory back."""
    clock = [100.0]
    monkeypatch.setattr("ui.dashboard.snapshots.time.monotonic", lambda: clock[0])
    sources = live(a_record())
    sources.views["upload:1"] = view_of(a_record())
    snapshots = snapshots_of(sources)
    snapshots.of(ViewState())
    clock[0] += 61
    snapshots.of(ViewState(source="upload:1"))
    assert len(snapshots) == 1


def test_a_source_that_is_gone_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that was shown before and does not exist any more is an error once its snapshot is old."""
    monkeypatch.setattr("ui.dashboard.snapshot.MAX_FRESH_SECONDS", 0)
    sources = FakeSources({LIVE: view_of(), "upload:1": view_of(a_record())})
    snapshots = snapshots_of(sources)
    snapshots.of(ViewState(source="upload:1"))
    del sources.views["upload:1"]
    with pytest.raises(UnknownSourceError):
        snapshots.of(ViewState(source="upload:1"))
