"""Whose turn it is to evaluate the rules."""

import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from monitoring.alerts.watching.turn import (
    SETTLE_SECONDS,
    STOPPED_SECONDS,
    TRY_SECONDS,
    Turn,
    lock_beside,
)
from tests.monitoring.helpers import ROOT

HOLDER = """
import sys
from pathlib import Path
from monitoring.alerts.watching.turn import Turn
turn = Turn(Path(sys.argv[1]))
print(turn.is_ours(), flush=True)
input()
"""


class Process:
    """One process with the log; its clock goes on as a test says."""

    def __init__(self, lock: Path) -> None:
        self.now = 1000.0
        self.turn = Turn(lock, lambda: self.now)

    def after(self, seconds: float) -> bool:
        """Return whether it is its turn so many seconds later."""
        self.now += seconds
        return self.turn.is_ours()


def test_without_a_lock_it_is_always_our_turn() -> None:
    """A program that watches its own log asks nobody."""
    turn = Turn()
    assert turn.is_ours()
    turn.end()
    assert turn.is_ours()


def test_the_first_one_has_its_turn_at_once(tmp_path: Path) -> None:
    """Others wait until it ends, then one of them goes on when the last records of the first are read."""
    lock = lock_beside(tmp_path / "qwen.log")
    first, second, third = Process(lock), Process(lock), Process(lock)
    assert [each.turn.is_ours() for each in (first, second, third)] == [True, False, False]
    assert not second.after(TRY_SECONDS)
    first.turn.end()
    assert not second.after(TRY_SECONDS)
    assert not third.after(10 * TRY_SECONDS)
    assert second.after(SETTLE_SECONDS)
    assert second.after(1000)
    assert not third.after(1000)
    second.turn.end()


def test_the_lock_is_not_tried_with_each_look(tmp_path: Path) -> None:
    """Only each few seconds."""
    first, second = Process(tmp_path / "lock"), Process(tmp_path / "lock")
    assert first.turn.is_ours()
    assert not second.turn.is_ours()
    first.turn.end()
    assert not second.after(TRY_SECONDS / 2)
    assert not FileLock(tmp_path / "lock").is_locked
    with FileLock(tmp_path / "lock", timeout=0):
        pass


def test_a_process_that_is_killed_gives_its_turn_back(tmp_path: Path) -> None:
    """However it dies, another one goes on."""
    other = Process(tmp_path / "lock")
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "lock")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert not other.turn.is_ours()
        holder.kill()
    assert not other.after(TRY_SECONDS)
    assert other.after(SETTLE_SECONDS)
    other.turn.end()


def test_without_a_folder_it_is_nobodys_turn_yet(tmp_path: Path) -> None:
    """There is no log, and no folder is made for it."""
    process = Process(tmp_path / "logs" / "lock")
    assert not process.turn.is_ours()
    assert not (tmp_path / "logs").exists()
    (tmp_path / "logs").mkdir()
    assert process.turn.is_ours()
    process.turn.end()


def test_a_lock_that_cannot_be_made_stops_no_alerts(tmp_path: Path) -> None:
    """Then each process evaluates the rules."""
    (tmp_path / "lock").mkdir()
    assert Process(tmp_path / "lock").turn.is_ours()


def test_the_lock_is_for_its_owner_alone(tmp_path: Path) -> None:
    """As all files beside the log."""
    process = Process(tmp_path / "lock")
    assert process.turn.is_ours()
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
    process.turn.end()
    process.turn.end()


def test_a_stopped_process_loses_its_turn(tmp_path: Path) -> None:
    """It still holds the lock, but gives no sign of life; when it goes on, it finds that another one has."""
    first, second, third = (Process(tmp_path / "lock") for _ in range(3))
    assert [each.turn.is_ours() for each in (first, second, third)] == [True, False, False]
    assert not second.after(STOPPED_SECONDS - TRY_SECONDS)
    assert second.after(TRY_SECONDS)
    assert second.turn.is_taken
    assert not third.after(STOPPED_SECONDS)
    assert not first.after(TRY_SECONDS)
    assert second.after(TRY_SECONDS)
    assert not first.after(TRY_SECONDS)
    assert not third.after(TRY_SECONDS)
    second.turn.end()
    assert not third.after(TRY_SECONDS)
    assert third.after(SETTLE_SECONDS)
    assert not third.turn.is_taken
    third.turn.end()


def test_who_gives_signs_of_life_keeps_its_turn(tmp_path: Path) -> None:
    """However long others wait."""
    first, second = Process(tmp_path / "lock"), Process(tmp_path / "lock")
    assert first.turn.is_ours()
    for _ in range(50):
        assert first.after(TRY_SECONDS)
        assert not second.after(TRY_SECONDS)
    first.turn.end()


@pytest.mark.parametrize("beat", [None, b""])
def test_without_a_sign_of_life_nobody_is_taken_for_stopped(tmp_path: Path, beat: bytes | None) -> None:
    """A former version of this program holds the lock, and gives none."""
    with FileLock(tmp_path / "lock", timeout=0):
        if beat is not None:
            (tmp_path / "lock.turn").write_bytes(beat)
        process = Process(tmp_path / "lock")
        assert not any(process.after(STOPPED_SECONDS) for _ in range(5))


def test_a_sign_of_life_that_cannot_be_given_takes_no_turn(tmp_path: Path) -> None:
    """Otherwise two processes would go on as soon as the first one does."""
    first, second = Process(tmp_path / "lock"), Process(tmp_path / "lock")
    assert first.turn.is_ours()
    assert not second.turn.is_ours()
    (tmp_path / "lock.turn").unlink()
    (tmp_path / "lock.turn").mkdir()
    assert not any(second.after(STOPPED_SECONDS) for _ in range(5))
    first.turn.end()
