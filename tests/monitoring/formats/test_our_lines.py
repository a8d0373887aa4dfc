"""Which lines are ours to the letter."""

import pytest

from monitoring.formats.our_lines import OurLines
from tests.monitoring.helpers import a_record, lines_of

OURS = lines_of(
    a_record(), a_record(1, event="log", message='a "b": {c} \\ 情'), a_record(2, extra={"a": {"b": 1}})
)
FIRST = OURS.splitlines()[0]


def test_what_this_app_writes_is_ours() -> None:
    """Whatever its texts hold; an empty file, too."""
    assert OurLines().are_all(OURS)
    assert OurLines().are_all(b"")


@pytest.mark.parametrize(
    "line",
    [
        b"torn",
        b'{"timestamp":"2023-11-14T22:13:20.000Z"}',
        FIRST.replace(b'"level":"INFO"', b'"level":"info"'),
        FIRST.replace(b'"level":"INFO"', b'"level":"INFO","level":"ERROR"'),
        FIRST.replace(b'"level":"INFO"', b'"x":{"a":1,"a":2}'),
        FIRST.replace(b"100.0", b'"100"'),
        FIRST.replace(b"100.0", b"NaN"),
        FIRST.replace("对".encode(), b"\\ud83d"),
        FIRST.replace("对".encode(), b"\xff"),
        FIRST.replace(b"000Z", b"000"),
        FIRST.replace(b',"status":"ok"', b""),
        b"\xef\xbb\xbf" + FIRST,
    ],
)
def test_one_other_line_is_enough(line: bytes) -> None:
    """Programs do not agree on names that come twice, halves of characters, and other encodings."""
    assert line != FIRST
    assert not OurLines().are_all(OURS + line + b"\n" + OURS)
