"""Files that are sent to the page: whose they are, how many are kept, and when they go."""

import gzip
import shutil
from pathlib import Path

import pytest

from monitoring.config import MonitoringConfig
from monitoring.reading.live_log import LiveLog
from monitoring.reading.loaded_file import ReadLimits
from monitoring.reading.sources import (
    MAX_OWN_UPLOADS,
    MAX_UPLOADS,
    UNUSED_SECONDS,
    Sources,
    UploadsFullError,
)
from tests.monitoring.frames import seconds
from tests.monitoring.helpers import a_record, lines_of, wait_until
from tests.monitoring.reading.sources_helpers import (
    ME,
    OLD,
    OTHER,
    HeldFile,
    Timer,
    is_there,
    loaded,
    upload,
    uploads_of,
)


@pytest.mark.parametrize("compressed", [False, True])
def test_an_upload_loads_and_its_file_goes_with_it(sources: Sources, compressed: bool) -> None:
    """It stays on the disk, where another mapping reads it again, until it is dropped."""
    data = lines_of(a_record(4), a_record(5))
    path, name = upload(sources, gzip.compress(data) if compressed else data)
    assert name == f"upload:{path.name}"
    assert seconds(loaded(sources, name).frame) == [4, 5]
    assert list(path.parent.iterdir()) == [path]
    sources.drop_uploads(ME)
    assert list(path.parent.iterdir()) == []
    assert not is_there(sources, name)


def test_uploads_cannot_be_guessed_nor_mixed_up(sources: Sources) -> None:
    """Each upload has a long name of its own."""
    paths = set()
    for _ in range(100):
        paths.add(path := sources.new_upload(ME))
        sources.give_up_upload(path)
    assert {len(path.name) for path in paths} == {32}
    assert len(paths) == 100
    assert len({path.parent for path in paths}) == 1


def test_of_ones_own_uploads_the_one_not_looked_at_for_longest_goes(sources: Sources) -> None:
    """Of one upload too many, that which was looked at least recently is forgotten, not the oldest."""
    names = uploads_of(sources, ME, MAX_OWN_UPLOADS)
    for name in names:
        loaded(sources, name)
    sources.view(names[0])
    newest = upload(sources, lines_of(a_record(99)))[1]
    assert [is_there(sources, name) for name in names] == [True, False, *[True] * (MAX_OWN_UPLOADS - 2)]
    assert seconds(loaded(sources, newest).frame) == [99]


def test_ones_uploads_push_out_only_ones_own(sources: Sources) -> None:
    """However many files somebody uploads, those of others stay, and so do rotated files."""
    mine = uploads_of(sources, ME, 1)[0]
    loaded(sources, f"file:{OLD}")
    uploads_of(sources, OTHER, 5 * MAX_UPLOADS)
    assert is_there(sources, mine)
    assert not sources.view(f"file:{OLD}").loading
    others = [name for name in sources._kept if sources._kept[name].owner == OTHER]
    assert len(others) == MAX_OWN_UPLOADS


def test_all_uploads_together_are_bounded(sources: Sources) -> None:
    """Where others have all places, somebody new is refused, and whoever has one may replace it."""
    names = [uploads_of(sources, f"owner {number}", 1)[0] for number in range(MAX_UPLOADS)]
    with pytest.raises(UploadsFullError):
        sources.new_upload(ME)
    again = upload(sources, b"{}\n", "owner 0")[1]
    assert [is_there(sources, name) for name in names] == [False, *[True] * (MAX_UPLOADS - 1)]
    assert is_there(sources, again)
    sources.drop_uploads("owner 1")
    assert is_there(sources, uploads_of(sources, ME, 1)[0])


def test_uploads_on_their_way_count(sources: Sources) -> None:
    """Two cannot both come for one last place; one that is given up leaves it."""
    for number in range(MAX_UPLOADS - 1):
        uploads_of(sources, f"owner {number}", 1)
    coming = sources.new_upload(OTHER)
    with pytest.raises(UploadsFullError):
        sources.new_upload(ME)
    sources.give_up_upload(coming)
    assert sources.new_upload(ME)


