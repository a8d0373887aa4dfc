"""The time of the rules."""

import pytest

from monitoring.alerts.steady_time import TRANSIT_SECONDS, SteadyTime

NOW = 1000.0


def test_until_the_first_jump_it_is_the_wall_clock() -> None:
    """Nothing is changed."""
    time = SteadyTime()
    assert (time.ahead, time.of(NOW, NOW), time.of(5.0, NOW)) == (0.0, NOW, 5.0)


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 1e8, 20.0])
def test_a_jump_moves_no_record(jump: float) -> None:
    """What was written after it goes on where the time was; so does what was written just before."""
    time = SteadyTime()
    time.on_jump(jump, NOW)
    assert time.of(NOW + jump + 1, NOW) == pytest.approx(NOW + 1)
    assert time.of(NOW - 1, NOW) == pytest.approx(NOW - 1)
    assert time.ahead == jump


def test_long_after_a_jump_an_old_record_is_old() -> None:
    """Only what is read soon after it can have been written just before."""
    time = SteadyTime()
    time.on_jump(3600.0, NOW)
    later = NOW + TRANSIT_SECONDS
    assert time.of(later, later) == pytest.approx(later - 3600)


def test_jumps_add_up() -> None:
    """A clock that is set right again is where it was."""
    time = SteadyTime()
    time.on_jump(3600.0, NOW)
    time.on_jump(-3600.0, NOW + 100)
    assert time.ahead == 0
    assert time.of(NOW + 101, NOW + 100) == pytest.approx(NOW + 101)
