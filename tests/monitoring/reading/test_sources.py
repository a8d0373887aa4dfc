"""What can be looked at: the live log, rotated files, uploads."""

import gzip
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitoring.config import MonitoringConfig
from monitoring.reading.live_log import LiveLog
from monitoring.reading.loaded_file import LoadedFile, ReadLimits
from monitoring.reading.log_reader import View
from monitoring.reading.sources import (
    LIVE,
    LOOKED_AT_SECONDS,
    MAX_FILES,
    MAX_LISTED,
    MAX_OWN_UPLOADS,
    MAX_UPLOADS,
    UNUSED_SECONDS,
    Sources,
    UnknownSourceError,
    UploadsFullError,
)
from monitoring.record.timestamps import seconds_of
from tests.monitoring.frames import seconds
from tests.monitoring.helpers import a_record, lines_of, wait_until

ME, OTHER = "me", "another"
OLD, NEWER = "qwen-2023-11-13T22-13-20.000Z.log", "qwen-2023-11-14T22-13-20.000Z.log"


@pytest.fixture
def folder(config: MonitoringConfig) -> Path:
    """Return the log's folder, with a file that is written to and two rotated ones, one compressed."""
    config.log_dir.mkdir()
    config.log_path.write_bytes(lines_of(a_record(9)))
    (config.log_dir / f"{OLD}.gz").write_bytes(gzip.compress(lines_of(a_record(1), a_record(2))))
    (config.log_dir / NEWER).write_bytes(lines_of(a_record(3)))
    return config.log_dir


@pytest.fixture
def live(config: MonitoringConfig) -> LiveLog:
    """Return a reader of the log that is not started."""
    return LiveLog(config)


@pytest.fixture
def sources(config: MonitoringConfig, live: LiveLog, folder: Path) -> Iterator[Sources]:
    """Return the sources, and close them at the end."""
    sources = Sources(live, config)
    yield sources
    sources.close()


def loaded(sources: Sources, name: str) -> View:
    """Return the view of a source once it is there."""
    wait_until(lambda: not sources.view(name).loading)
    return sources.view(name)


def upload(sources: Sources, data: bytes, owner: str = ME) -> tuple[Path, str]:
    """Send a file; return where it stood, and the name of the source."""
    path = sources.new_upload(owner)
    path.write_bytes(data)
    return path, sources.take_upload(path)


def uploads_of(sources: Sources, owner: str, count: int) -> list[str]:
    """Send so many files; return the names of the sources."""
    return [upload(sources, lines_of(a_record(second)), owner)[1] for second in range(count)]


def is_there(sources: Sources, name: str) -> bool:
    """Tell whether an upload can still be looked at."""
    try:
        sources.view(name)
    except UnknownSourceError:
        return False
    return True


class Timer:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class HeldFile(LoadedFile):
    """A file that loads when it may, and counts how many files load at once."""

    go_on = threading.Event()
    running = 0
    most = 0

    def load(self) -> Iterator[None]:
        """Count, wait, load."""
        HeldFile.running += 1
        HeldFile.most = max(HeldFile.most, HeldFile.running)
        self.go_on.wait(20)
        yield from super().load()
        HeldFile.running -= 1


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[HeldFile]]:
    """Return files that load when they may; at the end they do."""
    monkeypatch.setattr(HeldFile, "go_on", threading.Event())
    monkeypatch.setattr(HeldFile, "running", 0)
    monkeypatch.setattr(HeldFile, "most", 0)
    yield HeldFile
    HeldFile.go_on.set()


def test_sources_are_listed_the_newest_first(sources: Sources) -> None:
    """The live log, then the rotated files, called the same when they are compressed; no uploads."""
    upload(sources, b"")
    assert sources.names() == ["live", f"file:{NEWER}", f"file:{OLD}"]


def test_of_many_files_a_few_are_listed(sources: Sources, folder: Path) -> None:
    """The newest, or those around a moment; every other one can be looked at all the same."""
    names = [f"qwen-2024-01-{day:02d}T00-00-00.000Z.log" for day in range(1, 32)]
    for name in names:
        (folder / name).write_bytes(lines_of(a_record(5)))
    listed = [f"file:{name}" for name in reversed(names)]
    assert sources.names() == ["live", *listed[:MAX_LISTED]]
    (*_, around) = sources.names(seconds_of("2024-01-10T12:00:00Z"))
    assert around == f"file:{names[10 - MAX_LISTED // 2]}"
    assert len(sources.names(0.0)) == 1 + MAX_LISTED
    assert seconds(loaded(sources, listed[-1]).frame) == [5]


def test_the_live_log_is_the_readers(sources: Sources, live: LiveLog) -> None:
    """The view of the live log is the one that its reader has."""
    assert sources.view(LIVE) is live.view()


def test_a_log_without_a_folder_has_just_the_live_source(config: MonitoringConfig, live: LiveLog) -> None:
    """A folder that is not there yet is no error."""
    assert Sources(live, config).names() == ["live"]


def test_a_rotated_file_loads_when_it_is_looked_at(sources: Sources) -> None:
    """Each rotated file, compressed or not, has its records, and later looks get the same view."""
    assert seconds(loaded(sources, f"file:{NEWER}").frame) == [3]
    view = loaded(sources, f"file:{OLD}")
    assert seconds(view.frame) == [1, 2]
    assert (view.error, view.progress) == (None, None)
    assert view.version > 0
    assert sources.view(f"file:{OLD}") is view


