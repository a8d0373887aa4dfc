"""The ring of the newest records, as columns."""

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.window import NUMBERS, TEXTS, Window
from tests.monitoring.helpers import MOMENT, a_record, stamp


def seconds(window: Window) -> list[float]:
    """Return the seconds after `MOMENT` of the records in the window."""
    times: list[float] = (window.snapshot().time - MOMENT).tolist()
    return times


def test_an_empty_window_has_empty_columns() -> None:
    """Before the first record, every column is there and empty."""
    frame = Window(10).snapshot()
    assert len(frame) == 0
    assert set(frame.columns) == {*NUMBERS, *TEXTS}
    assert all(len(column) == 0 for column in frame.columns.values())


def test_records_become_columns() -> None:
    """Times are seconds, numbers floats, texts texts; what is absent is NaN or empty."""
    window = Window(10)
    assert window.extend([a_record(1.5, ttft_ms=12), a_record(2, label="正面", status="error")]) == 0
    frame = window.snapshot()
    assert frame.time.tolist() == [MOMENT + 1.5, MOMENT + 2]
    assert frame["ttft_ms"][0] == 12.0
    assert np.isnan(frame["ttft_ms"][1])
    assert frame["label"].tolist() == ["", "正面"]
    assert frame["status"].tolist() == ["ok", "error"]


@settings(deadline=None)
@given(st.integers(1, 12), st.lists(st.integers(0, 30), max_size=12))
def test_the_ring_keeps_the_newest(capacity: int, sizes: list[int]) -> None:
    """However records come in batches, the newest ones stay, oldest first."""
    window = Window(capacity)
    added: list[float] = []
    for size in sizes:
        batch = [float(len(added) + i) for i in range(size)]
        window.extend([a_record(second, response_time_ms=second) for second in batch])
        added += batch
        assert seconds(window) == added[-capacity:]
        assert window.snapshot()["response_time_ms"].tolist() == added[-capacity:]
        assert window.total == len(added)


@pytest.mark.parametrize(
    "value",
    [None, "892", True, [892], {"ms": 892}, "NaN"],
)
def test_a_number_of_a_foreign_type_is_absent(value: object) -> None:
    """A text, a flag or a nested value in a number's place is no number."""
    window = Window(10)
    window.extend([{**a_record(), "response_time_ms": value}])
    assert np.isnan(window.snapshot()["response_time_ms"][0])


@pytest.mark.parametrize("value", [None, 12, ["x"], {"a": "b"}, True])
def test_a_text_of_a_foreign_type_is_empty(value: object) -> None:
    """A number or a nested value in a text's place is no text."""
    window = Window(10)
    window.extend([{**a_record(), "request_id": value, "status": value}])
    frame = window.snapshot()
    assert (frame["request_id"][0], frame["status"][0]) == ("", "")


@pytest.mark.parametrize("text", ["trailing\x00", "😀", "", "x" * 100_000])
def test_texts_stay_as_they_are(text: str) -> None:
    """Texts of any kind come out as they went in."""
    window = Window(10)
    window.extend([a_record(message=text), a_record(message="other")])
    assert window.snapshot()["message"].tolist() == [text, "other"]


@pytest.mark.parametrize(
    "timestamp",
    [
        None,
        12,
        "",
        "now",
        ["2023-11-14T22:13:20Z"],
        "2023-13-01T00:00:00Z",
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_a_record_without_a_readable_time_is_left_out(timestamp: object) -> None:
    """A record without a moment that can be shown is counted and left out, the others stay."""
    window = Window(10)
    assert window.extend([a_record(1), {**a_record(), "timestamp": timestamp}, {}, a_record(2)]) == 2
    assert seconds(window) == [1, 2]


def test_a_time_with_an_offset_is_the_same_moment() -> None:
    """Timestamps of other zones are understood."""
    window = Window(10)
    window.extend([{"timestamp": "2023-11-15T06:13:20+08:00"}, {"timestamp": stamp()}])
    assert seconds(window) == [0, 0]


def test_a_snapshot_does_not_change() -> None:
    """A frame is a copy: records that come later leave it alone."""
    window = Window(2)
    window.extend([a_record(1, message="one"), a_record(2, message="two")])
    frame = window.snapshot()
    window.extend([a_record(3, message="three"), a_record(4, message="four")])
    assert frame["message"].tolist() == ["one", "two"]
    assert window.snapshot()["message"].tolist() == ["three", "four"]


def test_where_and_tail_select_rows_of_every_column() -> None:
    """A selection keeps time and columns in step."""
    window = Window(10)
    window.extend([a_record(second, message=str(second)) for second in range(5)])
    frame = window.snapshot()
    even = frame.where((frame.time - MOMENT) % 2 == 0)
    assert even["message"].tolist() == ["0", "2", "4"]
    last = even.tail(2)
    assert (last["message"].tolist(), (last.time - MOMENT).tolist()) == (["2", "4"], [2, 4])
    assert len(frame.tail(99)) == 5
    assert len(frame.tail(0)) == 0


def test_snapshots_beside_a_writer_are_consistent() -> None:
    """A snapshot taken while records come has its columns in step and in order."""
    window = Window(50)
    done = threading.Event()

    def add() -> None:
        for second in range(0, 3000, 7):
            records: list[dict[str, Any]] = [
                a_record(number, response_time_ms=number) for number in range(second, second + 7)
            ]
            window.extend(records)
        done.set()

    thread = threading.Thread(target=add)
    thread.start()
    while not done.is_set():
        frame = window.snapshot()
        assert (frame.time - MOMENT).tolist() == frame["response_time_ms"].tolist()
        assert (np.diff(frame.time) == 1).all()
    thread.join()
    assert len(window.snapshot()) == 50
