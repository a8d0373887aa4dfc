"""What a visitor may look at: the numbers of the live log. All else is the operator's."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields

from monitoring.analysis.filters import Filter
from ui.dashboard.reader import Reader
from ui.texts.words import Words
from ui.view.address import parse
from ui.view.state import OPERATOR_SORTS, ViewState

# The fields of a view and of its filter that a visitor may choose; all others are the operator's.
VIEW_FIELDS = ("range", "since", "until", "zoom", "filter", "sort", "is_descending", "page")
FILTER_FIELDS = ("task_type", "status", "request_id", "over_ms")
# The parts of the address that have other names than their fields.
PARTS = {"text": "q", "session_id": "session", "mapping": "map"}


class ForbiddenError(Exception):
    """A visitor asked for what only the operator may see; `parts` are the parts of the address that ask."""

    def __init__(self, parts: Sequence[str]) -> None:
        super().__init__(", ".join(parts))
        self.parts = parts

    def describe(self, words: Words) -> str:
        """Return the reason in the reader's language."""
        names = words["list_comma"].join(f"{words[f'field_{part}']} ({part})" for part in self.parts)
        return words["operator_only"].format(what=names)


def view_for(reader: Reader, query: str) -> ViewState:
    """Return the view that a query string describes.

    Raises:
        AddressError: the query does not describe a view.
        ForbiddenError: the reader is a visitor, and the view is the operator's.
    """
    state = parse(query)
    if not reader.is_operator:
        _check_visitor(state)
    return state


def _check_visitor(state: ViewState) -> None:
    """Refuse a view that shows texts, or whose filter or order tells something of them."""
    none = ViewState()
    parts = [*_others(state, none, VIEW_FIELDS), *_others(state.filter, none.filter, FILTER_FIELDS)]
    if state.sort in OPERATOR_SORTS:
        parts.append("sort")
    if parts:
        raise ForbiddenError(parts)


def _others(chosen: ViewState | Filter, none: ViewState | Filter, allowed: Collection[str]) -> Iterator[str]:
    """Yield the parts of an address that set other fields than those that are allowed."""
    for field in fields(chosen):
        if field.name not in allowed and getattr(chosen, field.name) != getattr(none, field.name):
            yield PARTS.get(field.name, field.name)
