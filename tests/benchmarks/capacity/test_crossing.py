"""The load test finds the capacity in its measurements."""

import pytest

from benchmarks.capacity.crossing import Times, crossing, rising
from monitoring.analysis.limits import Limits


def times(ttft: float, sentiment: float = 500.0, count: int = 20) -> Times:
    """Return the times of a rate, all equal."""
    return {"sentiment": [sentiment] * count, "ttft": [ttft] * count}


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        ([1.0, 2.0, 4.0], [1, 1, 1], [1.0, 2.0, 4.0]),
        ([1.0, 3.0, 2.0, 4.0], [1, 1, 1, 1], [1.0, 2.5, 2.5, 4.0]),
        ([1.0, 3.0, 2.0, 4.0], [1, 3, 1, 1], [1.0, 2.75, 2.75, 4.0]),
        ([3.0, 2.0, 1.0], [1, 1, 2], [1.75, 1.75, 1.75]),
        ([], [], []),
    ],
)
def test_falling_values_are_pooled(values: list[float], weights: list[int], expected: list[float]) -> None:
    """Values in the wrong order become their weighted mean, and other values stay."""
    assert rising(values, weights) == pytest.approx(expected)


def test_the_capacity_is_where_the_first_limit_is_crossed() -> None:
    """The rate is interpolated between the last rate within the limit and the first rate beyond it."""
    limits = Limits(response_ms=2000, ttft_ms=2000)
    assert crossing({10.0: times(1000), 20.0: times(4000)}, limits) == pytest.approx(15)
    assert crossing({10.0: times(1000, 1000), 20.0: times(4000, 16_000)}, limits) == pytest.approx(12.5)
    falling = {10.0: times(1000), 20.0: times(4000), 30.0: times(2000), 40.0: times(4000)}
    assert crossing(falling, limits) == pytest.approx(10 + 10 * 2 / 3)  # the middle ones: 2828 together


@pytest.mark.parametrize("ttft", [(100.0, 200.0), (3000.0, 5000.0)])
def test_rates_that_are_all_too_low_or_too_high_give_no_capacity(ttft: tuple[float, float]) -> None:
    """The capacity is not extrapolated beyond the measured rates."""
    low, high = ttft
    assert crossing({10.0: times(low), 20.0: times(high)}, Limits()) is None
