"""Foreign names, and what they are mapped to."""

import numpy as np
import pytest

from monitoring.window.line_decoder import LineDecoder
from tests.monitoring.window.test_line_decoder import NOON, a_line, decoded


def test_foreign_names_are_mapped() -> None:
    """A foreign name fills our column, and the record has our name in its place."""
    mapping = {"latency": "response_time_ms", "ts": "timestamp", "severity": "level", "msg": "message"}
    line = b'{"ts":"2023-11-14T12:00:00Z","latency":12.5,"severity":"WARN","msg":"hello","seq":3}'
    batch, broken = decoded(line, mapping=mapping)
    assert batch.time.tolist() == [NOON]
    assert batch.numbers["response_time_ms"].tolist() == [12.5]
    assert batch.texts["level"] == ["WARNING"]
    assert not broken
    assert LineDecoder(mapping).record(batch.lines) == {
        "timestamp": "2023-11-14T12:00:00.000Z",
        "level": "WARNING",
        "message": "hello",
        "task_type": "unknown",
        "request_id": None,
        "response_time_ms": 12.5,
        "cpu_usage_percent": None,
        "memory_usage_mb": None,
        "event": "task.finished",
        "status": "ok",
        "seq": 3,
    }


def test_the_mapped_name_wins_over_our_own() -> None:
    """Where both stand in a line, the foreign one counts; where it is absent or null, our own does."""
    mapping = {"latency": "response_time_ms"}
    lines = [
        a_line(latency=1, response_time_ms=2),
        a_line(response_time_ms=3, latency=4),
        a_line(response_time_ms=5),
        a_line(response_time_ms=6, latency=None),
    ]
    batch, _ = decoded(*lines, mapping=mapping)
    assert batch.numbers["response_time_ms"].tolist() == [1, 4, 5, 6]
    decoder = LineDecoder(mapping)
    records = [decoder.record(line) for line in batch.lines.splitlines()]
    assert [record["response_time_ms"] for record in records] == [1, 4, 5, 6]
    assert not any("latency" in record for record in records)


def test_names_of_ours_may_be_exchanged() -> None:
    """A name of ours that means another field in a foreign log is read as that one only."""
    batch, _ = decoded(a_line(pid=1, seq=2), mapping={"pid": "seq", "seq": "pid"})
    assert (batch.numbers["pid"][0], batch.numbers["seq"][0]) == (2, 1)
    batch, _ = decoded(a_line(pid=1), mapping={"pid": "seq"})
    assert np.isnan(batch.numbers["pid"][0])


def test_a_foreign_value_of_another_type_is_read_field_by_field() -> None:
    """The coercion works for mapped names as for our own."""
    batch, _ = decoded(a_line(latency="12", lvl=30), mapping={"latency": "response_time_ms", "lvl": "level"})
    assert (batch.numbers["response_time_ms"][0], batch.texts["level"]) == (12, ["INFO"])


def test_a_mapping_to_no_field_is_refused() -> None:
    """The error names the value and what is allowed."""
    with pytest.raises(ValueError, match=r"'latenz'.*'latency'.*response_time_ms.*dropped"):
        LineDecoder({"latency": "latenz"})


def test_two_names_for_one_field_are_refused() -> None:
    """The error names the field and both names."""
    with pytest.raises(ValueError, match=r"'seq'.*'a'.*'b'"):
        LineDecoder({"a": "seq", "b": "seq"})
