"""Fewer points, without losing a peak."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.analysis.downsample import reduce_points

VALUES = st.just(float("nan")) | st.floats(-1e6, 1e6, allow_subnormal=False, width=32)
POINTS = st.lists(st.tuples(st.integers(0, 1000), VALUES), max_size=300)


@settings(deadline=None)
@given(POINTS, st.integers(2, 40))
def test_the_lowest_and_the_highest_stay(points: list[tuple[int, float]], most: int) -> None:
    """At most so many known points are left, in the order of time, the extremes among them."""
    times, values = np.array(points, dtype=float).reshape(-1, 2).T
    rows = reduce_points(times, values, most)
    assert len(rows) <= most
    assert len(set(rows.tolist())) == len(rows)
    assert (np.diff(times[rows]) >= 0).all()
    assert not np.isnan(values[rows]).any()
    known = values[~np.isnan(values)]
    if len(known):
        assert values[rows].min() == known.min()
        assert values[rows].max() == known.max()


@given(st.lists(st.integers(0, 50), max_size=20))
def test_few_points_all_stay(times: list[int]) -> None:
    """Where there are not too many, nothing is left out, and the order becomes that of time."""
    moments = np.array(times, dtype=float)
    rows = reduce_points(moments, np.arange(len(times), dtype=float), 20)
    assert moments[rows].tolist() == sorted(times)


def test_a_single_peak_in_a_long_log_stays() -> None:
    """One slow request among 20,000 is among the few that are shown, and the spans have their own ones."""
    values = np.ones(20_000)
    values[[7777, 15_000]] = (1e6, -1.0)
    rows = reduce_points(np.arange(20_000.0), values, 100)
    assert {7777, 15_000} <= set(rows.tolist())
    assert len(rows) <= 100
    assert rows.min() < 400
    assert rows.max() >= 19_600


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_unknown_values_are_left_out(count: int) -> None:
    """Of nothing but NaN nothing stays."""
    assert len(reduce_points(np.arange(float(count)), np.full(count, np.nan), 10)) == 0


def test_a_burst_in_one_moment_is_reduced() -> None:
    """Points that all have one moment are fewer, too, with the lowest and the highest."""
    values = np.arange(1000.0)
    rows = reduce_points(np.full(1000, 1.7e9), values, 10)
    assert len(rows) <= 10
    assert {0, 999} <= set(rows.tolist())
