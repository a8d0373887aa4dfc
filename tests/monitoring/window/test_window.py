"""The newest records, as columns."""

import random
import threading
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.record.schema import NUMBERS, TEXTS
from monitoring.window.frame import Frame
from monitoring.window.line_decoder import LineDecoder
from monitoring.window.line_store import KeptLines
from monitoring.window.summary import RollingSummary
from monitoring.window.text_columns import MAX_TEXTS
from monitoring.window.window import Window
from tests.monitoring.frames import batch_of, frame_of, seconds
from tests.monitoring.helpers import a_record, lines_of, refused_requests


def made(number: int) -> dict[str, Any]:
    """Return a record whose fields, known and unknown, tell its number."""
    return a_record(
        number,
        response_time_ms=float(number),
        ttft_ms=None if number % 3 else 7.5,
        request_id=f"{number:032x}",
        label=f"label {number % 4}",
        extra={"number": number},
    )


def shows(frame: Frame, numbers: list[int]) -> None:
    """Fail unless the columns are those of the records with these numbers."""
    assert seconds(frame) == numbers
    assert frame["response_time_ms"].tolist() == numbers
    assert np.isnan(frame["ttft_ms"]).tolist() == [number % 3 != 0 for number in numbers]
    assert frame.texts("label").tolist() == [f"label {number % 4}" for number in numbers]
    assert frame.texts("request_id").tolist() == [f"{number:032x}" for number in numbers]
    assert frame.equals("label", "label 1").tolist() == [number % 4 == 1 for number in numbers]


def test_an_empty_window_has_empty_columns() -> None:
    """Before the first record, every column is there and empty."""
    frame = Window(10, LineDecoder()).snapshot()
    assert len(frame) == len(frame.time) == 0
    assert all(len(frame[name]) == 0 for name in NUMBERS)
    assert all(len(frame.texts(name)) == len(frame.equals(name, "")) == 0 for name in TEXTS)
    assert frame.records() == []


@settings(deadline=None)
@given(
    st.integers(1, 12),
    st.lists(st.tuples(st.sampled_from(["append", "append", "prepend"]), st.integers(0, 30)), max_size=12),
)
def test_a_window_is_a_list_of_the_newest(capacity: int, steps: list[tuple[str, int]]) -> None:
    """However records come in front and behind, the newest stay, and no snapshot ever changes."""
    window, model = Window(capacity, LineDecoder(), KeptLines(block_bytes=700)), list[int]()
    start, stop = 10_000, 10_000
    before: list[tuple[Frame, list[int]]] = []
    for step, size in steps:
        if step == "append":
            window.append(batch_of(*map(made, range(stop, stop + size))))
            model = [*model, *range(stop, stop + size)][-capacity:]
            stop += size
        else:
            window.prepend(batch_of(*map(made, range(start - size, start))))
            room = min(size, capacity - len(model))
            model = [*range(start - room, start), *model]
            start -= room
        frame = window.snapshot()
        shows(frame, model)
        assert frame.records() == [made(number) for number in model]
        before.append((frame, model))
    for frame, numbers in before:
        shows(frame, numbers)
        for number, record in zip(numbers, frame.records(), strict=True):
            assert record in ({}, made(number))


@pytest.mark.parametrize("sizes", [[100], [7] * 60, [1000, 1], [112, 1, 1]])
def test_a_long_run_keeps_the_newest(sizes: list[int]) -> None:
    """Records that outrun the unused rows many times over leave no trace of the older ones."""
    window, added = Window(100, LineDecoder()), 0
    for size in sizes * 5:
        window.append(batch_of(*map(made, range(added, added + size))))
        added += size
        shows(window.snapshot(), list(range(max(0, added - 100), added)))
    assert window.snapshot().records() == [made(number) for number in range(max(0, added - 100), added)]


def test_selections_keep_columns_and_records_in_step() -> None:
    """Parts of a frame, of parts too, show the rows that were asked for."""
    frame = frame_of(*map(made, range(10)))
    even = frame.where(frame["response_time_ms"] % 2 == 0)
    shows(even, [0, 2, 4, 6, 8])
    shows(even.tail(2), [6, 8])
    shows(even.head(2), [0, 2])
    shows(frame.tail(3).head(2), [7, 8])
    last = frame.tail(5).where(np.array([True, False, False, False, True]))
    shows(last, [5, 9])
    shows(last.where(last.equals("label", "label 1")).tail(1), [9])
    assert last.records() == [made(5), made(9)]
    assert frame.where(np.zeros(10, dtype=bool)).records() == []


