"""Lines become columns; what is no record is counted by kind and costs itself only."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.formats.row_decoder import BROKEN_KINDS
from monitoring.record.schema import MAX_LINE_BYTES, NUMBERS, TEXTS
from monitoring.window.line_decoder import Batch, LineDecoder

NOON = datetime(2023, 11, 14, 12, tzinfo=UTC).timestamp()
STAMP = "2023-11-14T12:00:00.000Z"


def a_line(**fields: object) -> bytes:
    """Return the line of a message of ours, without its newline; `...` leaves a field out."""
    record = {"timestamp": STAMP, "event": "log", **fields}
    return json.dumps({k: v for k, v in record.items() if v is not ...}, ensure_ascii=False).encode()


def decoded(
    *lines: bytes, mapping: dict[str, str] | None = None, max_line_bytes: int = MAX_LINE_BYTES
) -> tuple[Batch, dict[str, int]]:
    """Decode lines; return the batch and the broken ones' counts that are not zero."""
    decoder = LineDecoder(mapping or {}, max_line_bytes)
    return decoder.decode(b"\n".join(lines)), dict(+decoder.broken)


def times(*stamps: object) -> Any:
    """Return what times are read from timestamps."""
    return decoded(*(a_line(timestamp=stamp) for stamp in stamps))[0].time.tolist()


def test_fields_become_columns() -> None:
    """Each number and each text that the schema knows has its column, in the lines' order."""
    first = a_line(
        level="INFO",
        task_type="chat",
        request_id="a",
        session_id="s",
        event="feedback",
        status="ok",
        label="正面",
        instance="4be92f3577b3",
        seq=1,
    )
    second = a_line(**dict(zip(NUMBERS, range(len(NUMBERS)), strict=True)))
    batch, broken = decoded(first, second)
    assert len(batch) == 2
    assert not broken
    assert batch.time.tolist() == [NOON, NOON]
    assert {name: column[0] for name, column in batch.texts.items()} == {
        "level": "INFO",
        "task_type": "chat",
        "request_id": "a",
        "session_id": "s",
        "event": "feedback",
        "status": "ok",
        "label": "正面",
        "instance": "4be92f3577b3",
    }
    assert [batch.numbers[name][1] for name in NUMBERS] == list(range(len(NUMBERS)))
    assert batch.lines == first + b"\n" + second + b"\n"


def test_absent_and_null_are_the_same() -> None:
    """A number that is not there is NaN, a text is empty."""
    batch, broken = decoded(a_line(), a_line(**{**dict.fromkeys(NUMBERS + TEXTS), "event": "log"}))
    assert all(np.isnan(batch.numbers[name]).all() for name in NUMBERS)
    assert all(list(batch.texts[name]) == ["", ""] for name in TEXTS if name != "event")
    assert all(batch.numbers[name].dtype == np.float64 for name in NUMBERS)
    assert not broken


@pytest.mark.parametrize("data", [b"", b"\n", b"\n  \n\r\n"])
def test_nothing_is_an_empty_batch(data: bytes) -> None:
    """Blank lines are no records and not broken; all columns are there."""
    decoder = LineDecoder()
    batch = decoder.decode(data)
    assert len(batch) == 0
    assert batch.lines == b""
    assert set(batch.numbers) == set(NUMBERS)
    assert set(batch.texts) == set(TEXTS)
    assert not +decoder.broken


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b'{"timestamp":"2023-11-14T12:00', "torn"),
        (b'{"timestamp":"2023-11-14T12:00:00Z","seq":1', "torn"),
        ("情".encode()[:2].join([b'{"message":"', b""]), "torn"),
        (b"started", "not_json"),
        (b"\x00\x00\x00", "not_json"),
        (b"[" * 5000 + b"]" * 5000, "too_deep"),
        (b'{"message":' + b"[" * 5000 + b"]" * 5000 + b"}", "too_deep"),
        (b"[1]", "not_object"),
        (b'"text"', "not_object"),
        (b"12", "not_object"),
        (b"null", "not_object"),
        (a_line(message="x" * 2**20), "too_long"),
        (a_line(timestamp=...), "no_time"),
        (a_line(timestamp="yesterday"), "no_time"),
    ],
)
def test_broken_lines_are_counted_by_kind(line: bytes, kind: str) -> None:
    """A broken line costs itself only, and its kind is told."""
    batch, broken = decoded(a_line(seq=1, level="INFO"), line, a_line(seq=2, level="ERROR"))
    assert batch.numbers["seq"].tolist() == [1, 2]
    assert batch.texts["level"] == ["INFO", "ERROR"]
    assert batch.lines == a_line(seq=1, level="INFO") + b"\n" + a_line(seq=2, level="ERROR") + b"\n"
    assert broken == {kind: 1}
    assert kind in BROKEN_KINDS


def test_two_records_on_one_line_are_two() -> None:
    """Programs whose writes ran into each other lose nothing."""
    batch, broken = decoded(a_line(seq=1) + a_line(seq=2))
    assert batch.numbers["seq"].tolist() == [1, 2]
    assert broken == {}


