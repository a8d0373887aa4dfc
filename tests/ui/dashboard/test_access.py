"""Which views a visitor may look at."""

from urllib.parse import parse_qs

import pytest

from tests.ui.dashboard.helpers import OPERATOR, VISITOR
from ui.dashboard.access import ForbiddenError, view_for
from ui.texts.page import EN, ZH
from ui.texts.words import Words
from ui.view.address import AddressError, parse

ALLOWED = [
    "",
    "source=live",
    "range=24h",
    "range=own&from=2023-11-14&to=2023-11-15",
    "zoom=1700000000000,1700000001000",
    "kind=requests",
    "task=chat&status=error&over=2000&id=abc",
    "sort=-response&page=3",
    "request=abc&refresh=5&tab=dashboard",
    "q=&session=",
]
FORBIDDEN = [
    "source=file:qwen-2023-11-14T22-13-20.000Z.log",
    "source=upload:abc",
    "source=other",
    "kind=events",
    "kind=all",
    "label=%E6%AD%A3%E9%9D%A2",
    "level=ERROR",
    "q=secret",
    "q=&q=secret",
    "session=ab",
    "sort=label",
    "sort=-level",
]


@pytest.mark.parametrize("query", [*ALLOWED, *FORBIDDEN])
def test_the_operator_may_look_at_every_view(query: str) -> None:
    """Whatever an address describes is shown."""
    assert view_for(OPERATOR, query) == parse(query)


@pytest.mark.parametrize("query", ALLOWED)
def test_a_visitor_may_look_at_the_numbers_of_the_live_log(query: str) -> None:
    """Times, numbers, names of tasks and statuses, and a request's id may be chosen."""
    assert view_for(VISITOR, query) == parse(query)


@pytest.mark.parametrize("query", FORBIDDEN)
def test_a_visitor_may_not_ask_for_texts(query: str) -> None:
    """Other sources, and whatever shows texts or sorts and selects by them, are refused by their names."""
    (name,) = parse_qs(query)
    with pytest.raises(ForbiddenError) as caught:
        view_for(VISITOR, query)
    assert caught.value.parts == [name]


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_the_reason_names_all_that_is_refused(words: Words) -> None:
    """The reader learns in the own language which parts of the address are the operator's."""
    with pytest.raises(ForbiddenError) as caught:
        view_for(VISITOR, "q=a&session=b&range=1h")
    reason = caught.value.describe(words)
    assert f"{words['field_q']} (q)" in reason
    assert f"{words['field_session']} (session)" in reason
    assert "range" not in reason
    assert reason.startswith(words["operator_only"].partition("{")[0])


def test_what_is_no_view_is_told_first() -> None:
    """A wrong value is an error of the address for everybody."""
    with pytest.raises(AddressError):
        view_for(VISITOR, "range=2h&q=secret")


def test_the_names_of_a_files_fields_are_the_operators() -> None:
    """A mapping of another source is refused together with the source."""
    with pytest.raises(ForbiddenError) as caught:
        view_for(VISITOR, "source=file:a&map=kind=task_type")
    assert caught.value.parts == ["source", "map"]