def test_records_are_taken_in_any_order() -> None:
    """take() gives the records at some places, of a part too, in the order of the places."""
    frame = frame_of(*map(made, range(10)))
    shows(frame.take(np.array([7, 0, 3, 3])), [7, 0, 3, 3])
    part = frame.tail(5).take(np.array([4, 1]))
    shows(part, [9, 6])
    shows(part.take(np.array([1])), [6])
    assert part.records() == [made(9), made(6)]
    assert len(frame.take(np.empty(0, int))) == 0


def test_lines_are_as_they_stand_in_the_log() -> None:
    """A record's line is given byte by byte, in the order of the frame."""
    records = [made(number) for number in range(5)]
    frame = frame_of(*records).take(np.array([3, 1]))
    assert [line + b"\n" for line in frame.lines()] == [lines_of(records[3]), lines_of(records[1])]


def test_a_column_tells_its_different_texts() -> None:
    """distinct() tells them in order of first use, without the empty text, of the frame's own records."""
    frame = frame_of(*(a_record(label=label) for label in ("正面", "b", None, "a", "b", "")))
    assert frame.distinct("label") == ["正面", "b", "a"]
    assert frame.tail(2).distinct("label") == ["b"]
    assert frame.tail(5).distinct("label") == ["b", "a"]
    assert frame.head(0).distinct("label") == frame_of().distinct("label") == []


def test_mentions_are_of_the_frames_own_records() -> None:
    """A mask tells which records mention a text; selections, orders and parts keep in step."""
    frame = frame_of(*(a_record(n, message=f"消息 {n % 3}", input_text="Needle"[: n * 2]) for n in range(9)))
    assert frame.mentions("消息 1", ("message",)).tolist() == [n % 3 == 1 for n in range(9)]
    assert frame.tail(4).mentions("needle", ("input_text",)).tolist() == [True] * 4
    assert frame.mentions("NEEDLE", ("input_text",)).tolist() == [n >= 3 for n in range(9)]
    assert frame.take(np.array([8, 1, 4])).mentions("消息 1", ("message",)).tolist() == [False, True, True]
    assert not frame.mentions("needle", ("message",)).any()
    assert frame_of().mentions("x", ("message",)).tolist() == []


def test_old_and_new_frames_search_the_same_lines() -> None:
    """While records come, leave and move to new columns, each frame finds its own lines."""
    lines = KeptLines(block_bytes=2000)
    window, old = Window(20, LineDecoder(), lines), list[tuple[Frame, range]]()
    window.prepend(batch_of(*map(made, range(5))))
    for number in range(5, 100):
        window.append(batch_of(made(number)))
        old.append((window.snapshot(), range(max(0, number - 19), number + 1)))
        assert window.snapshot().mentions("对话", ("message",)).all()
    for frame, numbers in old:
        found = frame.mentions("对话", ("message",))
        assert len(found) == len(numbers)
        assert found.tolist() == [bool(line) for line in frame.lines()]


def test_the_newest_records_are_those_of_so_many_bytes() -> None:
    """Where the newest lines are long, fewer of them are taken, but at least one."""
    frame = frame_of(*(a_record(second, message="x" * 1000) for second in range(10)))
    assert seconds(frame.newest(4)) == [6, 7, 8, 9]
    longest = max(map(len, frame.lines()))
    assert seconds(frame.newest(100, max_bytes=5 * longest)) == [5, 6, 7, 8, 9]
    assert seconds(frame.newest(100, max_bytes=10)) == [9]
    assert len(frame.head(0).newest(4)) == 0


def test_counts_beyond_the_ends_are_no_error() -> None:
    """More records than there are, or none, can be asked for."""
    frame = frame_of(*map(made, range(5)))
    assert (len(frame.tail(99)), len(frame.tail(0)), len(frame.head(99)), len(frame.head(0))) == (5, 0, 5, 0)


def test_texts_are_compared_whole() -> None:
    """A text is found by all of it; one that never came is nowhere."""
    frame = frame_of(a_record(status="ok"), a_record(status="okay"), a_record(event="log", status=None))
    assert frame.equals("status", "ok").tolist() == [True, False, False]
    assert frame.equals("status", "").tolist() == [False, False, True]
    assert frame.equals("status", "strange").tolist() == [False, False, False]
    assert frame.isin("status", ["okay", "", "strange"]).tolist() == [False, True, True]
    assert frame.isin("status", []).tolist() == [False, False, False]
    assert frame.equals("request_id", "0" * 32).all()


