"""Slopes that a few outliers do not move."""

import numpy as np
import pytest

from monitoring.analysis.trend import slope, trend

NAN = float("nan")


@pytest.mark.parametrize(
    ("heights", "expected"),
    [
        ([1, 3, 5, 7], (1, 1)),  # 2 every 2 s
        ([1, NAN, 5, 7], (1, 1)),
        ([NAN, 3, 5, 7], (1, 1)),  # the level is that of the first moment, known or not
        ([4, 4, 4, 4], (0, 4)),
        # slopes -49, 1/4, 1/3, 1/2, 25, 49.5; what they leave: -1/2, 0, 1/6, 98 1/3
        ([0, 1, 100, 2], (5 / 12, 1 / 12)),
        ([NAN, 5, NAN, NAN], (0, 5)),
    ],
)
def test_a_trend_by_hand(heights: list[float], expected: tuple[float, float]) -> None:
    """The slope is the median of those between all pairs, the level the median of what it leaves."""
    assert trend(np.array([10.0, 12, 14, 16]), np.array(heights)) == pytest.approx(expected)


def test_nothing_has_no_level() -> None:
    """Of nothing but NaN the slope is 0 and the level unknown."""
    steepness, level = trend(np.array([1.0, 2.0]), np.array([NAN, NAN]))
    assert steepness == 0
    assert np.isnan(level)


def test_two_values_of_one_moment_have_no_slope_between_them() -> None:
    """They count beside the others; where all are of one moment, there is no slope."""
    assert slope(np.array([0.0, 0, 2]), np.array([0.0, 100, 6])) == (3 - 47) / 2
    assert np.isnan(slope(np.array([1.0, 1]), np.array([5.0, 6])))
