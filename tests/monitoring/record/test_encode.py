"""The record: the order of its fields, and that anything becomes one valid line."""

import json
import math
import re
from signal import Signals
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.record.encode import complete, to_line
from monitoring.record.schema import ALWAYS, FIELDS, MAX_LINE_BYTES, Record
from monitoring.record.timestamps import timestamp
from tests.monitoring.helpers import MOMENT, a_record

ANY_TEXT = st.text(st.characters(exclude_categories=[]))  # It includes halves of characters.
INJECTIONS = [
    "a\nb\r\nc\v\f\x1c\x1d\x1e",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "\x9b31mred\x7f\x80\x9f",
    "a\u2028b\u2029c\u0085d",
    "\x00",
    "\ud83d",
    "\ude00\ud83d",
    '"}\n{"',
]
HOSTILE_TEXT = st.sampled_from(INJECTIONS)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), ANY_TEXT, HOSTILE_TEXT, st.binary(max_size=20)
)
KEYS = st.one_of(ANY_TEXT, st.integers(), st.floats(), st.none(), st.booleans(), st.tuples(st.integers()))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner), st.dictionaries(KEYS, inner), st.frozensets(SCALARS), st.tuples(inner)
    ),
    max_leaves=8,
)


FIRST_EIGHT = FIELDS[:8]


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no text for you")


class OnlyRepr:
    def __repr__(self) -> str:
        return "<OnlyRepr>"


