"""Other programs' names and values."""

import math

import pytest

from monitoring.record.mapping import number, parse_mapping


def test_mappings_are_parsed() -> None:
    """Each text is a foreign name and ours; the foreign one may hold an equals sign."""
    texts = ["latency=response_time_ms", "a=b=message"]
    assert parse_mapping(texts) == {"latency": "response_time_ms", "a=b": "message"}
    assert parse_mapping([]) == {}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["latency"], "'latency' is not of the form"),
        (["=seq"], "'=seq' is not of the form"),
        (["latency="], "'latency=' is not of the form"),
        (["latency=wrong"], "'wrong'.*allowed are timestamp"),
        (["a=seq", "a=pid"], "'a' is mapped twice.*'seq'.*'pid'"),
        (
            ["x:s=task_type"],
            "'x:s' names a unit, and 'task_type' has none; those .* response_time_ms, ",
        ),
        (["a=seq", "b=seq"], "'seq' is mapped from two names"),
    ],
)
def test_mappings_that_cannot_be_meant_are_refused(texts: list[str], message: str) -> None:
    """The error says which part is wrong, and what is allowed."""
    with pytest.raises(ValueError, match=message):
        parse_mapping(texts)


@pytest.mark.parametrize(("value", "meant"), [(1, 1.0), (2.5, 2.5), ("12.5", 12.5), (" 3 ", 3.0)])
def test_a_number_may_be_written_as_text(value: object, meant: float) -> None:
    """Numbers are taken as they are, and out of texts."""
    assert number(value) == meant


@pytest.mark.parametrize("value", [None, True, "x", "", "nan", "inf", math.inf, 10**400, [1], {}])
def test_what_is_no_number_is_none(value: object) -> None:
    """Truth values, other texts and what is not finite are no numbers."""
    assert number(value) is None
