"""Which records are dated far from all others."""

import numpy as np
import pytest

from monitoring.window.odd_times import odd_times
from tests.monitoring.helpers import MOMENT

HOUR, DAY, YEAR = 3600.0, 86_400.0, 365 * 86_400.0
YEAR_ONE, YEAR_1970, YEAR_2099 = -62_135_596_800.0, 3.0, 4_070_908_800.0


def steady(count: int, length: float, since: float = MOMENT) -> list[float]:
    """Return so many times, equally far apart."""
    return [since + length * place / max(1, count - 1) for place in range(count)]


@pytest.mark.parametrize("wrong", [YEAR_ONE, YEAR_1970, YEAR_2099, MOMENT - YEAR, MOMENT + YEAR])
@pytest.mark.parametrize("place", [0, 500, 1000], ids=["first", "amid", "last"])
@pytest.mark.parametrize("length", [20.0, HOUR, 30 * DAY])
def test_one_wrong_clock_is_told(wrong: float, place: int, length: float) -> None:
    """Wherever its record stands in the file, the time is that of the others."""
    times = steady(1000, length)
    found = odd_times(np.array([*times[:place], wrong, *times[place:]]))
    assert (found.first, found.last, found.count) == (times[0], times[-1], 1)


def test_odd_times_are_named() -> None:
    """The examples are whole seconds, each once, and three at most."""
    found = odd_times(np.array([YEAR_ONE, YEAR_1970, YEAR_1970, *steady(100, HOUR), YEAR_2099]))
    assert found.count == 4
    assert found.examples == (YEAR_ONE, YEAR_1970, YEAR_2099)


@pytest.mark.parametrize(
    ("wrong", "right"), [(1, 4), (1, 20), (10, 100), (50, 5000), (1000, 5000)], ids=lambda count: str(count)
)
def test_a_handful_is_told(wrong: int, right: int) -> None:
    """A clock that starts in 1970 dates some records until it is set; a fifth of all may be so."""
    found = odd_times(np.array([*steady(wrong, 60.0, YEAR_1970), *steady(right, HOUR)]))
    assert (found.first, found.count) == (MOMENT, wrong)


@pytest.mark.parametrize(
    "times",
    [
        [MOMENT],
        [MOMENT, MOMENT],
        [YEAR_1970, MOMENT],
        [YEAR_1970, MOMENT, MOMENT + 1],
        [*steady(1000, DAY), *steady(1000, DAY, MOMENT + 8 * DAY)],
        [*steady(3, HOUR), *steady(1000, DAY, MOMENT + 8 * DAY)],
        [*steady(1000, DAY), *steady(3, HOUR, MOMENT + 8 * DAY)],
        [*steady(1000, DAY), *steady(1000, DAY, MOMENT + YEAR)],
        [*steady(500, DAY), *steady(100, DAY, MOMENT + YEAR)],
        steady(1000, 20 * YEAR),
    ],
    ids=[
        "one record",
        "twice the same time",
        "two records",
        "three records",
        "two days with a week between",
        "few records a week before a day",
        "few records a week after a day",
        "two days with a year between",
        "two days of which one is quiet",
        "twenty years",
    ],
)
def test_a_real_log_has_no_odd_times(times: list[float]) -> None:
    """Pauses are ordinary, and of a few records nobody can tell which ones are wrong."""
    found = odd_times(np.array(times))
    assert (found.first, found.last, found.count, found.examples) == (min(times), max(times), 0, ())
