"""The tail across rotations that fall between its looks: nothing is lost or doubled."""

from pathlib import Path

import pytest

from monitoring import reader as reader_module
from monitoring.reader import LogTail
from monitoring.rotation import RotatingFile, rotated_files
from tests.monitoring.helpers import MOMENT, line, numbers


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the place of a log that is not there yet."""
    return tmp_path / "qwen.log"


def test_several_rotations_between_two_polls_lose_nothing(path: Path) -> None:
    """Files that were put aside between two polls are read in order, before the log itself."""
    file = RotatingFile(path, 1, 3600, 100)
    tail = LogTail(path)
    file.append(line(0), MOMENT)
    assert numbers(tail.poll()) == [0]
    for number in range(1, 6):
        file.append(line(number), MOMENT + number)
    assert numbers(tail.poll()) == [1, 2, 3, 4, 5]
    assert numbers(tail.poll()) == []


def test_a_rotation_after_history_loses_nothing(path: Path) -> None:
    """A file that was put aside between history() and the first poll() is read by the poll."""
    file = RotatingFile(path, 1, 3600, 100)
    for number in range(3):
        file.append(line(number), MOMENT + number)
    tail = LogTail(path)
    assert numbers(tail.history(100)) == [0, 1]
    file.append(line(3), MOMENT + 3)
    assert numbers(tail.poll()) == [2, 3]


def test_a_rotation_amid_history_loses_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that is put aside while the older files are being listed is read once, by the poll."""
    file = RotatingFile(path, 1, 3600, 100)
    for number in range(3):
        file.append(line(number), MOMENT + number)

    def rotate_and_list(log: Path) -> list[Path]:
        monkeypatch.undo()
        file.append(line(3), MOMENT + 3)
        return rotated_files(log)

    monkeypatch.setattr(reader_module, "rotated_files", rotate_and_list)
    tail = LogTail(path)
    assert numbers(tail.history(100)) == [0, 1]
    assert numbers(tail.poll()) == [2, 3]