def test_a_log_with_endless_values_does_not_hide_the_requests() -> None:
    """What the views ask for is found after thousands of other values; the full text stays in the record."""
    texts = [f"strange {number}" for number in range(MAX_TEXTS + 10)]
    strange = [a_record(task_type=text, event=text, status=text, response_time_ms=None) for text in texts]
    frame = frame_of(*strange, a_record(), refused_requests(0, 9))
    found = (("event", "task.finished", 0), ("status", "ok", 0), ("event", "requests.rejected", 1))
    for name, value, place in found:
        assert np.flatnonzero(frame.equals(name, value)).tolist() == [len(texts) + place]
    assert frame.tail(3).head(1).records()[0]["status"] == texts[-1]


def test_a_new_snapshot_comes_with_news_only() -> None:
    """Calls without news get the same frame; the version rises with every change."""
    window = Window(5, LineDecoder())
    first, version = window.snapshot(), window.version
    window.append(batch_of())
    assert (window.snapshot() is first, window.version) == (True, version)
    window.append(batch_of(made(1)))
    window.prepend(batch_of(made(0)))
    assert (window.snapshot() is first, window.version) == (False, version + 2)


def test_a_snapshot_is_a_view() -> None:
    """Nothing is copied for a snapshot: two of them share the rows that they have in common."""
    window = Window(100, LineDecoder())
    window.append(batch_of(*map(made, range(50))))
    first = window.snapshot()
    window.append(batch_of(made(50)))
    assert np.shares_memory(first["response_time_ms"], window.snapshot()["response_time_ms"])


def test_lines_beyond_the_budget_are_given_up() -> None:
    """Of records whose lines had to go, the columns stay, and the fields come back empty."""
    window = Window(200, LineDecoder(), KeptLines(budget=300_000))
    window.append(batch_of(*(a_record(n, text=random.Random(n).randbytes(4000).hex()) for n in range(200))))
    frame = window.snapshot()
    records = frame.records()
    assert seconds(frame) == list(range(200))
    assert records[0] == {}
    assert records[-1]["timestamp"] == a_record(199)["timestamp"]


def test_snapshots_beside_a_writer_are_consistent() -> None:
    """A snapshot taken while records come has its columns and records in step and in order."""
    batches = [batch_of(*map(made, range(first, first + 7))) for first in range(0, 2800, 7)]
    window, done = Window(50, LineDecoder()), threading.Event()

    def add() -> None:
        for batch in batches:
            window.append(batch)
        done.set()

    thread = threading.Thread(target=add)
    thread.start()
    while not done.is_set():
        frame = window.snapshot()
        shows(frame, list(range(int(seconds(frame)[0]), int(seconds(frame)[-1]) + 1)) if len(frame) else [])
        for number, record in zip(seconds(frame), frame.records(), strict=True):
            assert record in ({}, made(int(number)))
    thread.join()
    assert len(window.snapshot()) == 50


def ordinary(number: int, rng: random.Random) -> dict[str, Any]:
    """Return a record as the app writes them, with ids and figures of its own."""
    return a_record(
        number / 2,
        request_id=f"{rng.getrandbits(128):032x}",
        session_id=f"{rng.getrandbits(64):016x}",
        response_time_ms=round(rng.lognormvariate(6, 0.6), 1),
        cpu_usage_percent=round(rng.uniform(0, 200), 1),
        memory_usage_mb=round(1600 + rng.random() * 20, 1),
        model="qwen1.5-0.5b-chat",
        engine="torch-bf16",
        queue_wait_ms=round(rng.expovariate(0.1), 1),
        ttft_ms=round(rng.lognormvariate(6, 0.4), 1),
        prompt_tokens=220,
        cached_tokens=0,
        output_tokens=rng.randrange(200),
        tokens_per_second=round(rng.uniform(8, 12), 1),
        finish_reason="stop",
        input_chars=24,
        output_chars=300,
        input_text="今天天气真好，我很开心！",
        pid=4242,
        seq=number,
    )


def test_memory_is_bounded() -> None:
    """200,000 records with their lines and summary take less than 100 MB, 400,000 not more than they."""
    rng = random.Random(7)
    batch = batch_of(*(ordinary(number, rng) for number in range(4000)))
    tracemalloc.start()
    window, summary = Window(200_000, LineDecoder()), RollingSummary()
    taken = []
    for _ in range(2):
        for _ in range(50):
            before = window.snapshot()
            window.append(batch)
            after = window.snapshot()
            summary.remove(before.head(len(before) + len(batch) - len(after)))
            summary.add(after.tail(len(batch)))
        assert summary.result(after).requests == 200_000
        del before, after
        taken.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert len(window.snapshot()) == summary.result(window.snapshot()).requests == 200_000
    assert taken[0] < 100e6
    assert taken[1] < taken[0] * 1.05