def test_an_upload_goes_with_its_owners_session(sources: Sources) -> None:
    """Whoever signs out leaves nothing; others keep theirs."""
    mine, other = uploads_of(sources, ME, 2), uploads_of(sources, OTHER, 1)
    sources.drop_uploads(ME)
    assert [is_there(sources, name) for name in (*mine, *other)] == [False, False, True]


def test_what_nobody_looks_at_for_an_hour_goes(config: MonitoringConfig, live: LiveLog, folder: Path) -> None:
    """Each look counts; memory and disk are free after an hour without one."""
    timer = Timer()
    sources = Sources(live, config, timer=timer)
    looked_at, forgotten = uploads_of(sources, ME, 2)
    sources.view(f"file:{OLD}")
    timer.now += UNUSED_SECONDS - 1
    sources.view(looked_at)
    sources.drop_unused()
    assert is_there(sources, looked_at)
    timer.now += 1
    sources.drop_unused()
    assert [is_there(sources, name) for name in (looked_at, forgotten)] == [True, False]
    assert set(sources._kept) == {(looked_at, "")}
    sources.close()


def test_an_upload_that_goes_leaves_the_disk_at_once(
    config: MonitoringConfig, live: LiveLog, held: type[HeldFile]
) -> None:
    """Even while a slow file loads, files that wait or load leave disk and memory when they are given up."""
    sources = Sources(live, config, held)
    paths = [upload(sources, lines_of(a_record(second)))[0] for second in range(10)]
    wait_until(lambda: held.running)
    assert [path.exists() for path in paths] == [False] * 7 + [True] * 3
    assert len(sources._loader._waiting) == MAX_OWN_UPLOADS
    sources.drop_uploads(ME)
    assert not any(path.exists() for path in paths)
    assert len(sources._loader._waiting) == 0
    held.go_on.set()
    assert seconds(loaded(sources, uploads_of(sources, ME, 1)[0]).frame) == [0]
    sources.close()


def test_an_upload_that_cannot_be_removed_stops_nothing(sources: Sources) -> None:
    """The system's refusal is nobody's business: the next file loads, and the owner may sign out."""
    path = sources.new_upload(ME)
    path.mkdir()  # A folder is not removed as a file is.
    assert loaded(sources, sources.take_upload(path)).error == "IsADirectoryError: Is a directory"
    assert seconds(loaded(sources, uploads_of(sources, ME, 1)[0]).frame) == [0]
    sources.drop_uploads(ME)
    assert path.exists()
    sources.close()
    assert not path.parent.exists()


def test_uploads_survive_a_cleaner_of_temporary_files(sources: Sources) -> None:
    """What is in memory is shown on, and the next upload finds a folder."""
    path, name = upload(sources, lines_of(a_record(5)))
    assert seconds(loaded(sources, name).frame) == [5]
    shutil.rmtree(path.parent)
    assert seconds(loaded(sources, uploads_of(sources, ME, 1)[0]).frame) == [0]
    assert seconds(sources.view(name).frame) == [5]


def test_an_upload_with_too_much_text_says_so(config: MonitoringConfig, live: LiveLog) -> None:
    """A small file of endless text ends with an error, and its file goes with it."""
    sources = Sources(live, config, upload_limits=ReadLimits(1 << 20, 60))
    path, name = upload(sources, gzip.compress(b"\n" * (2 << 20)))
    assert "it unpacks to more than 1 MiB of text" in str(loaded(sources, name).error)
    sources.drop_uploads(ME)
    assert not path.exists()
    sources.close()


def test_closing_removes_the_uploads(sources: Sources) -> None:
    """No folder stays behind, and nothing that was loaded; a second call does nothing."""
    path, name = upload(sources, lines_of(a_record()))
    waiting = sources.new_upload(ME)
    waiting.write_bytes(b"never taken")
    sources.close()
    assert not path.parent.exists()
    assert not is_there(sources, name)
    sources.close()
