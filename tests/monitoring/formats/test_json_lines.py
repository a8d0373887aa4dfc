"""JSON objects of lines."""

import pytest

from monitoring.formats.json_lines import parsed, record_behind, record_of


def test_what_strict_json_refuses_is_parsed() -> None:
    """A number of more than 64 bits becomes a double, NaN nothing."""
    assert parsed(b'{"a":NaN,"b":123456789012345678901234567890}') == {"a": None, "b": 1.2345678901234568e29}


@pytest.mark.parametrize(
    "text", ['{"msg":"a"}', '{"duration_ms":5}', '{"statusCode":200}', '{"@timestamp":"x"}']
)
def test_a_record_has_a_usual_name(text: str) -> None:
    """One of a time, a level, a message, a status or a duration."""
    assert record_of(text) == parsed(text.encode())


@pytest.mark.parametrize("text", ['{"a":1}', "{}", "{'msg': 1}", '["msg"]', '{"msg":"a"', "hello"])
def test_any_other_text_is_no_record(text: str) -> None:
    """Objects of other names, other values, and what is no JSON."""
    assert record_of(text) is None


def test_a_record_may_stand_behind_anything() -> None:
    """What stands before it is kept; an object of other names there is part of that."""
    assert record_behind('app[1] {"msg":"a"}') == ("app[1]", {"msg": "a"})
    assert record_behind('{"msg":"a"}') == ("", {"msg": "a"})
    assert record_behind('x {y} { "msg": {"b":1}}') == ("x {y}", {"msg": {"b": 1}})


@pytest.mark.parametrize(
    "text", ['could not parse {"a":1}', "out={'meta': {}}", 'a {"msg":"b"} c', "a {b", "", "a}"]
)
def test_other_texts_have_no_record(text: str) -> None:
    """Braces may stand in any message."""
    assert record_behind(text) is None


def test_a_record_far_behind_is_part_of_a_message() -> None:
    """The beginning of a line is short, and few places are tried."""
    assert record_behind("x" * 2000 + '{"msg":"a"}') is None
    assert record_behind('{"' * 10 + '{"msg":"a"}') is None