def parse(line: bytes) -> dict[str, Any]:
    """Return the line's record; fails unless it is one line of strict JSON, and not too long."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    text = line.decode("utf-8")
    assert len(text.splitlines()) == 1
    assert text.endswith("\n")
    assert not re.search("[\x00-\x1f\x7f-\x9f]", text[:-1])  # A terminal might obey these.
    assert len(line) <= MAX_LINE_BYTES
    record = json.loads(text, parse_constant=refuse)
    assert isinstance(record, dict)
    return record


def whole_characters(text: str) -> str:
    """Join surrogate pairs, as JSON does, and replace each half that is left over."""
    joined: str = json.loads(json.dumps(text))
    return re.sub("[\ud800-\udfff]", "\ufffd", joined)


def test_the_first_eight_fields_are_always_there_in_order() -> None:
    """A record of nothing has the first eight fields, null, and no other."""
    assert list(complete({}).items()) == [(name, None) for name in FIRST_EIGHT]
    assert parse(to_line({})) == dict.fromkeys(FIRST_EIGHT)
    assert set(FIRST_EIGHT) == ALWAYS


def test_known_fields_come_in_the_schemas_order_and_unknown_ones_last() -> None:
    """Fields are sorted as the schema lists them; foreign ones follow as they came."""
    fields = {"zebra": 1, "seq": 3, "apple": 2, "status": "ok", "message": "m", "event": "log"}
    assert list(complete(fields)) == [*FIRST_EIGHT, "event", "status", "seq", "zebra", "apple"]


def test_absent_values_are_left_out() -> None:
    """None, NaN and infinities leave no field, except the first eight, which become null."""
    record = complete({"ttft_ms": math.nan, "label": None, "x": math.inf, "response_time_ms": -math.inf})
    assert list(record) == list(FIRST_EIGHT)
    assert record["response_time_ms"] is None


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_a_whole_record_leaves_absent_values_out_too(value: float | None) -> None:
    """Beside fields that are all there, an absent one leaves no field; one of the first eight is null."""
    record = parse(to_line({**a_record(), "ttft_ms": value, "response_time_ms": value}))
    assert record == {**a_record(), "response_time_ms": None}


def test_falsy_values_stay() -> None:
    """Zero, an empty text and False are values, not absence."""
    record = complete({"output_tokens": 0, "finish_reason": "", "extra": False})
    assert (record["output_tokens"], record["finish_reason"], record["extra"]) == (0, "", False)


def test_the_schema_names_no_field_twice() -> None:
    """Every field has one place in the order."""
    assert len(set(FIELDS)) == len(FIELDS)


def test_non_ascii_text_is_written_as_it_is() -> None:
    """Chinese text stands in the file unescaped."""
    assert "情感分析完成: 正面" in to_line({"message": "情感分析完成: 正面"}).decode()


@settings(deadline=None)
@given(st.one_of(ANY_TEXT, HOSTILE_TEXT))
def test_any_text_round_trips_on_one_line(text: str) -> None:
    """A text of any characters comes back equal, with U+FFFD for half a character."""
    assert parse(to_line({"message": text}))["message"] == whole_characters(text)


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(ANY_TEXT, VALUES, max_size=6))
def test_any_fields_become_one_valid_line(fields: dict[str, Any]) -> None:
    """Whatever an extra field is called and holds, the line is valid and the first eight are there."""
    record = parse(to_line(complete(fields)))
    assert list(record)[:8] == list(FIRST_EIGHT)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_the_quick_way_writes_the_same_line(fields: dict[str, Any]) -> None:
    """A record of known fields alone is encoded in another way, to the same bytes as with a foreign one."""
    line = to_line({**a_record(), **fields})
    longer = to_line({**a_record(), **fields, "foreign": 0})
    assert longer == line.removesuffix(b"}\n") + b',"foreign":0}\n' or b'"truncated":true' in longer


def test_the_schema_reads_what_was_written() -> None:
    """The types of the schema are those of a record in the log."""
    record = a_record(output_tokens=3, confidence=0.5, label="正面", truncated=True, pid=7, seq=1)
    assert msgspec.structs.asdict(msgspec.json.decode(to_line(record), type=Record)) == {
        **dict.fromkeys(FIELDS),
        **record,
    }


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (MOMENT, "2023-11-14T22:13:20.000Z"),
        (MOMENT + 0.25, "2023-11-14T22:13:20.250Z"),
        (MOMENT + 0.9999, "2023-11-14T22:13:20.999Z"),
        (0.0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_a_moment_is_written_in_utc_with_milliseconds(moment: float, text: str) -> None:
    """The timestamp is RFC 3339 in UTC, with three digits after the second, not rounded up."""
    assert timestamp(moment) == text


@pytest.mark.parametrize("text", INJECTIONS, ids=ascii)
def test_what_is_logged_cannot_forge_a_line(text: str) -> None:
    """Line breaks of every kind, terminal codes and half characters stay inside their one line."""
    for fields in ({"message": text}, {"label": text}, {"foreign": text}, {text: 1}, {"x": {text: [text]}}):
        line = to_line({**a_record(), **fields})
        assert b"\x1b" not in line
        assert parse(line)["request_id"] == "0" * 32


@pytest.mark.parametrize("whole", [True, False])
def test_a_name_of_ten_megabytes_is_left_out(whole: bool) -> None:
    """A foreign field whose name alone passes the limit goes, and the record stays."""
    fields = a_record() if whole else {"message": "m"}
    record = parse(to_line({**fields, "n" * 10_000_000: 1}))
    assert record["truncated"] is True
    assert record["message"] == fields["message"]


@settings(deadline=None)
@given(st.dictionaries(KEYS, SCALARS, max_size=6))
def test_keys_of_any_type_become_text(inner: dict[Any, Any]) -> None:
    """Non-string keys, at the top and below, do not spoil the line."""
    parse(to_line({"extra": inner}))
    parse(to_line(inner))


@settings(deadline=None)
@given(st.integers())
def test_integers_of_any_size_keep_their_digits(number: int) -> None:
    """An integer of up to 64 bits stays a number; a larger one becomes its digits."""
    assert str(parse(to_line({"n": number}))["n"]) == str(number)


def test_a_plain_record_round_trips() -> None:
    """Numbers, texts, flags and nested values come back as they were."""
    record = {"message": "m", "confidence": 0.9312, "output_tokens": 12, "extra": {"a": [1, None, True]}}
    assert parse(to_line(record)) == {**dict.fromkeys(FIRST_EIGHT), **record}


@pytest.mark.parametrize("character", ["a", "中", "😀", "\x00", '"', "\u2028", "a\ud800"])
def test_a_text_of_ten_megabytes_is_cut(character: str) -> None:
    """A text far over the limit keeps its beginning and sets `truncated`."""
    text = (character * 10_000_000)[:10_000_000]
    record = parse(to_line(complete({"message": text, "status": "ok", "k": 1})))
    assert record["truncated"] is True
    assert 80 <= len(record["message"]) <= 8000
    assert set(record["message"]) == set(whole_characters(character))
    assert (record["status"], record["k"]) == ("ok", 1)


@pytest.mark.parametrize("characters", [100_000, 10_000_000])
def test_a_traceback_is_cut_in_its_middle(characters: int) -> None:
    """Where a traceback began, and what failed in its end, stay; the record says that it was cut."""
    text = "Traceback" + "x" * characters + "ValueError: bad"
    record = json.loads(to_line(complete({"traceback": text, "message": "m" * 100})))
    assert record["traceback"].startswith("Tracebackx")
    assert record["traceback"].endswith("xValueError: bad")
    assert "characters are left out" in record["traceback"]
    assert record["truncated"] is True
    assert record["message"] == "m" * 100


def test_a_text_that_fits_is_not_cut() -> None:
    """A line just below the limit is written whole, without `truncated`."""
    text = "x" * (MAX_LINE_BYTES - 400)
    assert parse(to_line(a_record(message=text))) == a_record(message=text)


def test_too_many_unknown_fields_are_left_out() -> None:
    """Where cutting is not enough, known fields stay and foreign ones go."""
    fields = {"message": "kept", **{f"field_{i}": "x" * 80 for i in range(5000)}}
    record = parse(to_line(complete(fields)))
    assert record["message"] == "kept"
    assert record["truncated"] is True
    assert not any(name.startswith("field_") for name in record)


@pytest.mark.parametrize(
    "value",
    [list(range(100_000)), {str(i): i for i in range(50_000)}, [["x" * 1000] * 1000]],
    ids=["list", "object", "nested"],
)
def test_a_huge_value_in_a_known_field_is_cut_too(value: object) -> None:
    """A foreign program may put anything into `label`: the limit holds all the same."""
    record = parse(to_line(complete({"message": "kept", "label": value})))
    assert record["message"] == "kept"
    assert record["truncated"] is True


def test_a_circular_value_becomes_text() -> None:
    """A value that holds itself neither raises nor ends up endless."""
    circle: list[object] = []
    circle.append(circle)
    assert isinstance(parse(to_line({"extra": circle}))["extra"], str)


@pytest.mark.parametrize("depth", [300, 100_000])
def test_a_too_deep_value_does_not_raise(depth: int) -> None:
    """A value nested deeper than the encoder, or than Python itself, can follow costs no other field."""
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    record = parse(to_line({"extra": value, "message": "m"}))
    assert record["message"] == "m"
    assert record["extra"]


def test_objects_without_json_form_become_text() -> None:
    """An object is written as its text; one whose own text fails, as its type's name."""
    assert parse(to_line({"a": OnlyRepr()}))["a"] == "<OnlyRepr>"
    assert parse(to_line({"a": Unprintable()}))["a"] == "<Unprintable>"


