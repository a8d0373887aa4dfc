"""Clocks that jump."""

import time

import pytest

from monitoring.alerts.watching.clock_jumps import LEAST_SECONDS, ClockJumps, Jump

YEAR = 365.0 * 86400


class Clocks:
    """Three clocks that go on as a test says."""

    def __init__(self) -> None:
        self.wall, self.steady, self.boot = 1_700_000_000.0, 5000.0, 6000.0
        self.jumps = ClockJumps(lambda: self.wall, lambda: self.steady, lambda: self.boot)

    def after(self, seconds: float, jump: float = 0.0, suspended: float = 0.0) -> Jump | None:
        """Return what is noticed after so many seconds, a jump, and a time of sleep."""
        self.steady += seconds
        self.boot += seconds + suspended
        self.wall += seconds + suspended + jump
        return self.jumps.look()


def test_clocks_that_go_on_alike_say_nothing() -> None:
    """Nor does one that is a little too fast, however long that lasts."""
    clocks = Clocks()
    assert [clocks.after(0.25, jump=LEAST_SECONDS / 2) for _ in range(50)] == [None] * 50
    assert clocks.after(10 * YEAR) is None


@pytest.mark.parametrize("seconds", [3600.0, YEAR, -3600.0, -YEAR, LEAST_SECONDS])
def test_a_jump_is_noticed_once(seconds: float) -> None:
    """Forward and back, whatever its size; the next look begins at the new time."""
    clocks = Clocks()
    jump = clocks.after(0.25, jump=seconds)
    assert jump == Jump(seconds, 0.0)
    assert f"the clock jumped by {seconds:+,.0f} s" in jump.message
    assert clocks.after(0.25) is None


def test_a_suspended_machine_is_no_jump_of_the_clock() -> None:
    """It is told as what it is; where the clock was set meanwhile, both are told."""
    clocks = Clocks()
    slept = clocks.after(0.25, suspended=1800)
    assert slept == Jump(1800, 1800)
    assert "suspended for 1,800 s" in slept.message
    assert "clock" not in slept.message
    both = clocks.after(0.25, suspended=1800, jump=-60)
    assert both == Jump(1740, 1800)
    assert "suspended for 1,800 s" in both.message
    assert "jumped by -60 s" in both.message


def test_a_reading_that_was_held_up_is_made_anew() -> None:
    """A process that is stopped between the readings of two clocks sees no jump."""
    clocks, stops = Clocks(), [0.0]

    def wall() -> float:
        found = clocks.wall
        stop = stops.pop() if stops else 0.0
        clocks.wall, clocks.steady = clocks.wall + stop, clocks.steady + stop
        return found

    jumps = ClockJumps(wall, lambda: clocks.steady, lambda: clocks.steady)
    stops.append(3600.0)
    assert jumps.look() is None
    assert jumps.look() is None


def test_the_clocks_of_this_machine_go_on_alike() -> None:
    """The system's own clocks are read, also where it has none that goes on in sleep."""
    assert ClockJumps().look() is None
    assert ClockJumps(time.time, time.monotonic, time.monotonic).look() is None
