"""Keep one failing piece of the page from taking the others with it."""

import logging
from collections.abc import Callable

from markupsafe import Markup

from monitoring.charts.traces import Figure
from monitoring.writing.logger import LOGGER_NAME
from ui.texts.words import Words


class Guard:
    """Show the reason in place of a piece that fails, and log each kind of failure once."""

    def __init__(self) -> None:
        self._logged: set[tuple[str, type[Exception]]] = set()

    def html(self, name: str, make: Callable[[], Markup], words: Words) -> Markup:
        """Return a piece of HTML, or a notice that says why it cannot be shown."""
        try:
            return make()
        except Exception as error:  # the edge of one piece: the rest of the page must be shown
            reason = self._report(name, error, words)
            return Markup("<div class='notice' role='alert'>{}</div>").format(reason)

    def figure(self, name: str, make: Callable[[], Figure], words: Words) -> Figure:
        """Return a figure, or one that holds only the reason why it cannot be drawn."""
        try:
            return make()
        except Exception as error:  # the edge of one chart: the other charts must be drawn
            return {"error": self._report(name, error, words)}

    def _report(self, name: str, error: Exception, words: Words) -> str:
        """Log a failure unless it is known, and return it as a text for the reader."""
        if (name, type(error)) not in self._logged:
            self._logged.add((name, type(error)))
            logging.getLogger(LOGGER_NAME).error("the dashboard's %s failed", name, exc_info=error)
        return words["part_failed"].format(error=f"{type(error).__name__}: {error}")
