"""What can be looked at: the live log, and rotated files."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from monitoring.config import MonitoringConfig
from monitoring.reading.live_log import LiveLog
from monitoring.reading.loaded_file import LoadedFile
from monitoring.reading.sources import (
    LIVE,
    LOOKED_AT_SECONDS,
    MAX_FILES,
    MAX_LISTED,
    Sources,
    UnknownSourceError,
)
from monitoring.record.timestamps import seconds_of
from tests.monitoring.frames import seconds
from tests.monitoring.helpers import a_record, lines_of, wait_until
from tests.monitoring.reading.sources_helpers import (
    NEWER,
    OLD,
    HeldFile,
    Timer,
    loaded,
    upload,
)


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
