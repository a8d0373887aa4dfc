"""What can be looked at: the live log, rotated files, uploads."""

import gzip
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from monitoring.config import MonitoringConfig
from monitoring.reading.live_log import LiveLog
from monitoring.reading.log_reader import View
from monitoring.reading.sources import LIVE, MAX_LOADED, LoadedFile, Sources, UnknownSourceError
from monitoring.reading.whole_file import FileReading
from tests.monitoring.frames import seconds
from tests.monitoring.helpers import a_record, lines_of, wait_until

OLD, NEWER = "qwen-20231113T221320Z.log", "qwen-20231114T221320Z.log"


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


def upload(sources: Sources, data: bytes) -> tuple[Path, str]:
    """Send a file; return where it stood, and the name of the source."""
    path = sources.new_upload()
    path.write_bytes(data)
    return path, sources.take_upload(path)


def is_there(sources: Sources, name: str) -> bool:
    """Tell whether an upload can still be looked at."""
    try:
        sources.view(name)
    except UnknownSourceError:
        return False
    return True


class WatchedReading(FileReading):
    """A reading that calls `on_part` after the loader has handled each part."""

    def __init__(
        self,
        path: Path,
        capacity: int,
        max_bytes: int,
        mapping: Mapping[str, str],
        on_part: Callable[[], None],
    ) -> None:
        super().__init__(path, capacity, max_bytes, mapping)
        self._on_part = on_part

    def load(self) -> Iterator[None]:
        """Load, and call."""
        for _ in super().load():
            yield
            self._on_part()


class HeldFile(LoadedFile):
    """A file that loads when it may, and counts how many files load at once."""

    go_on = threading.Event()
    running = 0
    most = 0

    def load(self) -> None:
        """Count, wait, load."""
        HeldFile.running += 1
        HeldFile.most = max(HeldFile.most, HeldFile.running)
        self.go_on.wait(20)
        super().load()
        HeldFile.running -= 1


def test_sources_are_listed_the_newest_first(sources: Sources) -> None:
    """The live log, then the rotated files, called the same when they are compressed; no uploads."""
    upload(sources, b"")
    assert sources.names() == ["live", f"file:{NEWER}", f"file:{OLD}"]


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


def test_a_file_that_is_compressed_before_its_turn_is_read(folder: Path) -> None:
    """Between a look at a rotated file and its loading, the archive may replace it by its compressed copy."""
    file = LoadedFile(folder / NEWER, 100)
    (folder / f"{NEWER}.gz").write_bytes(gzip.compress((folder / NEWER).read_bytes()))
    (folder / NEWER).unlink()
    file.load()
    assert (seconds(file.view.frame), file.view.error) == ([3], None)


@pytest.mark.parametrize("compressed", [False, True])
def test_an_upload_loads_and_its_file_goes(sources: Sources, compressed: bool) -> None:
    """An uploaded file is shown from memory; nothing of it stays on the disk."""
    data = lines_of(a_record(4), a_record(5))
    path, name = upload(sources, gzip.compress(data) if compressed else data)
    assert name == f"upload:{path.name}"
    assert seconds(loaded(sources, name).frame) == [4, 5]
    wait_until(lambda: not path.exists())
    assert list(path.parent.iterdir()) == []
    assert seconds(sources.view(name).frame) == [4, 5]


def test_uploads_cannot_be_guessed_nor_mixed_up(sources: Sources) -> None:
    """Each upload has a long name of its own."""
    paths = {sources.new_upload() for _ in range(100)}
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


def test_the_one_that_was_not_looked_at_for_longest_goes(sources: Sources) -> None:
    """Of one file too many, that which was looked at least recently is forgotten, not the oldest."""
    names = [upload(sources, lines_of(a_record(second)))[1] for second in range(MAX_LOADED)]
    for name in names:
        loaded(sources, name)
    sources.view(names[0])
    newest = upload(sources, lines_of(a_record(99)))[1]
    assert [is_there(sources, name) for name in names] == [True, False, *[True] * (MAX_LOADED - 2)]
    assert seconds(loaded(sources, newest).frame) == [99]


def test_a_rotated_file_that_went_is_loaded_again(sources: Sources) -> None:
    """Unlike an upload, it still stands on the disk."""
    loaded(sources, f"file:{OLD}")
    for second in range(MAX_LOADED):
        loaded(sources, upload(sources, lines_of(a_record(second)))[1])
    assert seconds(loaded(sources, f"file:{OLD}").frame) == [1, 2]


def test_a_file_that_fails_says_why_without_its_path(sources: Sources, folder: Path) -> None:
    """Visitors are told the kind of the error, not where the log stands."""
    (folder / NEWER).unlink()
    (folder / NEWER).mkdir()  # It can be listed, but not read.
    view = loaded(sources, f"file:{NEWER}")
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


def test_a_file_with_too_much_text_says_so(config: MonitoringConfig, live: LiveLog) -> None:
    """A small file of endless text ends with an error, and its file is removed too."""
    sources = Sources(live, config, partial(LoadedFile, max_text_bytes=1 << 20))
    path, name = upload(sources, gzip.compress(b"\n" * (2 << 20)))
    assert loaded(sources, name).error == "OSError: it holds more than 1 MiB of text"
    wait_until(lambda: not path.exists())
    sources.close()


def test_files_are_shown_while_they_load(folder: Path) -> None:
    """After each part there is a newer view, and the last one is whole."""
    (folder / NEWER).write_bytes(lines_of(*(a_record(second) for second in range(2000))))
    shown: list[View] = []
    watched = partial(WatchedReading, on_part=lambda: shown.append(file.view))
    file: LoadedFile = LoadedFile(folder / NEWER, 5000, show_seconds=-1, new_reading=watched)
    shown.append(file.view)
    file.load()
    assert len(file.view.frame) == 2000
    assert [view.loading for view in (*shown, file.view)] == [True] * len(shown) + [False]
    versions = [view.version for view in (*shown, file.view)]
    assert versions == sorted(versions)
    assert versions[0] == 0
    assert shown[-1].progress


def test_a_file_that_is_given_up_is_not_read_further(folder: Path) -> None:
    """After `stop()` the loading ends soon, without an error."""
    file = LoadedFile(folder / NEWER, 5000)
    file.stop()
    file.load()
    assert (file.view.loading, file.view.error) == (True, None)


def test_only_one_file_loads_at_a_time(config: MonitoringConfig, live: LiveLog) -> None:
    """A second file waits for its turn, so that the model keeps its processors."""
    sources = Sources(live, config, HeldFile)
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
    waiting = sources.new_upload()
    waiting.write_bytes(b"never taken")
    sources.close()
    assert not path.parent.exists()
    assert not is_there(sources, name)
    sources.close()
