"""The state of a view: what views share, and where in the table they are."""

from dataclasses import replace

import pytest

from monitoring.analysis.filters import Filter
from ui.view.state import PAGE_ROWS, ViewState


def test_views_of_the_same_records_have_the_same_scope() -> None:
    """Source and time range count; zoom, filter, order and page do not."""
    state = ViewState(range="1h")
    other = replace(state, zoom=(1.0, 2.0), filter=Filter(text="a"), sort="speed", page=3)
    assert other.scope == state.scope
    for change in ({"source": "file:a"}, {"range": "6h"}, {"since": 1.0}, {"until": 2.0}):
        assert replace(state, **change).scope != state.scope


@pytest.mark.parametrize(
    ("page", "count", "place"),
    [
        (1, 0, (1, 1)),
        (2, PAGE_ROWS, (1, 1)),
        (2, PAGE_ROWS + 1, (2, 2)),
        (99, 3 * PAGE_ROWS, (3, 3)),
        (2, 3 * PAGE_ROWS, (2, 3)),
    ],
)
def test_a_page_beyond_the_last_is_the_last(page: int, count: int, place: tuple[int, int]) -> None:
    """Where fewer records are left, the last page is shown in place of the requested one."""
    assert ViewState(page=page).place(count) == place
