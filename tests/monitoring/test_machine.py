"""What a limit is on a machine."""

from typing import Literal

import pytest

from monitoring.machine import Machine


@pytest.mark.parametrize(
    ("limit", "used"), [("auto", 800), (700, 700), (900, 900), (901, 900), (16_384, 900)]
)
def test_a_limit_is_within_the_memory(limit: float | Literal["auto"], used: float) -> None:
    """One above nine tenths of the memory would never be reached before the process is killed."""
    assert Machine(2, 1000).limit_mb(limit) == pytest.approx(used)


@pytest.mark.parametrize("told", [None, 0, -5])
def test_what_tells_nothing_changes_nothing(told: float | None) -> None:
    """A record without cores or memory leaves what is known of them."""
    machine = Machine(2, 1000)
    machine.update(told, told)
    assert machine == Machine(2, 1000)
    machine.update(4, 2000)
    assert machine == Machine(4, 2000)
