"""How numbers and moments are written, and the buttons that copy."""

import pytest

from tests.monitoring.helpers import MOMENT
from tests.ui.dashboard.helpers import HOSTILE, Elements
from ui.dashboard.html.format import amount, copy_button, moment, number
from ui.texts.page import EN, ZH


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (None, "ms", "–"),
        (0.0, "ms", "0 ms"),
        (99.6, "ms", "100 ms"),
        (9999, "ms", "9,999 ms"),
        (12_340, "ms", "12.3 s"),
        (7_200_000, "ms", "7,200.0 s"),
        (2.345, "percent", "2.3 %"),
        (180.4, "cpu", "180 %"),
        (1234, "memory", "1,234 MiB"),
        (7.25, "speed", "7.2 tok/s"),
        (1_234_567, "count", "1,234,567"),
        (0.126, "depth", "0.13"),
    ],
)
def test_an_amount_has_its_unit(value: float | None, unit: str, expected: str) -> None:
    """Each measure is written with its unit and as many digits as tell something; none is a dash."""
    assert amount(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (1234.56, 0, "1,235"),
        (1234.56, 1, "1,234.6"),
        (7, 0, "7"),
        (0, 0, "0"),
        (None, 0, ""),
        ("12", 0, ""),
        (True, 0, ""),
        ([1], 0, ""),
        (10**400, 0, ""),
    ],
)
def test_what_is_no_number_is_nothing(value: object, digits: int, expected: str) -> None:
    """A field that some other program filled with anything is a number, or an empty cell."""
    assert number(value, digits) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (MOMENT, "2023-11-14 22:13:20"),
        (0.0, "1970-01-01 00:00:00"),
        (253_402_300_800.0, "9999-12-31 23:59:59"),
        (float("inf"), "9999-12-31 23:59:59"),
        (1e300, "9999-12-31 23:59:59"),
    ],
)
def test_a_moment_is_written_in_utc(seconds: float, expected: str) -> None:
    """A moment says that it is in UTC; what lies beyond the calendar's end is its last one."""
    (found,) = Elements(moment(seconds)).found
    assert found == ("time", {"datetime": f"{expected.replace(' ', 'T')}Z"})
    assert Elements(moment(seconds)).text == f"{expected} UTC"


@pytest.mark.parametrize("seconds", [-62_135_596_801.0, -1e300, float("-inf")])
def test_a_moment_before_the_calendar_is_its_first(seconds: float) -> None:
    """What lies before the year 1 is its first second."""
    assert moment(seconds) == moment(-62_135_596_800.0)
    assert Elements(moment(seconds)).text == "0001-01-01 00:00:00 UTC"


def test_a_copy_button_says_what_it_did() -> None:
    """The script finds in the button what to copy and what to say then, in the reader's language."""
    button = Elements(copy_button("data-copy", "Copy", EN))
    assert button.found == [("button", {"type": "button", "data-copy": None, "data-copied": "Copied"})]
    assert button.text == "Copy"
    assert ZH["copied"] in copy_button("data-copy-link", "x", ZH)


def test_a_copy_buttons_name_is_text() -> None:
    """Markup in a name is escaped."""
    assert Elements(copy_button("data-copy", HOSTILE, EN)).names == {"button"}