def test_a_record_may_be_as_long_as_the_limit() -> None:
    """Only longer lines are too long, the newline not counted."""
    line = a_line(seq=1)
    batch, broken = decoded(line, line + b" ", line, max_line_bytes=len(line))
    assert len(batch) == 2
    assert broken == {"too_long": 1}


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7.0),
        ("7.5", 7.5),
        (" 7 ", 7.0),
        (True, None),
        ("many", None),
        ([7], None),
        (float("nan"), None),
        (float("inf"), None),
        ("inf", None),
        (10**400, None),
    ],
)
def test_a_number_of_another_type_is_read_or_absent(value: object, number: float | None) -> None:
    """Texts that hold a number are one; everything else is absent, and the other fields are kept."""
    batch, broken = decoded(a_line(response_time_ms=value, seq=1, level="INFO"))
    assert batch.numbers["response_time_ms"][0] == pytest.approx(
        np.nan if number is None else number, nan_ok=True
    )
    assert batch.numbers["seq"][0] == 1
    assert batch.texts["level"] == ["INFO"]
    assert not broken


@pytest.mark.parametrize("value", [30, 1.5, True, ["x"], {"a": "b"}])
def test_a_text_of_another_type_is_absent(value: object) -> None:
    """What is no text is left out, and the other fields are kept."""
    batch, broken = decoded(a_line(instance=value, status="ok", seq=1))
    assert (batch.texts["instance"], batch.texts["status"]) == ([""], ["ok"])
    assert batch.numbers["seq"][0] == 1
    assert not broken


@pytest.mark.parametrize(
    "stamp",
    [
        "2023-11-14T12:00:00Z",
        "2023-11-14t12:00:00.000000z",
        "2023-11-14T12:00:00.000000000Z",
        "2023-11-14 12:00:00,000",
        "2023-11-14 12:00:00",
        "2023-11-14T20:00:00+08:00",
        "2023-11-14T20:00:00+0800",
        NOON,
        int(NOON),
        int(NOON * 1000),
        str(NOON),
    ],
)
def test_times_are_read_however_they_are_written(stamp: object) -> None:
    """RFC 3339, with a space, a comma, without a zone (UTC) or with one; seconds or milliseconds."""
    assert times(stamp) == [NOON]
    assert times(STAMP, stamp, STAMP) == [NOON, NOON, NOON]


@pytest.mark.parametrize(
    "stamp",
    [
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59.999999Z",
        "9999-12-31T23:59:59-08:00",
        1e300,
        -1e300,
        "nan",
        "",
        "2023-02-30T00:00:00Z",
        True,
        None,
        {},
    ],
)
def test_a_time_that_cannot_be_shown_is_none(stamp: object) -> None:
    """Impossible days, extreme years and other values make a record without time, which is left out."""
    batch, broken = decoded(a_line(seq=1), a_line(timestamp=stamp, seq=2), a_line(timestamp=0, seq=3))
    assert batch.numbers["seq"].tolist() == [1, 3]
    assert batch.lines.count(b"\n") == 2
    assert broken == {"no_time": 1}


def test_every_kept_time_can_be_shown() -> None:
    """The first and the last moment that are kept are within what datetime knows."""
    for moment in times("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"):
        datetime.fromtimestamp(moment, UTC)


def test_record_gives_all_fields() -> None:
    """The record of a batch's line has all fields, also those that have no column."""
    decoder = LineDecoder()
    assert decoder.record(b'{"timestamp":"x","extra":{"a":[1]},"seq":2}') == {
        "timestamp": "x",
        "extra": {"a": [1]},
        "seq": 2,
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"timestamp":0,"seq":"7","message":"a\\ud83d"}', "a\N{REPLACEMENT CHARACTER}"),
        (b'\xef\xbb\xbf{"timestamp":0,"seq":7,"message":"a"}', "a"),
        (b'{"timestamp":0,"seq":7,"confidence":NaN,"message":"a"}\r', "a"),
    ],
)
def test_what_other_programs_write_is_read(line: bytes, message: str) -> None:
    """Half a character, a byte order mark and NaN, which strict JSON forbids, spoil no line."""
    decoder = LineDecoder()
    batch = decoder.decode(line)
    assert batch.numbers["seq"].tolist() == [7]
    record = decoder.record(batch.lines.removesuffix(b"\n"))
    assert record["message"] == message
    assert record["message"].encode()
    assert not +decoder.broken


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
any_lines: st.SearchStrategy[bytes] = st.one_of(
    st.binary(max_size=60),
    st.builds(
        bytes.__getitem__, st.just(a_line(message="情感", seq=5)), st.builds(slice, st.integers(0, 60))
    ),
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("timestamp", "level", "seq", "message"), json_values)
    ).map(lambda record: json.dumps(record).encode()),
)


@given(st.lists(any_lines, max_size=8))
def test_whatever_stands_in_a_log_is_a_record_or_counted(written: list[bytes]) -> None:
    """No bytes end the decoding; lines, columns and records agree; a line decodes alone as among others."""
    decoder, alone = LineDecoder(), LineDecoder()
    data = b"\n".join(written)
    batch = decoder.decode(data)
    kept = batch.lines.split(b"\n")[:-1]
    lines = [line for line in data.split(b"\n") if line.strip(b" \t\r")]
    assert len(kept) == len(batch) == len(batch.texts["level"]) == len(batch.numbers["seq"])
    assert len(kept) + decoder.broken.total() == len(lines)
    assert batch.lines == b"".join(alone.decode(line).lines for line in lines)
    assert alone.broken == decoder.broken
    for line in kept:
        json.dumps(decoder.record(line), ensure_ascii=False).encode()
    again = LineDecoder().decode(batch.lines)
    assert (again.lines, again.texts) == (batch.lines, batch.texts)
    for column in batch.texts.values():
        "".join(column).encode()
    assert not np.isinf(batch.numbers["seq"]).any()
    for moment in batch.time:
        datetime.fromtimestamp(moment, UTC)
