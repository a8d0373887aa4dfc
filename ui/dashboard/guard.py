"""Keep one failing piece of the page from taking the others with it."""

import logging
from collections.abc import Callable
from typing import TypeVar

from markupsafe import Markup

from monitoring.charts.traces import Figure
from monitoring.record.reasons import reason_of
from monitoring.writing.logger import LOGGER_NAME
from ui.dashboard.html.format import MAX_TEXT_CHARS, shortened
from ui.dashboard.reader import Reader

Value = TypeVar("Value")


class Guard:
    """Show the reason in place of a piece that fails, and log each kind of failure once.

    A visitor is told only that it failed.
    """

    def __init__(self) -> None:
        self._logged: set[tuple[str, type[Exception]]] = set()

    def html(self, name: str, make: Callable[[], Markup], reader: Reader) -> Markup:
        """Return a piece of HTML, or a notice that says why it cannot be shown."""
        try:
            return make()
        except Exception as error:  # the edge of one piece: the rest of the page must be shown
            reason = self._report(name, error, reader)
            return Markup("<div class='notice' role='alert'>{}</div>").format(reason)

    def figure(self, name: str, make: Callable[[], Figure], reader: Reader) -> Figure:
        """Return a figure, or one that holds only the reason why it cannot be drawn."""
        try:
            return make()
        except Exception as error:  # the edge of one chart: the other charts must be drawn
            return {"error": self._report(name, error, reader)}

    def value(self, name: str, make: Callable[[], Value], otherwise: Value) -> Value:
        """Return what other pieces need, or `otherwise` where it cannot be made."""
        try:
            return make()
        except Exception as error:  # the edge of one value: the pieces that need it can do without
            self._log(name, error)
            return otherwise

    def _report(self, name: str, error: Exception, reader: Reader) -> str:
        """Log a failure, and return it as a text for the reader."""
        self._log(name, error)
        if not reader.is_operator:
            return reader.words["part_failed_here"]
        reason = shortened(f"{type(error).__name__}: {reason_of(error)}", MAX_TEXT_CHARS)
        return reader.words["part_failed"].format(error=reason)

    def _log(self, name: str, error: Exception) -> None:
        """Log a failure unless it is known."""
        if (name, type(error)) not in self._logged:
            self._logged.add((name, type(error)))
            logging.getLogger(LOGGER_NAME).error("the dashboard's %s failed", name, exc_info=error)