def test_a_file_keeps_its_name_when_it_is_compressed(sources: Sources, folder: Path) -> None:
    """An address of a rotated file holds before and after its compression."""
    data = (folder / NEWER).read_bytes()
    (folder / f"{NEWER}.gz").write_bytes(gzip.compress(data))
    (folder / NEWER).unlink()
    assert sources.names()[1] == f"file:{NEWER}"
    assert seconds(loaded(sources, f"file:{NEWER}").frame) == [3]


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


@pytest.mark.parametrize(
    "name",
    [
        "",
        "file:",
        "file:qwen.log",
        "file:../qwen.log",
        f"file:{OLD}.gz",
        f"file:/{NEWER}",
        NEWER,
        "upload:" + "0" * 32,
        f"upload:{NEWER}",
        "upload:../../etc/passwd",
        "LIVE",
    ],
)
def test_what_is_no_source_is_refused(sources: Sources, name: str) -> None:
    """Only the names that are listed and those of uploads can be looked at, no other file."""
    with pytest.raises(UnknownSourceError):
        sources.view(name)


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


@pytest.fixture
def rotated(folder: Path) -> list[str]:
    """Return the names of more rotated files than are kept in memory."""
    names = [f"qwen-2023-12-0{day}T00-00-00.000Z.log" for day in range(1, MAX_FILES + 2)]
    for second, name in enumerate(names):
        (folder / name).write_bytes(lines_of(a_record(second)))
    return [f"file:{name}" for name in names]


def test_files_that_are_looked_at_are_not_pushed_out(
    config: MonitoringConfig, live: LiveLog, rotated: list[str]
) -> None:
    """Four files looked at in turn are not loaded again and again: three stay, and the fourth waits."""
    timer, begun = Timer(), []

    def counted(path: Path, *arguments: Any) -> LoadedFile:
        begun.append(path.name)
        return LoadedFile(path, *arguments)

    sources = Sources(live, config, counted, timer)
    for _ in range(50):
        for name in rotated:
            sources.view(name)
            timer.now += 2
    assert len(begun) == MAX_FILES
    waiting = sources.view(rotated[-1])
    assert (waiting.loading, waiting.progress, waiting.error, len(waiting.frame)) == (True, 0.0, None, 0)
    sources.close()


def test_a_file_that_nobody_looks_at_makes_room(
    config: MonitoringConfig, live: LiveLog, rotated: list[str]
) -> None:
    """Once a file is not looked at for a while, another one takes its place; later it loads again."""
    timer = Timer()
    sources = Sources(live, config, timer=timer)
    *first, last = rotated
    for name in first:
        loaded(sources, name)
    assert len(sources.view(last).frame) == 0
    timer.now += LOOKED_AT_SECONDS
    for name in first[1:]:
        sources.view(name)
    assert seconds(loaded(sources, last).frame) == [MAX_FILES]
    assert {name for name, _ in sources._kept} == {*first[1:], last}
    timer.now += LOOKED_AT_SECONDS
    assert seconds(loaded(sources, first[0]).frame) == [0]
    sources.close()


def test_a_file_that_fails_says_why_without_its_path(folder: Path) -> None:
    """Visitors are told the kind of the error, not where the log stands."""
    (folder / NEWER).unlink()
    (folder / NEWER).mkdir()
    file = LoadedFile(folder / NEWER, 10)
    for _ in file.load():
        pass
    view = file.view
    assert view.error == "IsADirectoryError: Is a directory"
    assert len(view.frame) == 0


def test_the_names_of_another_program_are_read_in_each_source(config: MonitoringConfig) -> None:
    """LOG_MAP holds for the live log, for rotated files and for uploads."""
    config = config.model_copy(update={"log_map": {"latency": "response_time_ms"}})
    config.log_dir.mkdir()
    line = b'{"timestamp":"2026-03-01T00:00:00Z","task_type":"embed","latency":12.5}\n'
    for path in (config.log_path, config.log_dir / NEWER):
        path.write_bytes(line)
    live = LiveLog(config, poll_seconds=0.01)
    sources = Sources(live, config)
    live.start()
    wait_until(lambda: len(live.view().frame) == 2)
    for view in (live.view(), loaded(sources, f"file:{NEWER}"), loaded(sources, upload(sources, line)[1])):
        assert set(view.frame["response_time_ms"]) == {12.5}
    live.stop()
    sources.close()


def test_an_upload_with_too_much_text_says_so(config: MonitoringConfig, live: LiveLog) -> None:
    """A small file of endless text ends with an error, and its file goes with it."""
    sources = Sources(live, config, upload_limits=ReadLimits(1 << 20, 60))
    path, name = upload(sources, gzip.compress(b"\n" * (2 << 20)))
    assert "it unpacks to more than 1 MiB of text" in str(loaded(sources, name).error)
    sources.drop_uploads(ME)
    assert not path.exists()
    sources.close()


def test_only_one_file_loads_at_a_time(config: MonitoringConfig, live: LiveLog, held: type[HeldFile]) -> None:
    """A second file waits for its turn, so that the model keeps its processors."""
    sources = Sources(live, config, held)
    names = [upload(sources, lines_of(a_record(second)))[1] for second in range(2)]
    wait_until(lambda: HeldFile.running)
    assert all(sources.view(name).loading for name in names)
    HeldFile.go_on.set()
    for second, name in enumerate(names):
        assert seconds(loaded(sources, name).frame) == [second]
    assert HeldFile.most == 1
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
