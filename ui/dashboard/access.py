"""What a visitor may look at: the numbers of the live log. All else is the operator's."""

from collections.abc import Sequence

from monitoring.reading.sources import LIVE
from ui.dashboard.reader import Reader
from ui.texts.words import Words
from ui.view.address import parse
from ui.view.state import OPERATOR_SORTS, ViewState


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
    wanted = state.filter
    asked = {
        "source": state.source != LIVE,
        "kind": wanted.kind != "requests",
        "label": bool(wanted.label),
        "level": bool(wanted.level),
        "q": bool(wanted.text),
        "session": bool(wanted.session_id),
        "sort": state.sort in OPERATOR_SORTS,
    }
    if parts := [part for part, is_asked in asked.items() if is_asked]:
        raise ForbiddenError(parts)
