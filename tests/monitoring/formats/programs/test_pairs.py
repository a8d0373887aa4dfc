"""Pairs of logfmt and spans of tracing."""

import pytest

from monitoring.formats.programs.pairs import (
    MAX_PAIRS,
    MAX_SPAN_PARTS,
    MAX_SPANS,
    pairs_of,
    read_logfmt,
    read_spans,
)


def test_a_value_in_quotes_may_hold_spaces() -> None:
    """What is escaped there is read."""
    assert pairs_of(r'a=1 b="c \"d\"\n" e= f') == {"a": "1", "b": 'c "d"\n', "e": ""}


@pytest.mark.parametrize(
    "text",
    [
        "time=2026-01-21T16:00:00Z level=info msg=a and more",
        "level=info msg=a duration=5ms",
        'at=info method=GET path="/" status=200 bytes=13',
        "ts=2026-01-21T16:00:00Z caller=main.go:5 took=5ms",
    ],
)
def test_lines_of_logfmt(text: str) -> None:
    """With a time and a level, or nothing but pairs, one of them of a usual name."""
    assert read_logfmt(text) == pairs_of(text)


@pytest.mark.parametrize(
    "text", ["a=1 b=2", "level=info", "level=info msg=a and more", "retry status=500 a=b"]
)
def test_other_lines_are_no_logfmt(text: str) -> None:
    """Text around pairs, and pairs that tell nothing."""
    assert read_logfmt(text) is None


def test_fields_of_spans_are_read() -> None:
    """Those of the inner spans count more; a value may hold any brackets, and texts with any in them."""
    text = (
        'a{x=1 kind=Extension(Kind("1-l4"))}:b::c{p=P { best: None, stop: ["}"] } total="1.5s" x=2}: '
        "app::server: src/server.rs:322: Success"
    )
    assert read_spans(text) == (
        {
            "x": "2",
            "kind": 'Extension(Kind("1-l4"))',
            "p": 'P { best: None, stop: ["}"] }',
            "total": "1.5s",
            "span": "a:b::c",
        },
        "app::server: src/server.rs:322: Success",
    )


def test_a_span_without_fields_may_follow() -> None:
    """It is left in the message."""
    assert read_spans("a{x=1}:b: app: hello") == ({"x": "1", "span": "a"}, "b: app: hello")


@pytest.mark.parametrize(
    "text", ["hello", "a{x=1} hello", "a{b}: hello", "a{x=1", 'a{x="1}: b', "could not parse a{x=1}: b"]
)
def test_other_texts_have_no_spans(text: str) -> None:
    """Braces may stand in any message."""
    assert read_spans(text) is None


def test_so_many_pairs_of_a_line_are_read() -> None:
    """A line of nothing but pairs costs no more than any other."""
    many = " ".join(f"a{number}={number}" for number in range(MAX_PAIRS + 50))
    assert len(pairs_of(many)) == MAX_PAIRS
    assert read_logfmt(f"time=1 msg=a {many}") is not None
    assert read_logfmt(f"{many} level=info") is None
    assert pairs_of("a=1 " * (MAX_PAIRS + 50)) == {"a": "1"}


def test_so_many_spans_of_a_line_are_read() -> None:
    """What follows is the message; one whose brace is not closed soon is none."""
    spans = read_spans("a{b=c}:" * (MAX_SPANS + 5))
    assert spans == ({"b": "c", "span": ":".join(["a"] * MAX_SPANS)}, "a{b=c}:" * 5)
    assert read_spans("a{" + "b=c " * MAX_SPAN_PARTS + "}: text") is None


def test_a_name_is_not_as_long_as_a_line() -> None:
    """Letters without end are no name, of a pair or of a span, and nobody looks for its end."""
    assert pairs_of("a" * 200 + "=1") == {"a" * 200: "1"}
    assert pairs_of("a" * 1000 + "=1") == {}
    assert read_spans("a" * 1000 + "{b=c}: text") is None
