"""The cache of snapshots: shared while they are fresh, bounded, and without sources that are gone."""

import pytest

from monitoring.reading.sources import LIVE, UnknownSourceError
from tests.monitoring.helpers import a_record
from tests.ui.dashboard.helpers import NOW, FakeSources, live, view_of
from ui.dashboard.snapshot import LOADING_FRESH_SECONDS, MAX_FRESH_SECONDS, LogState
from ui.dashboard.snapshots import KEPT_SECONDS, MAX_SNAPSHOTS, Snapshots
from ui.view.state import ViewState


class Timer:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def snapshots_of(sources: FakeSources, timer: Timer | None = None) -> Snapshots:
    """Return the cache of a log that can be written, at a time that stands still."""
    return Snapshots(sources, LogState, lambda: NOW, timer or Timer())


def test_a_fresh_snapshot_is_shared() -> None:
    """Pages that show the same source and time range share a snapshot, and the source is read once."""
    sources = live(a_record())
    snapshots = snapshots_of(sources)
    first = snapshots.of(ViewState(range="all"))
    sources.show(a_record(), a_record(1))
    assert snapshots.of(ViewState(range="all", page=2)) is first
    assert sources.reads == 1


def test_a_snapshot_is_replaced_only_when_something_has_changed() -> None:
    """A snapshot that is no longer fresh stays while the source is the same; new records make a new one."""
    sources, timer = live(a_record()), Timer()
    snapshots = snapshots_of(sources, timer)
    first = snapshots.of(ViewState(range="all"))
    timer.now += MAX_FRESH_SECONDS
    assert snapshots.of(ViewState(range="all")) is first
    sources.show(a_record(), a_record(1))
    timer.now += MAX_FRESH_SECONDS
    second = snapshots.of(ViewState(range="all"))
    assert second.serial > first.serial
    assert len(second.view.frame) == 2


def test_a_file_that_was_read_is_shown_at_once() -> None:
    """While a file is on its way its snapshot is soon replaced, and at once when it has been read."""
    sources, timer = live(a_record()), Timer()
    sources.views["upload:1"] = view_of(loading=True, progress=0.0)
    snapshots, state = snapshots_of(sources, timer), ViewState(source="upload:1", range="all")
    first = snapshots.of(state)
    assert snapshots.of(state) is first
    sources.views["upload:1"] = view_of(loading=True, progress=0.5, version=1)
    assert snapshots.of(state) is first
    timer.now += LOADING_FRESH_SECONDS
    second = snapshots.of(state)
    assert second.view.progress == 0.5
    sources.views["upload:1"] = view_of(a_record(), version=2)
    assert len(snapshots.of(state).view.frame) == 1


def test_names_for_fields_make_another_view_of_a_source() -> None:
    """A file that is read with a mapping has a snapshot beside the one of the file as it is."""
    sources = live(a_record())
    sources.views |= {"upload:1": view_of(), "upload:1?map=a=label": view_of(a_record())}
    snapshots = snapshots_of(sources)
    assert len(snapshots.of(ViewState(source="upload:1")).view.frame) == 0
    assert len(snapshots.of(ViewState(source="upload:1", mapping="a=label")).view.frame) == 1
    assert len(snapshots.of(ViewState(source="upload:1")).view.frame) == 0


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


def test_large_selections_are_kept_in_a_smaller_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Selections are weighed: two of half the memory are kept, and one that takes more is kept alone."""
    monkeypatch.setattr("ui.dashboard.snapshots.MAX_BYTES", 16 * 8)
    sources = live(*(a_record(second) for second in range(8)))
    sources.views |= {f"upload:{number}": sources.views[LIVE] for number in range(5)}
    snapshots = snapshots_of(sources)
    for name in sources.views:
        snapshots.of(ViewState(source=name, range="all"))
    assert len(snapshots) == 2
    sources.views["upload:9"] = view_of(*(a_record(second) for second in range(100)))
    snapshots.of(ViewState(source="upload:9", range="all"))
    assert len(snapshots) == 1


def test_a_snapshot_nobody_requests_is_dropped() -> None:
    """A minute after its last request a snapshot gives its window's memory back."""
    sources, timer = live(a_record()), Timer()
    sources.views["upload:1"] = view_of(a_record())
    snapshots = snapshots_of(sources, timer)
    first = snapshots.of(ViewState())
    for _ in range(3):
        timer.now += KEPT_SECONDS - 1
        assert snapshots.of(ViewState()) is first
    timer.now += KEPT_SECONDS
    snapshots.of(ViewState(source="upload:1"))
    assert len(snapshots) == 1


def test_a_source_that_is_gone_is_unknown() -> None:
    """A source that was shown before and does not exist any more is an error once its snapshot is old."""
    sources, timer = FakeSources({LIVE: view_of(), "upload:1": view_of(a_record())}), Timer()
    snapshots = snapshots_of(sources, timer)
    snapshots.of(ViewState(source="upload:1"))
    timer.now += MAX_FRESH_SECONDS
    del sources.views["upload:1"]
    with pytest.raises(UnknownSourceError):
        snapshots.of(ViewState(source="upload:1"))
