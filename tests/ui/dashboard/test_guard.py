"""A piece of the page that fails: its reason in its place, and one line in the log."""

import logging
from collections.abc import Iterator

import pytest
from markupsafe import Markup

from monitoring.record.visible import visible
from monitoring.writing.logger import LOGGER_NAME
from tests.ui.dashboard.helpers import HOSTILE, OPERATOR, VISITOR, Elements, fail
from ui.dashboard.guard import Guard
from ui.texts.page import EN

REASON = EN["part_failed"].format(error=f"ZeroDivisionError: {visible(HOSTILE)}")


@pytest.fixture
def logged() -> Iterator[list[logging.LogRecord]]:
    """Collect what is logged to the app's logger."""
    records: list[logging.LogRecord] = []

    class KeepingHandler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    logger, handler = logging.getLogger(LOGGER_NAME), KeepingHandler()
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)


def test_what_works_is_returned_as_it_is(logged: list[logging.LogRecord]) -> None:
    """Without a failure nothing is added and nothing is logged."""
    assert Guard().html("cards", lambda: Markup("<p>cards</p>"), OPERATOR) == "<p>cards</p>"
    assert Guard().figure("cpu", lambda: {"data": []}, OPERATOR) == {"data": []}
    assert not logged


def test_a_piece_that_fails_shows_the_reason_as_text(logged: list[logging.LogRecord]) -> None:
    """The notice holds the error's text and no element of it."""
    shown = Elements(Guard().html("cards", fail, OPERATOR))
    assert shown.names == {"div"}
    assert shown.text == REASON


def test_a_figure_that_fails_holds_the_reason() -> None:
    """The page's script shows the error as the title of an empty chart."""
    assert Guard().figure("cpu", fail, OPERATOR) == {"error": REASON}


def test_each_kind_of_failure_is_logged_once(logged: list[logging.LogRecord]) -> None:
    """Refreshes do not repeat a line; another piece that fails has a line of its own."""
    guard = Guard()
    for name in ("cards", "cards", "table"):
        guard.html(name, fail, OPERATOR)
    guard.figure("cards", fail, OPERATOR)
    assert [record.getMessage() for record in logged] == [
        "the dashboard's cards failed",
        "the dashboard's table failed",
    ]
    assert all(record.exc_info is not None for record in logged)


def test_a_visitor_is_not_told_the_reason() -> None:
    """An error's text may hold what somebody wrote: it is logged, and shown to the operator alone."""
    shown = Elements(Guard().html("cards", fail, VISITOR))
    assert shown.text == EN["part_failed_here"]
    assert Guard().figure("cpu", fail, VISITOR) == {"error": EN["part_failed_here"]}


def test_a_value_that_fails_has_another_in_its_place(logged: list[logging.LogRecord]) -> None:
    """Pieces that need it go on without it, and the failure is logged."""
    none: list[int] = []
    assert Guard().value("marks", lambda: [1], none) == [1]
    assert Guard().value("marks", fail, none) is none
    assert [record.getMessage() for record in logged] == ["the dashboard's marks failed"]
