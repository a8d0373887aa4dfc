"""Files of a log are found by name and by time, in a folder that is listed now and then."""

from pathlib import Path

import pytest

from monitoring.reading import rotated_names
from monitoring.reading.rotated_names import KEPT_SECONDS, RotatedNames
from monitoring.record.timestamps import seconds_of
from monitoring.storage import paths

NAMES = [f"qwen-2026-01-{day:02d}T16-00-00.000Z.log" for day in range(1, 31)]


class Timer:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def timer() -> Timer:
    """Return a clock that stands still."""
    return Timer()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a log with a file for each day of a month, half of them compressed."""
    for place, name in enumerate(NAMES):
        (tmp_path / (name if place % 2 else f"{name}.gz")).touch()
    return tmp_path / "qwen.log"


@pytest.fixture
def names(path: Path, timer: Timer) -> RotatedNames:
    """Return the names of the files."""
    return RotatedNames(path, timer)


def test_the_newest_come_first(names: RotatedNames) -> None:
    """Compressed or not, a file has the name that it was put aside with; there may be fewer of them."""
    assert names.newest(3) == NAMES[:-4:-1]
    assert names.newest(100) == NAMES[::-1]


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        ("2026-01-10T16:00:00Z", range(8, 12)),
        ("2026-01-10T16:00:01Z", range(9, 13)),
        ("2026-01-10T08:00:00Z", range(8, 12)),
        ("2025-01-01T00:00:00Z", range(1, 5)),
        ("0001-01-01T00:00:00Z", range(1, 5)),
        ("2026-02-10T00:00:00Z", range(27, 31)),
        ("9999-12-31T23:59:59Z", range(27, 31)),
    ],
)
def test_files_are_found_by_time(names: RotatedNames, moment: str, days: range) -> None:
    """A file is named after its end, so the first name from the moment on holds it; others surround it."""
    assert names.around(seconds_of(moment), 4) == [NAMES[day - 1] for day in reversed(days)]
    assert names.around(seconds_of(moment), 100) == NAMES[::-1]


def test_a_log_without_files_has_no_names(tmp_path: Path, timer: Timer) -> None:
    """A folder that is not there yet is an empty one."""
    names = RotatedNames(tmp_path / "none" / "qwen.log", timer)
    assert (names.newest(3), names.around(0.0, 3), names.path_of(NAMES[0])) == ([], [], None)


def test_the_folder_is_listed_once_in_a_while(
    names: RotatedNames, path: Path, timer: Timer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many ask, the list is used for some seconds; then it shows what has come."""
    listed: list[Path] = []

    def rotated_files(log: Path) -> list[Path]:
        listed.append(log)
        return paths.rotated_files(log)

    monkeypatch.setattr(rotated_names, "rotated_files", rotated_files)
    for _ in range(100):
        names.newest(3)
        names.around(0.0, 3)
        assert names.path_of(NAMES[0]) == path.with_name(f"{NAMES[0]}.gz")
    assert listed == [path]
    new = "qwen-2026-02-01T16-00-00.000Z.log"
    path.with_name(new).touch()
    assert names.newest(1) == NAMES[-1:]
    timer.now += KEPT_SECONDS
    assert names.newest(1) == [new]


def test_a_file_is_found_before_it_is_listed(names: RotatedNames, path: Path) -> None:
    """One that has just come, or was just compressed, is found where it stands now."""
    assert names.newest(1) == NAMES[-1:]
    new = path.with_name("qwen-2026-02-01T16-00-00.000Z.log")
    new.touch()
    assert names.path_of(new.name) == new
    compressed = new.rename(f"{new}.gz")
    assert names.path_of(new.name) == compressed
    compressed.unlink()
    assert names.path_of(new.name) is None
