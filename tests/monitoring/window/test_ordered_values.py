"""Values in order, and their percentiles."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitoring.window.ordered_values import OrderedValues

VALUES = st.lists(st.integers(0, 20).map(float) | st.just(np.nan), max_size=30)


@given(
    st.lists(st.tuples(VALUES, st.integers(0, 30), st.booleans())), st.integers(0, 100), st.integers(0, 40)
)
def test_percentiles_are_those_of_the_values_that_stay(
    steps: list[tuple[list[float], int, bool]], percent: int, max_pending: int
) -> None:
    """Whatever comes and goes, asked for in between or not: the percentile is numpy's."""
    values, expected = OrderedValues(max_pending), list[float]()
    for added, removed, ask in steps:
        values.add(np.array(added))
        expected += [value for value in added if not np.isnan(value)]
        values.remove(np.array(expected[:removed]))
        del expected[:removed]
        assert len(values) == len(expected)
        if ask:
            values.percentile(50)
    assert values.percentile(percent) == (float(np.percentile(expected, percent)) if expected else None)


def test_there_is_no_percentile_of_nothing() -> None:
    """Without a value, or with NaN alone, there is no percentile."""
    values = OrderedValues()
    assert values.percentile(50) is None
    values.add(np.array([np.nan]))
    assert (len(values), values.percentile(50)) == (0, None)
