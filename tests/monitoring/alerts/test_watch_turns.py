"""Several processes with one log."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from monitoring.alerts.watching.turn import SETTLE_SECONDS, STOPPED_SECONDS, TRY_SECONDS, Turn
from tests.monitoring.alerts.watched import FAILED, Watched
from tests.monitoring.helpers import MOMENT, a_record

FIRED = ("alert.fired", "failing_task")
RESOLVED = ("alert.resolved", "failing_task")


class Process(Watched):
    """A process that writes the alerts that it tells into the log, as the app does."""

    def __init__(self, folder: Path) -> None:
        self.seconds = 0.0
        turn = Turn(folder / "lock", lambda: self.seconds)
        super().__init__(folder, MOMENT + 100, turn=turn)
        self.heard: list[str] = []
        self.watch.add_sink(lambda record: self.write(a_record(110, **record)))
        self.watch.add_listener(lambda record: self.heard.append(record["event"]))
        self.live.start()

    def wait(self) -> None:
        """Let the time pass after which a free lock is taken, and its turn comes with the next look."""
        self.seconds += TRY_SECONDS
        self.watch.poll()
        self.seconds += SETTLE_SECONDS

    def stop(self) -> None:
        """End as an app does."""
        with suppress(RuntimeError):  # Its thread never ran.
            self.watch.stop()
        self.live.stop()


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[list[Process]]:
    """Two processes; the first one has its turn."""
    found = [Process(tmp_path), Process(tmp_path)]
    for process in found:
        process.look(0)
    yield found
    for process in found:
        process.stop()


def failures(begin: float) -> list[dict[str, object]]:
    """Return three failures."""
    return [a_record(begin + n, **FAILED) for n in range(3)]


def test_an_alert_is_told_once(processes: list[Process]) -> None:
    """By one of the processes; the other one knows of it by its record, and so do its listeners."""
    first, second = processes
    first.write(*failures(101))
    assert first.look(3) == [FIRED]
    assert second.look(4) == []
    assert first.watch.firing == second.watch.firing == {("failing_task", "sentiment")}
    assert first.heard == second.heard == ["alert.fired"]


def test_another_process_goes_on_where_the_first_one_ends(processes: list[Process]) -> None:
    """What was told is not told again; what comes after it is."""
    first, second = processes
    first.write(*failures(101))
    first.look(3)
    second.look(4)
    first.stop()
    second.wait()
    assert second.look(4) == []
    second.write(a_record(120, task_type="sentiment"))
    assert second.look(5) == [RESOLVED]


def test_what_the_first_one_told_last_is_not_told_again(processes: list[Process]) -> None:
    """Also where its record is read only after the lock was free."""
    first, second = processes
    second.look(0)
    first.write(*failures(101))
    first.look(3)
    first.stop()
    second.wait()
    assert second.look(4) == []
    assert second.watch.firing == {("failing_task", "sentiment")}


def test_failures_before_and_after_the_change_add_up(processes: list[Process]) -> None:
    """The process that waited has seen all records."""
    first, second = processes
    first.write(*failures(101)[:2])
    assert first.look(2) == []
    second.look(2)
    first.stop()
    second.wait()
    assert second.look(2) == []
    second.write(a_record(120, **FAILED))
    assert second.look(3) == [FIRED]


def test_what_happened_between_two_turns_is_told(processes: list[Process]) -> None:
    """A fault that nobody told, as the process whose turn it was had ended, is told by the next one, once."""
    first, second = processes
    first.stop()
    first.write(a_record(101, task_type="chat", ttft_ms=9000.0))
    assert second.look(1) == []
    second.wait()
    assert second.look(1) == [("alert.fired", "slow_request")]
    assert second.look(2) == []


def test_a_stopped_process_is_followed_and_then_waits(processes: list[Process]) -> None:
    """What happens meanwhile is told by the other one, once; the first one knows it when it goes on."""
    first, second = processes
    second.seconds += STOPPED_SECONDS
    assert second.look(0) == []
    second.write(*failures(101))
    assert second.look(3) == [FIRED]
    first.seconds += STOPPED_SECONDS
    first.now = second.now = MOMENT + 140
    assert first.look(4) == []
    assert first.watch.firing == {("failing_task", "sentiment")}
    first.write(a_record(141, task_type="sentiment"))
    assert first.look(5) == []
    assert second.look(5) == [RESOLVED]
    second.stop()
    first.wait()
    first.write(*failures(150))
    assert first.look(9) == [FIRED]
