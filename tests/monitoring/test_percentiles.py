"""One percentile: whoever computes it, the same numbers give the same answer, which is numpy's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.alerts.detectors.base import Recent, Value
from monitoring.analysis.timeline import Grid
from monitoring.percentiles import percentile, percentiles
from monitoring.window.ordered_values import OrderedValues

PERCENTS = (0, 12.5, 50, 95, 99, 100)
NUMBERS = st.floats(-1e9, 1e9, allow_subnormal=False)


def of_ordered_values(values: list[float], percent: float) -> float | None:
    """Return what the window's summary tells."""
    ordered = OrderedValues()
    ordered.add(np.array(values))
    return ordered.percentile(percent)


def of_recent(values: list[float], percent: float) -> float:
    """Return what the latency rules see."""
    recent = Recent(seconds=60)
    for value in values:
        recent.add(Value(0.0, value, ""))
    return recent.percentile(percent)


def of_timeline(values: list[float], percent: float) -> float:
    """Return what a chart shows."""
    spread = Grid(0, 1, 1).spread(np.zeros(len(values)))
    return float(spread.percentiles(np.array(values), (percent,))[0, 0])


@given(st.lists(NUMBERS, min_size=1, max_size=40), st.sampled_from(PERCENTS))
def test_everybody_gives_the_answer_of_numpy(values: list[float], percent: float) -> None:
    """Values in any order have one percentile, to the last bit."""
    expected = float(np.percentile(values, percent))
    assert percentile(sorted(values), percent) == expected
    assert percentiles(np.array(values), (percent,)).tolist() == [expected]
    assert of_ordered_values(values, percent) == expected
    assert of_recent(values, percent) == expected
    assert of_timeline(values, percent) == expected


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([7], 95, 7), ([10, 20], 50, 15), ([10, 20], 95, 19.5), ([0, 10, 20, 30], 25, 7.5), ([1, 1, 1], 99, 1)],
)
def test_between_two_values_it_is_linear(values: list[float], percent: float, expected: float) -> None:
    """One value is each of its percentiles; between two values the distance counts."""
    assert percentile(values, percent) == pytest.approx(expected)


def test_nothing_has_no_percentile() -> None:
    """Without values the answer is NaN, which the summary tells as None."""
    assert math.isnan(percentile([], 50))
    assert np.isnan(percentiles(np.empty(0), (50, 95))).tolist() == [True, True]
    assert math.isnan(of_recent([], 50))
    assert math.isnan(of_timeline([], 50))
    assert of_ordered_values([], 50) is None


def test_nan_is_no_value() -> None:
    """Values that are unknown change nothing, and alone they are nothing."""
    values = [3.0, math.nan, 1.0, math.nan, 2.0]
    assert percentiles(np.array(values), (50,)).tolist() == [2]
    assert of_ordered_values(values, 50) == of_timeline(values, 50) == 2
    assert np.isnan(percentiles(np.array([math.nan]), (50,))).tolist() == [True]
    assert of_ordered_values([math.nan], 50) is None


def test_many_values_have_the_percentiles_of_numpy() -> None:
    """Partitioning finds the same values as sorting."""
    values = np.random.default_rng(1).normal(scale=1e3, size=10_000)
    assert percentiles(values, PERCENTS).tolist() == np.percentile(values, PERCENTS).tolist()
