"""Equal spans of time, and what happened in each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.analysis.timeline import Grid

VALUES = st.just(float("nan")) | st.floats(-1e6, 1e6, allow_subnormal=False)
ROWS = st.lists(st.tuples(st.floats(-50, 150), VALUES), max_size=60)
PERCENTS = (0, 50, 95, 99, 100)


def plain_spans(rows: list[tuple[float, float]], grid: Grid) -> list[list[float]]:
    """Return the values of each span, NaN left out, as simply as can be."""
    spans: list[list[float]] = [[] for _ in range(grid.count)]
    for time, value in rows:
        place = int((time - grid.since) / grid.width)
        if not np.isnan(value):
            spans[min(max(place, 0), grid.count - 1)].append(value)
    return spans


@settings(deadline=None)
@given(ROWS, st.integers(1, 12))
def test_each_span_has_its_own_figures(rows: list[tuple[float, float]], count: int) -> None:
    """Records in any order: counts, sums, means and percentiles are numpy's of each span's values."""
    grid = Grid(0, 100, count)
    times, values = np.array(rows, dtype=float).reshape(-1, 2).T
    spread, spans = grid.spread(times), plain_spans(rows, grid)
    assert spread.counts().sum() == len(rows)
    assert spread.counts(~np.isnan(values)).tolist() == [len(span) for span in spans]
    assert spread.sums(values).tolist() == pytest.approx([sum(span) for span in spans], abs=1e-3)
    means = [np.mean(span) if span else np.nan for span in spans]
    assert spread.means(values).tolist() == pytest.approx(means, rel=1e-9, abs=1e-3, nan_ok=True)
    for percent, found in zip(PERCENTS, spread.percentiles(values, PERCENTS), strict=True):
        expected = [np.percentile(span, percent) if span else np.nan for span in spans]
        assert found.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-6, nan_ok=True)


def test_a_grid_tells_its_width_and_centers() -> None:
    """Spans are equally long, and each has its middle."""
    grid = Grid(100, 160, 3)
    assert (grid.width, grid.centers.tolist()) == (20, [110, 130, 150])


def test_no_time_is_a_second_wide() -> None:
    """Where begin and end are one moment, spans have a length that can be divided by."""
    grid = Grid(5, 5, 4)
    assert grid.width == 1
    assert grid.spread(np.array([5.0, 5.0])).counts().tolist() == [2, 0, 0, 0]


def test_a_border_belongs_to_the_later_span() -> None:
    """A record at the end of a span is counted in the next one, the last moment in the last one."""
    spread = Grid(0, 30, 3).spread(np.array([0, 9.999, 10, 20, 30]))
    assert spread.counts().tolist() == [2, 1, 2]


@pytest.mark.parametrize(("time", "place"), [(-1e12, 0), (-1, 0), (11, 1), (1e12, 1)])
def test_who_is_outside_goes_to_the_nearest_span(time: float, place: int) -> None:
    """Records before the time are in its first span, those after it in the last one, however far away."""
    grid = Grid(0, 1, 2)
    assert grid.spread(np.array([time])).counts()[place] == 1


def test_a_mask_chooses_who_is_counted() -> None:
    """counts() takes a mask of the records in their own order, which need not be that of time."""
    spread = Grid(0, 20, 2).spread(np.array([15.0, 5.0, 16.0]))
    assert spread.counts(np.array([True, False, False])).tolist() == [0, 1]
    assert spread.counts(np.array([False, True, True])).tolist() == [1, 1]


def test_nothing_spread_is_nothing() -> None:
    """Without records counts and sums are zero, means and percentiles NaN."""
    nothing = np.empty(0)
    spread = Grid(0, 10, 3).spread(nothing)
    assert spread.counts().tolist() == spread.sums(nothing).tolist() == [0, 0, 0]
    assert np.isnan(spread.means(nothing)).all()
    assert spread.percentiles(nothing, (50, 95)).shape == (2, 3)
    assert np.isnan(spread.percentiles(nothing, (50, 95))).all()
