"""A file on its way into memory."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from monitoring.reading.loaded_file import LoadedFile, ReadLimits
from monitoring.reading.log_reader import View
from monitoring.reading.whole_file import FileReading
from tests.monitoring.frames import seconds
from tests.monitoring.helpers import a_record, lines_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file of one record."""
    path = tmp_path / "a.log"
    path.write_bytes(lines_of(a_record(3)))
    return path


def read(file: LoadedFile) -> None:
    """Load a file to its end."""
    for _ in file.load():
        pass


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


def test_a_file_that_is_compressed_before_its_turn_is_read(path: Path) -> None:
    """Between a look at a rotated file and its loading, the archive may replace it by its compressed copy."""
    file = LoadedFile(path, 100)
    path.with_name("a.log.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    read(file)
    assert (seconds(file.view.frame), file.view.error) == ([3], None)


def test_files_are_shown_while_they_load(path: Path) -> None:
    """After each part there is a newer view, and the last one is whole."""
    path.write_bytes(lines_of(*(a_record(second) for second in range(2000))))
    shown: list[View] = []
    watched = partial(WatchedReading, on_part=lambda: shown.append(file.view))
    file: LoadedFile = LoadedFile(path, 5000, show_seconds=-1, new_reading=watched)
    shown.append(file.view)
    read(file)
    assert len(file.view.frame) == 2000
    assert [view.loading for view in (*shown, file.view)] == [True] * len(shown) + [False]
    versions = [view.version for view in (*shown, file.view)]
    assert versions == sorted(versions)
    assert versions[0] == 0
    assert shown[-1].progress


def test_a_file_that_is_given_up_is_not_read_further(path: Path) -> None:
    """After `stop()` the loading ends soon, without an error."""
    file = LoadedFile(path, 5000)
    file.stop()
    read(file)
    assert (file.view.loading, file.view.error) == (True, None)


def test_a_file_that_takes_too_long_says_so(path: Path) -> None:
    """Lines that take endless processor time end with an error; what was read until then is shown."""
    path.write_bytes(lines_of(*(a_record(second) for second in range(5000))))
    ticks = count()
    file = LoadedFile(path, 5000, limits=ReadLimits(1 << 30, 2.5), cpu_timer=lambda: next(ticks))
    read(file)
    assert not file.view.loading
    assert file.view.error == "OSError: reading it takes more than 2.5 s of a processor"
    assert 0 < len(file.view.frame) < 5000
