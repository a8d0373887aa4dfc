"""The order of the table's records: one page of them for the screen, or all of them in batches."""

from collections.abc import Iterator

import numpy as np

from monitoring.window.frame import Frame
from ui.view.state import PAGE_ROWS, TEXT_SORTS, ViewState

# The field of a record behind each column that can be sorted by, but for its time.
COLUMNS = {
    "task": "task_type",
    "status": "status",
    "level": "level",
    "label": "label",
    "response": "response_time_ms",
    "wait": "queue_wait_ms",
    "ttft": "ttft_ms",
    "tokens": "output_tokens",
    "speed": "tokens_per_second",
}


def order(frame: Frame, sort: str, is_descending: bool) -> np.ndarray:
    """Return the indices of a frame's records in the table's order.

    Of records with equal values the newer one comes first; records without a value come last.
    """
    newest_first = np.arange(len(frame))[::-1]
    keys = _keys(frame, sort)[newest_first]
    result: np.ndarray = newest_first[np.argsort(-keys if is_descending else keys, kind="stable")]
    return result


def page_in_order(selected: Frame, state: ViewState) -> Frame:
    """Return the records of the page that a view shows."""
    page, _ = state.place(len(selected))
    indices = order(selected, state.sort, state.is_descending)
    return selected.take(indices[(page - 1) * PAGE_ROWS : page * PAGE_ROWS])


def batches_in_order(selected: Frame, state: ViewState, max_bytes: int) -> Iterator[Frame]:
    """Yield all selected records in the table's order, as many at a time as have `max_bytes` of lines.

    At an order that is not the file's, reading a batch decompresses all lines: few large batches are fastest.
    """
    yield from selected.take(order(selected, state.sort, state.is_descending)).batches(max_bytes)


def _keys(frame: Frame, sort: str) -> np.ndarray:
    """Return a number for each record that sorts as its value does; NaN for no value."""
    if sort == "time":
        return frame.time
    if sort not in TEXT_SORTS:
        return frame[COLUMNS[sort]]
    values = frame.texts(COLUMNS[sort])
    rank = {value: place for place, value in enumerate(sorted(set(values)), 1)}
    return np.array([rank[value] if value else np.nan for value in values], dtype=float)
