"""The order of the table's records, as pages and as batches."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import Record, a_record
from ui.dashboard.ordering import COLUMNS, batches_in_order, order, page_in_order
from ui.view.state import PAGE_ROWS, SORTS, TEXT_SORTS, ViewState

FIELDS = {"time": "timestamp", **COLUMNS}
TEXTS = st.sampled_from(["", "chat", "sentiment", "Ö", "正面", "zz"])
# A request without a status ended ok, so there is none without one.
STATUSES = st.sampled_from(["ok", "error", "cancelled", "zz"])
NUMBERS = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.5, 100.0, 1e6]))
RECORDS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.fixed_dictionaries(
            {field: TEXTS if name in TEXT_SORTS else NUMBERS for name, field in COLUMNS.items()}
            | {"status": STATUSES}
        ),
    ),
    max_size=12,
)


def naive(records: list[Record], sort: str, is_descending: bool) -> list[int]:
    """Sort without numpy: records with a value by it, then the others; the newer of equal ones first."""
    values: list[Any] = [record.get(FIELDS[sort]) for record in records]
    newest_first = range(len(records))[::-1]
    known = [place for place in newest_first if values[place] not in (None, "")]
    rest = [place for place in newest_first if values[place] in (None, "")]
    return [*sorted(known, key=lambda place: values[place], reverse=is_descending), *rest]


def test_every_column_has_a_field() -> None:
    """The table can be sorted by time and by the columns with a field, in the order of the page."""
    assert tuple(FIELDS) == SORTS


@pytest.mark.parametrize("is_descending", [True, False])
@pytest.mark.parametrize("sort", SORTS)
@settings(max_examples=40, deadline=None)
@given(rows=RECORDS)
def test_the_order_is_that_of_a_naive_sort(
    sort: str, is_descending: bool, rows: list[tuple[int, dict[str, object]]]
) -> None:
    """Missing values come last in both directions, and the newer of two equal records comes first."""
    records = [a_record(second, **fields) for second, fields in rows]
    assert order(frame_of(*records), sort, is_descending).tolist() == naive(records, sort, is_descending)


@pytest.mark.parametrize(
    "state", [ViewState(), ViewState(sort="wait", is_descending=False), ViewState(sort="label")]
)
@settings(max_examples=15, deadline=None)
@given(count=st.integers(0, 3 * PAGE_ROWS + 1), max_bytes=st.integers(1, 4000))
def test_pages_and_batches_hold_each_record_once(state: ViewState, count: int, max_bytes: int) -> None:
    """All pages together, and all batches of an export, hold the same records in the same order."""
    waits = [None, 1.0, 5.0]
    frame = frame_of(
        *(a_record(i, message=str(i), queue_wait_ms=waits[i % 3], label="ab"[i % 2]) for i in range(count))
    )
    pages = range(1, max(1, math.ceil(count / PAGE_ROWS)) + 1)
    found = [
        record["message"]
        for page in pages
        for record in page_in_order(frame, replace(state, page=page)).records()
    ]
    assert sorted(map(int, found)) == list(range(count))
    batches = list(batches_in_order(frame, state, max_bytes))
    assert [record["message"] for batch in batches for record in batch.records()] == found
    assert all(len(batch) == 1 or sum(map(len, batch.lines())) <= max_bytes for batch in batches)
