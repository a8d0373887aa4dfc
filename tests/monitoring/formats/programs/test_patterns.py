"""Parts of the forms of text lines."""

import re

import pytest

from monitoring.formats.programs.patterns import ISO, date_of


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-21T16:00:00Z",
        "2026-01-21 16:00:00,123",
        "2026/01/21 16:00:00",
        "2026-01-21T16:00:00.123456789+08:00",
        "2026-01-21 16:00:00.123 UTC",
    ],
)
def test_a_time_is_taken_with_its_zone(text: str) -> None:
    """However a logger writes it."""
    assert re.fullmatch(ISO, text)


def test_a_month_may_be_a_name() -> None:
    """A name of no month makes no date."""
    assert date_of("2026", "Jan", "1", "16:00:00.5") == "2026-01-01T16:00:00.5"
    assert date_of("2026", "Foo", "1", "16:00:00.5") is None