@pytest.mark.parametrize("name", [*FIRST_EIGHT, "label", "pid", "foreign"])
def test_a_value_whose_text_fails_does_not_raise_wherever_it_stands(name: str) -> None:
    """Whatever an object's own code raises costs its value only, in a whole record, too."""
    record = parse(to_line({**a_record(), name: Unprintable()}))
    assert record == {**a_record(), name: "<Unprintable>"}


class Refusing(str):
    def __len__(self) -> int:
        raise RuntimeError("no length for you")


class RefusingNumber(int):
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("equal to nothing")

    __hash__ = int.__hash__


@pytest.mark.parametrize("name", ["message", "pid", "foreign"])
@pytest.mark.parametrize(
    "value",
    [Refusing("a"), RefusingNumber(5), RefusingNumber(10**5000)],
    ids=["text", "number", "endless number"],
)
def test_texts_and_numbers_of_other_types_do_not_raise(name: str, value: object) -> None:
    """A subclass may break what every text and number can do: its record is written all the same."""
    record = parse(to_line({**a_record(), "foreign": "\ud800", name: value}))
    assert record["request_id"] == "0" * 32


def test_a_number_of_an_enumeration_is_compared_at_once() -> None:
    """A member of an `IntEnum` beside half a character is its number, without counting up to it."""
    record = parse(to_line({"message": "\ud800", "signal": Signals.SIGTERM}))
    assert record["signal"] == int(Signals.SIGTERM)


@pytest.mark.parametrize(
    "value", [10**5000, -(10**5000), [10**5000], {"a": 10**5000}], ids=["+", "-", "list", "object"]
)
def test_a_number_of_thousands_of_digits_does_not_raise(value: object) -> None:
    """Python itself refuses to write such a number; the record is written without its digits."""
    assert parse(to_line({**a_record(), "foreign": value}))["request_id"] == "0" * 32


def test_nan_below_the_top_becomes_null() -> None:
    """NaN inside a nested value is null: the line stays JSON."""
    assert parse(to_line({"extra": [math.nan, math.inf, 1.5]}))["extra"] == [None, None, 1.5]


def test_numpy_numbers_are_numbers() -> None:
    """What a measurement in numpy gives is written as a number, not as text."""
    line = to_line(complete({"response_time_ms": np.float64(3.5), "output_tokens": np.int64(7)}))
    record = parse(line)
    assert (record["response_time_ms"], record["output_tokens"]) == (3.5, 7)
