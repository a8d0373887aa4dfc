"""The rules over a log that was written before."""

import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.alerts.condition import Change
from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.observation import of_frame
from monitoring.alerts.replay import replay
from monitoring.window.line_decoder import LineDecoder
from tests.monitoring.alerts.helpers import a_machine, feed, rules, short
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import Record, a_record, lines_of, refused_requests, stamp

SLOW = {"ttft_ms": 9000.0}


def eventful() -> Iterator[Record]:
    """Yield an hour in which nearly everything goes wrong once, the same in each run."""
    chance = Random(5)
    for second in range(3600):
        trouble = 600 < second < 1500
        if second % 5 == 0:
            memory = 2500.0 if 2000 < second < 2200 else 900.0
            fields: dict[str, Any] = {
                "memory_usage_mb": memory,
                "cpu_usage_percent": 200.0 if trouble else 20.0,
            }
            if not 3000 < second < 3200:
                yield a_record(second, event="resource.sample", status=None, response_time_ms=None, **fields)
        if chance.random() < 0.3:
            yield a_record(
                second + 0.5,
                request_id=f"{second:032x}",
                status="error" if trouble and chance.random() < 0.5 else "ok",
                memory_usage_mb=2500.0 if 2000 < second < 2200 else 900.0,
                ttft_ms=chance.uniform(1000, 4000) if trouble else chance.uniform(50, 200),
                queue_wait_ms=1500.0 if trouble else 1.0,
                output_tokens=10,
            )
    yield a_record(3600, event="log.dropped", dropped=3, response_time_ms=None, status=None)


EVENTFUL = lines_of(*eventful())


def written(path: Path, data: bytes) -> Path:
    """Write a log, compressed where its name says so."""
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def told(path: Path, **options: Any) -> list[Change]:
    """Return what the shipped rules say of a log."""
    return list(replay(path, rules(), a_machine(), **options))


def test_a_log_says_what_would_have_fired(tmp_path: Path) -> None:
    """A slow chat is told at the time of its record, and its end at the time at which it was over."""
    data = lines_of(a_record(0), a_record(10, request_id="slow", **SLOW), a_record(200))
    changes = told(written(tmp_path / "a.log", data))
    assert short(changes) == [("fired", "chat", 10), ("resolved", "chat", 70)]
    assert changes[0].requests == ("slow",)


def test_what_goes_wrong_is_found(tmp_path: Path) -> None:
    """Over an hour of trouble each rule that it breaks fires, and no other one."""
    fired = {
        change.rule for change in told(written(tmp_path / "a.log", EVENTFUL)) if change.event == "alert.fired"
    }
    assert fired == {
        "slow_request",
        "slow_task",
        "failing_task",
        "error_rate",
        "queue_backing_up",
        "memory_limit",
        "silent",
        "log_dropped",
    }


def test_refused_requests_change_no_alert(tmp_path: Path) -> None:
    """However many requests were refused, the same alerts fire and end as without them."""
    unknown: Record = {"memory_usage_mb": None, "cpu_usage_percent": None}
    both = [
        each
        for record in eventful()
        for each in (record, refused_requests(0, 500, timestamp=record["timestamp"], **unknown))
    ]
    assert told(written(tmp_path / "a.log", lines_of(*both))) == told(written(tmp_path / "b.log", EVENTFUL))


def test_a_live_log_and_a_file_say_the_same(tmp_path: Path) -> None:
    """A window's records give the changes that the file gives."""
    live = feed(AlertEngine(rules(), a_machine()), of_frame(frame_of(*eventful())))
    assert live == told(written(tmp_path / "a.log", EVENTFUL))
    assert live


@settings(max_examples=15)
@given(st.integers(1, 70_000), st.booleans())
def test_the_size_of_blocks_does_not_matter(size: int, is_compressed: bool) -> None:
    """Lines that a block's end cuts are put together: the same changes, whatever is read at once."""
    size = max(size, 64)
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / ("a.log.gz" if is_compressed else "a.log"), EVENTFUL)
        expected = told(path)
        assert told(path, block_bytes=size) == expected
        assert len(expected) > 10


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    """A log whose last line has no newline yet is read whole."""
    data = lines_of(a_record(0), a_record(1, **SLOW)).rstrip(b"\n")
    assert len(told(written(tmp_path / "a.log", data))) == 1


@pytest.mark.parametrize("data", [b"", b"\n\n", b"no log\n{}\n[]\n\xff\n"])
def test_nothing_is_no_alert(tmp_path: Path, data: bytes) -> None:
    """An empty file, and one without a record, say nothing."""
    assert told(written(tmp_path / "a.log", data)) == []


def test_broken_lines_are_skipped(tmp_path: Path) -> None:
    """Lines that are no records change nothing of what the others say."""
    whole = told(written(tmp_path / "a.log", EVENTFUL))
    broken = b"torn {\n\n[1]\n\xff\n".join(EVENTFUL.splitlines(keepends=True))
    assert told(written(tmp_path / "b.log", broken)) == whole


def test_alerts_in_the_log_are_not_repeated(tmp_path: Path) -> None:
    """The rules judge anew; who was silenced is taken from the log."""
    data = lines_of(
        a_record(0, event="alert.fired", rule="slow_request", status=None, response_time_ms=None),
        a_record(1, event="alert.silenced", rule="slow_request", until=stamp(30), response_time_ms=None),
        a_record(10, **SLOW),
    )
    (change,) = told(written(tmp_path / "a.log", data))
    assert (change.event, change.is_silenced) == ("alert.fired", True)


def test_a_foreign_log_is_judged_by_its_own_names(tmp_path: Path) -> None:
    """With a mapping the records of another program are requests, though they name no event or status."""
    lines = [
        json.dumps({"timestamp": stamp(second), "kind": "sentiment", "latency": 5000}) for second in range(20)
    ]
    path = written(tmp_path / "foreign.log", "\n".join(lines).encode())
    assert told(path) == []
    decoder = LineDecoder({"kind": "task_type", "latency": "response_time_ms"})
    changes = told(path, decoder=decoder)
    assert [(change.rule, change.task) for change in changes] == [
        ("slow_request", "sentiment"),
        ("slow_task", "sentiment"),
    ]
    assert changes[0].requests == ()


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """The operating system's error is passed on."""
    with pytest.raises(FileNotFoundError):
        told(tmp_path / "none.log")


def test_a_damaged_file_says_what_stands_before_the_damage(tmp_path: Path) -> None:
    """What fired until there is told, and the decoder knows of the damage."""
    path = written(tmp_path / "a.log.gz", EVENTFUL)
    path.write_bytes(path.read_bytes()[:-2000])
    decoder = LineDecoder()
    assert list(replay(path, rules(), a_machine(), decoder))
    assert +decoder.broken == {"damaged": 1}
    assert decoder.rows.damages[0].size == path.stat().st_size
