"""The evaluator that stands in for Loki."""

import json

import pytest

from tests.monitoring.helpers import stamp
from tests.monitoring.history.logql import select, unquote

RECORDS: tuple[dict[str, object], ...] = (
    {"task_type": "chat", "level": "INFO", "event": "e", "ms": 5},
    {"task_type": "chat", "level": "ERROR", "message": "two\nlines"},
    {"task_type": "search", "ms": "7.5", "nested": {"name": "x"}},
    {"ms": None, "level": None, "message": ""},
    {"ms": "slow"},
)
LINES = [
    json.dumps({"timestamp": stamp(number), "seq": number, **fields}).encode()
    for number, fields in enumerate(RECORDS)
]


@pytest.mark.parametrize(
    ("stages", "passing"),
    [
        ("", [0, 1, 2, 3, 4]),
        ('| event="e"', [0]),
        ('| event=""', [1, 2, 3, 4]),  # A missing label is empty.
        ('| event!="" or ms=""', [0, 1, 3]),
        ('| event="e" and ms="5" or ms="7.5"', [0, 2]),
        ('| event="e" or (ms="7.5" and event="")', [0, 2]),
        ('| (event="e" or ms="7.5") and level!=""', [0]),
        ("| ms > 5", [2, 4]),  # A value that is no number is not filtered.
        ('| message=~"(?s)two.*"', [1]),
        ('| message=~"two"', []),  # A regular expression matches the whole label.
        ('| level_extracted="ERROR"', [1]),  # The label of a stream is not overwritten.
        ('| nested_name="x"', [2]),
    ],
)
def test_a_stage_filters_as_the_documentation_says(stages: str, passing: list[int]) -> None:
    """Missing labels, numbers, anchored expressions, and names that are taken."""
    query = f'{{app="qwen-all-in-one"}} | json {stages}'
    assert [record["seq"] for record in select(query, LINES)] == passing


def test_a_stream_is_selected_by_its_labels() -> None:
    """Labels of the selector must all agree."""
    query = '{app="qwen-all-in-one", task_type="chat", level="ERROR"} | json'
    assert [record["seq"] for record in select(query, LINES)] == [1]
    assert not list(select('{app="other"} | json', LINES))


def test_the_time_range_stands_in_a_comment() -> None:
    """A line that begins with # is no part of the query; the range that it tells is used."""
    query = f'# time range: {stamp(1)} (included) to {stamp(3)} (excluded)\n{{app="qwen-all-in-one"}} | json'
    assert [record["seq"] for record in select(query, LINES)] == [1, 2]


def test_texts_are_those_of_go() -> None:
    """Escapes that Go does not have are refused, as Loki does."""
    assert unquote(r'"a\"\\\n\u60c5\t"') == 'a"\\\n情\t'
    for wrong in (r'"\/"', r'"\$"', r'"\ud83d"'):
        with pytest.raises(ValueError, match="no escape of Go"):
            unquote(wrong)


@pytest.mark.parametrize(
    "rest", ["", "} | json | ms >= 5", '} | ms > "5"', "} | json | ms=5", '} | a="b" "c"']
)
def test_what_it_does_not_know_is_refused(rest: str) -> None:
    """Other parts of the language raise instead of giving wrong records."""
    with pytest.raises(ValueError, match=r".+"):
        list(select('{app="qwen-all-in-one"' + rest, LINES))
